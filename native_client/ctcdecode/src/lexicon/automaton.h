// Deterministic acyclic automata with no two equal states, built from the ends of the words towards their beginnings.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "dictionary.h"

namespace ctcdecode {

// States that are finished. Adding one that leads on exactly as an older one gives the older one's number:
//
//   StateRegister states;
//   const uint32_t end = states.add(nullptr, 0, true);
//   const StateRegister::Arc arc{label, end};
//   const uint32_t start = states.add(&arc, 1, false);
//   Dictionary::Tables tables = std::move(states).tables(start);
class StateRegister {
 public:
  struct Arc {
    Label label;
    uint32_t target;  // a state added before
  };

  StateRegister();

  // `arcs` in ascending order of their labels. Throws std::invalid_argument beyond 2^32 - 1 states or arcs.
  uint32_t add(const Arc* arcs, size_t n_arcs, bool accepting);

  Dictionary::Tables tables(uint32_t start) &&;

 private:
  static constexpr uint32_t kFree = 0xFFFFFFFFu;

  uint64_t hash_of(uint32_t state) const;
  bool equals(uint32_t state, const Arc* arcs, size_t n_arcs, bool accepting) const;
  void grow();

  Dictionary::Tables tables_;
  std::vector<uint32_t> slots_;  // states by hash, linear probing; a power of two, at most half full
};

}  // namespace ctcdecode
