// The functions of activation.h for the set "avx2". Compiled for these instructions: nothing in it may be linked elsewhere.
#include "activation/activation_rows.h"

namespace deepspeech {

ActivationFunctions avx2_activation() { return {"avx2", forward, backward}; }

}  // namespace deepspeech
