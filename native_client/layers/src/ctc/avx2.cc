// The functions of paths.h for the set "avx2". Compiled for these instructions: nothing in it may be linked elsewhere.
#include <immintrin.h>

#include <cstddef>

namespace deepspeech {
namespace {

constexpr size_t kWidth = 4;
using Doubles = __m256d;

inline Doubles larger(Doubles a, Doubles b) { return _mm256_max_pd(a, b); }

}  // namespace
}  // namespace deepspeech

#include "ctc/vector_paths.h"

namespace deepspeech {

PathFunctions avx2_paths() { return {"avx2", scratch_size, run}; }

}  // namespace deepspeech
