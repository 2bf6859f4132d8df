// The functions of paths.h for the set "avx512". Compiled for these instructions: nothing in it may be linked elsewhere.
#include <immintrin.h>

#include <cstddef>

namespace deepspeech {
namespace {

constexpr size_t kWidth = 8;
using Doubles = __m512d;

inline Doubles larger(Doubles a, Doubles b) { return _mm512_max_pd(a, b); }

}  // namespace
}  // namespace deepspeech

#include "ctc/vector_paths.h"

namespace deepspeech {

PathFunctions avx512_paths() { return {"avx512", scratch_size, run}; }

}  // namespace deepspeech
