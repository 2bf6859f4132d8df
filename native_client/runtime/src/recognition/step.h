// Recognises a step of an LSTM that is written out by simple operations.
#pragma once

#include <optional>
#include <vector>

#include "recognition/recurrent.h"

namespace deepspeech {

// A step by what goes in and what comes out. Its gates are sums of a product with the state and either one with the
// input, or a part of a product that was computed for all steps.
struct Step {
  Output h, c;                    // after it
  Output previous_h, previous_c;  // before it
  Output heard;                   // x [batch, inputs], or - `is_hoisted` - its product with bias [batch, 4 units]
  bool is_hoisted = false;
  MatrixView kernel;             // [inputs + units, 4 units], or - `is_hoisted` - [units, 4 units]
  const Tensor* bias = nullptr;  // unless hoisted
  float forget_bias = 0.0f, cell_clip = 0.0f;
};

// Returns the step whose h is `hidden`, if it is one.
std::optional<Step> find_step(const IndexedGraph& graph, const Output& hidden);

// Returns the steps up to `last_hidden` in order of time, at most `n_steps`; they have equal weights. Throws
// ModelError: there are more or fewer, or they do not follow each other.
std::vector<Step> find_steps(const IndexedGraph& graph, const Output& last_hidden, size_t n_steps);

}  // namespace deepspeech
