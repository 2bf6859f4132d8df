// The functions of steps.h for the set "avx512". Compiled for these instructions: nothing in it may be linked elsewhere.
#include "kernels/vector_avx512.h"
// What is written in a Vector:
#include "kernels/activations.h"
#include "recurrent/float32_panels.h"
#include "recurrent/vector_steps.h"

namespace deepspeech {

StepFunctions avx512_steps() { return functions_named("avx512"); }

}  // namespace deepspeech
