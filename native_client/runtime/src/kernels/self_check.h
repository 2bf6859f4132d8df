// Whether a set of instructions computes what the plain functions do.
#pragma once

#include "kernels/functions.h"

namespace deepspeech {

// A few small products and activations, in microseconds. It keeps a set out of use that was compiled wrongly, or that a
// processor or an emulator carries out wrongly.
bool agrees_with_plain(const Functions& functions);

}  // namespace deepspeech
