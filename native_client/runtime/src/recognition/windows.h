// Recognises what happens to windows of frames before layer 1.
#pragma once

#include "recognition/context.h"

namespace deepspeech {

// Whether the windows of a call get mean 0 and deviation 1 before layer 1 hears them, as `heard`; else they stay as
// they are. Throws ModelError: something else happens to them.
bool are_whitened(Context* context, const Output& heard);

}  // namespace deepspeech
