// The words a decoder may write: a deterministic acyclic automaton over alphabet labels, in flat arrays.
//
// In word mode the space is part of each word; in bytes mode a "word" is one code point. Behind an accepting state the
// next word starts, so `step` leads from there to the start. Along the way the words are numbered: the `words_before`
// of the arcs of a complete word add up to its index in label order, 0..n_words()-1.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "alphabet.h"

namespace ctcdecode {

class Dictionary {
 public:
  using State = uint32_t;

  struct Arc {
    uint32_t label;
    State target;           // the start state where a word ends
    uint32_t words_before;  // words below the same state with smaller labels
    bool ends_word() const { return target == 0; }
  };

  // Arcs as stored; `states[s]` is the index of the first arc of state s, one entry more than there are states.
  // Renumbers so that the start is state 0. Throws std::invalid_argument if targets are out of range, labels do not
  // ascend, an arc cycle exists, no word can be written, or there are more than 2^31 words.
  struct Tables {
    std::vector<uint32_t> first_arc;
    std::vector<uint32_t> labels;  // 0-based alphabet labels
    std::vector<uint32_t> targets;
    std::vector<bool> accepting;
    uint32_t start = 0;
  };
  explicit Dictionary(const Tables& tables);

  static constexpr State kStart = 0;

  // The arc of `state` with `label`, or nullptr.
  const Arc* find(State state, Label label) const {
    const Node& node = nodes_[state];
    const uint64_t bit = uint64_t{1} << (label & 63);
    if (!(node.filter & bit)) return nullptr;
    if (narrow_) {
      if (label >= 64) return nullptr;
      return &arcs_[node.first + static_cast<uint32_t>(__builtin_popcountll(node.filter & (bit - 1)))];
    }
    return search(node.first, nodes_[state + 1].first, label);
  }

  // Bit (label mod 64) for every arc of `state`. Where all labels are below 64, begin(state) + the number of lower bits
  // that are set is the arc of a label.
  uint64_t filter(State state) const { return nodes_[state].filter; }
  void prefetch(State state) const { __builtin_prefetch(&nodes_[state]); }

  const Arc* begin(State state) const { return &arcs_[nodes_[state].first]; }
  const Arc* end(State state) const { return &arcs_[nodes_[state + 1].first]; }

  uint32_t n_words() const { return n_words_; }
  uint32_t n_states() const { return static_cast<uint32_t>(nodes_.size() - 1); }
  uint32_t n_arcs() const { return static_cast<uint32_t>(arcs_.size() - 1); }
  Label max_label() const { return max_label_; }

 private:
  struct Node {
    uint64_t filter;  // bit (label mod 64) of every arc
    uint32_t first;
  };

  const Arc* search(uint32_t first, uint32_t last, Label label) const;

  std::vector<Node> nodes_;  // one more than states
  std::vector<Arc> arcs_;    // one more, so that end() is a valid address
  bool narrow_ = false;      // all labels below 64: the filter alone gives the position
  uint32_t n_words_ = 0;
  Label max_label_ = 0;
};

// The smallest automaton of a set of words, by incremental construction.
// Source: Daciuk, Mihov, Watson & Watson 2000, Computational Linguistics 26(1), algorithm for sorted input.
// `words`: label sequences, none empty; any order, duplicates allowed. States are numbered as the published tool does.
Dictionary::Tables minimal_automaton(std::vector<std::vector<Label>> words);

}  // namespace ctcdecode
