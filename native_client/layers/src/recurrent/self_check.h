// Whether a set of instructions computes what another one does.
#pragma once

#include "recurrent/steps.h"

namespace deepspeech {

// Runs a small layer forward and backward with both; a set that the compiler or the processor has wrong is found before it is
// used.
bool steps_agree(const StepFunctions& set, const StepFunctions& proven, bool is_bfloat16);

}  // namespace deepspeech
