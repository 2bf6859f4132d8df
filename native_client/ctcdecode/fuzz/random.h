// Draws that equal seeds repeat.
#pragma once

#include <cstddef>
#include <cstdint>
#include <random>

namespace ctcdecode {

class Random {
 public:
  explicit Random(uint64_t seed) : engine_(seed) {}
  size_t below(size_t limit) { return static_cast<size_t>(engine_() % limit); }
  uint64_t bits() { return engine_(); }

 private:
  std::mt19937_64 engine_;
};

}  // namespace ctcdecode
