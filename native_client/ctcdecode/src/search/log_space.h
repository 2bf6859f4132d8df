// Sums of probabilities held as natural logarithms.
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

// The arrays of n beams, by slot.
struct Paths {
  const float *blank, *nonblank, *score;  // of the paths that end in the blank, in the last label, in either
  const uint32_t* label;                  // the last label
  const uint32_t* parent;                 // slot of the prefix one label shorter; the top bit is set if that does not live
  size_t n;
};

// One row on: `same` repeats the last label, `grown` comes from the parent, `next_blank` waits. Paths from scores that are,
// together with the row's log probability, below `floor` are not followed.
void follow_paths(const Paths& paths, const float* log_p, float log_p_blank, float floor, float* same, float* grown,
                  float* next_blank);

// For n beams: nonblank[i] = log(exp(same[i]) + exp(grown[i])), score[i] = log(exp(blank[i]) + exp(nonblank[i])).
// Returns the smallest and the largest score; n must not be 0.
ScoreRange merge_paths(const float* same, const float* grown, const float* blank, float* nonblank, float* score,
                       size_t n);

}  // namespace ctcdecode
