// The living beams of a search, as parallel arrays by slot: a struct of arrays, so that the loops over all beams run on
// vectors. A beam is a prefix; which prefix continues which is the matter of PrefixIndex, which uses the same slots.
//
// Invariant: all arrays of each_array() have size() entries; those of `next`, `repeat` and `extend` have as many from
// begin_frame() until swap_scores().
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "ctc_recursion.h"
#include "dictionary.h"
#include "lm_cache.h"

namespace ctcdecode {

// The natural-log probabilities of all beams after a frame; see ctc_recursion.h.
struct PathScores {
  std::vector<float> blank, nonblank, score;
  ScoreRange range{0.0f, 0.0f};  // of `score`
};

// What a beam is, apart from its scores: read when it is extended or shown.
struct BeamRecord {
  uint64_t word;           // bytes mode: the code point being spelled; else the words before it in the dictionary,
                           // or without one a hash of its spelling
  uint32_t tokens, times;  // entries of the backpointers
  Dictionary::State state;
  LmCache::Context context;    // the complete words
  LmCache::Context with_word;  // and the current word, once it was asked for; else kNone
  float lm_total;              // what was gained by all labels
  uint8_t n_bytes;             // bytes mode: how many bytes of the code point there are
};

struct Beams {
  PathScores now;             // after the frame before
  PathScores next;            // after the frame at hand
  std::vector<float> repeat;  // what comes to `next` by the last label again,
  std::vector<float> extend;  // and from the parent

  std::vector<float> gain;    // what paths gain when they enter from the parent, apart from the label's probability
  std::vector<float> bonus;   // and beta, if the last label completed a word
  std::vector<float> charge;  // look-ahead: in the scores until results are asked for; at most 0
  std::vector<uint64_t> continuations;            // with few labels: those that the dictionary allows to follow
  std::vector<const Dictionary::Arc*> first_arc;  // and the arc of the lowest one
  std::vector<BeamRecord> record;

  size_t size() const { return record.size(); }

  // The only list of what a slot has between two frames.
  template <typename Visit>
  void each_array(Visit visit) {
    visit(now.blank);
    visit(now.nonblank);
    visit(now.score);
    visit(gain);
    visit(bonus);
    visit(charge);
    visit(continuations);
    visit(first_arc);
    visit(record);
  }

  void resize(size_t n) {
    each_array([n](auto& values) { values.resize(n); });
  }

  void move(uint32_t from, uint32_t to) {
    each_array([from, to](auto& values) { values[to] = values[from]; });
  }

  void begin_frame() {
    for (auto* values : {&next.blank, &next.nonblank, &next.score, &repeat, &extend}) values->resize(size());
  }

  void swap_scores() { std::swap(now, next); }

  void find_range() {
    now.range = ScoreRange{now.score[0], now.score[0]};
    for (const float score : now.score) {
      now.range.min = std::min(now.range.min, score);
      now.range.max = std::max(now.range.max, score);
    }
  }
};

}  // namespace ctcdecode
