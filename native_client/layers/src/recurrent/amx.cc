// The functions of steps.h for the set "amx", products of bfloat16 only. Compiled for these instructions: nothing in it may be
// linked elsewhere.
//
// tests/emulated runs it where no processor does; a set that fails the self-check is not used.
#include "kernels/vector_avx512.h"
// What is written in a Vector:
#include "kernels/activations.h"
#include "recurrent/bfloat16_tiles.h"
#include "recurrent/vector_steps.h"

namespace deepspeech {

StepFunctions amx_steps() { return functions_named("amx"); }

}  // namespace deepspeech
