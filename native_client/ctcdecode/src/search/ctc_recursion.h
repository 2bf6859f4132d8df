// The CTC recursion: the probability of a prefix from one frame to the next.
//
// A prefix l with the last label c is reached by all paths (one class per frame) that spell l once repeats are merged and
// blanks removed. Its probability is kept in two parts, by what the path ends in, since only a blank lets a label be
// written twice in a row. With p_t the probabilities of frame t, and l' the prefix l without c:
//
//   blank_t(l)    = p_t(blank) * (blank_{t-1}(l) + nonblank_{t-1}(l))                              "blank"
//   repeat_t(l)   = p_t(c) * nonblank_{t-1}(l)                                                     "repeat"
//   extend_t(l)   = p_t(c) * (blank_{t-1}(l') + [c is not the last label of l'] nonblank_{t-1}(l')) "extend"
//   nonblank_t(l) = repeat_t(l) + extend_t(l) * (what the language model gives for c)
//   score_t(l)    = blank_t(l) + nonblank_t(l)
//
// It starts with blank_0 = 1 for the empty prefix. Everything here is held as natural logarithms, in single precision.
// Source: Graves, Fernandez, Gomez & Schmidhuber 2006 (CTC); Hannun, Maas, Jurafsky & Ng 2014, algorithm 1 (the beam
// search over prefixes).
#pragma once

#include <cstddef>
#include <cstdint>

namespace ctcdecode {

// Stands for log 0. Finite, so that arithmetic needs no special cases: whatever is added, it stays below kDead.
constexpr float kNever = -1e30f;
constexpr float kDead = -1e29f;

struct ScoreRange {
  float min, max;
};

// All prefixes after frame t - 1, as arrays of `size`.
struct PrefixPaths {
  const float *blank, *nonblank, *score;
  const uint32_t* last_label;
  const uint32_t* parent;  // index of the prefix one label shorter; its top bit is set if that is not among them
  size_t size;
};

// What paths come to a prefix in frame t, as arrays of the same size.
struct FramePaths {
  float *repeat, *extend, *blank;
};

// The "extend" rule for one prefix: `log_p` of the label, `blank` and `score` of the parent at t - 1, and whether the
// label is the parent's last label.
inline float extend_path(float log_p, float blank, float score, bool is_repeated) {
  return log_p + (is_repeated ? blank : score);
}

// The three rules for all prefixes, without the language model. `log_p` is by label. Paths whose score together with the
// frame's log probability is below `bound` become kNever; a prefix without parent has no "extend".
void advance_paths(const PrefixPaths& before, const float* log_p, float log_p_blank, float bound,
                   const FramePaths& paths);

// The two sums for all prefixes: nonblank and score of frame t. Returns the smallest and the largest score; `size` must
// not be 0.
ScoreRange sum_paths(const FramePaths& paths, float* nonblank, float* score, size_t size);

}  // namespace ctcdecode
