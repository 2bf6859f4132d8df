// The functions of paths.h for the set "avx512". Compiled for these instructions: nothing in it may be linked elsewhere.
#include <cstddef>

namespace deepspeech {
namespace {

constexpr size_t kWidth = 8;

}  // namespace
}  // namespace deepspeech

#include "ctc/vector_paths.h"

namespace deepspeech {

PathFunctions avx512_paths() { return {scratch_size, run}; }

}  // namespace deepspeech
