// Recognises dense layers.
#pragma once

#include <optional>

#include "recognition/context.h"

namespace deepspeech {

// x weights + bias.
struct Product {
  Output input;  // x
  MatrixView weights;
  VectorView bias;
};

// Returns the product that is `output`. Throws ModelError: it is something else.
Product recognise_product(const Context& context, const Output& output);

// A layer that ends in a clipped ReLU and, maybe, a norm.
struct ActivatedLayer {
  Output input;  // of its product
  DenseLayer dense;
};

// Returns the layer that `output` is. Throws ModelError: it is something else.
ActivatedLayer recognise_activated(Context* context, const Output& output);

}  // namespace deepspeech
