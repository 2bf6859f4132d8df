// Products of bytes with AVX2, for int8_products.h: exact, as no sum of two products reaches the 16 bits in which the
// processor saturates.
//
// It multiplies unsigned by signed bytes: |w| <= 128 by sign(w) x, |x| <= 127, so that two products are 32512 at most.
#pragma once

#include <immintrin.h>

#include <cstddef>
#include <cstdint>

namespace deepspeech {
namespace {

struct Bytes {
  static constexpr size_t kWidth = 8, kTileRows = 4, kTileVectors = 2;
  using Numbers = __m256i;
  using Sums = __m256i;

  static Sums start(const int32_t*) { return _mm256_setzero_si256(); }
  static Numbers load(const int8_t* p) { return _mm256_loadu_si256(reinterpret_cast<const __m256i*>(p)); }
  static Numbers four(const int8_t* p) {
    int32_t word;
    __builtin_memcpy(&word, p, sizeof(word));
    return _mm256_set1_epi32(word);
  }
  static Sums add_products(Sums sums, Numbers x, Numbers w) {
    const __m256i twos = _mm256_maddubs_epi16(_mm256_abs_epi8(w), _mm256_sign_epi8(x, w));
    return _mm256_add_epi32(sums, _mm256_madd_epi16(twos, _mm256_set1_epi16(1)));
  }
  static __m256 to_floats(Sums sums) { return _mm256_cvtepi32_ps(sums); }
};

}  // namespace
}  // namespace deepspeech
