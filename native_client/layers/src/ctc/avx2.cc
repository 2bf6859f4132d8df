// The functions of paths.h for the set "avx2". Compiled for these instructions: nothing in it may be linked elsewhere.
#include <cstddef>

namespace deepspeech {
namespace {

constexpr size_t kWidth = 4;

}  // namespace
}  // namespace deepspeech

#include "ctc/vector_paths.h"

namespace deepspeech {

PathFunctions avx2_paths() { return {scratch_size, run}; }

}  // namespace deepspeech
