// Recognises activations, and layer normalisation after them, however it is written: its constants are looked for, then
// it is tried out whether it computes what they should give.
#pragma once

#include <optional>

#include "recognition/context.h"

namespace deepspeech {

struct Activation {
  Output linear;  // what it is applied to
  float clip;     // its upper limit
};

// Returns the activation that `output` is, if it is one.
std::optional<Activation> find_activation(const IndexedGraph& graph, const Output& output);

struct NormParts {
  Output input;  // the activation that it is applied to
  const Tensor* gamma = nullptr;
  const Tensor* beta = nullptr;
  float epsilon = 0.0f;
};

// Returns the parts of the norm that ends with `output`, if it may be one.
std::optional<NormParts> find_norm(const Context& context, const Output& output);

// Returns the norm of `width` units. Throws ModelError: `output` is something else.
LayerNorm checked_norm(Context* context, const NormParts& parts, const Output& output, size_t width);

}  // namespace deepspeech
