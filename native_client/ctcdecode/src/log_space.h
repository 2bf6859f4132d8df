// Sums of probabilities held as natural logarithms.
#pragma once

#include <cstddef>

namespace ctcdecode {

// Stands for log 0. Finite, so that arithmetic needs no special cases: whatever is added, it stays below kDead.
constexpr float kNever = -1e30f;
constexpr float kDead = -1e29f;

struct ScoreRange {
  float min, max;
};

// For n beams: nonblank[i] = log(exp(same[i]) + exp(grown[i])), score[i] = log(exp(blank[i]) + exp(nonblank[i])).
// Returns the smallest and the largest score; n must not be 0.
ScoreRange merge_paths(const float* same, const float* grown, const float* blank, float* nonblank, float* score,
                       size_t n);

}  // namespace ctcdecode
