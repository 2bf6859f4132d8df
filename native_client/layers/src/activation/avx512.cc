// The functions of activation.h for the set "avx512". Compiled for these instructions: nothing in it may be linked elsewhere.
#include "activation/activation_rows.h"

namespace deepspeech {

ActivationFunctions avx512_activation() { return {"avx512", forward, backward}; }

}  // namespace deepspeech
