// The sets of instructions that this library was compiled for. Whether the processor has them is for processor.h to
// say; kernels.cmake defines DEEPSPEECH_HAS_... for the files that the compiler can make.
#pragma once

#include "kernels/functions.h"

namespace deepspeech {

Functions avx2_functions();
Functions avx2_vnni_functions();
Functions avx512_functions();
Functions avx512_vnni_functions();
Functions amx_functions();
Functions neon_functions();

}  // namespace deepspeech
