// Weights, as kernels.h has them, over the functions of a set of instructions.
#pragma once

#include <memory>

#include "kernels/functions.h"
#include "kernels/kernels.h"

namespace deepspeech {

// The functions have to live as long as the result. Of Kernels::pack.
std::unique_ptr<const Weights> pack_weights(const Functions& functions, const MatrixView& view, Precision precision);

}  // namespace deepspeech
