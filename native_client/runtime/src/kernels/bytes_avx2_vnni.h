// Products of bytes with AVX-VNNI, for int8_products.h.
//
// It multiplies unsigned by signed bytes: (x + 128) w, with sums that begin at -128 times the sum of a column's
// numbers.
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

  static Sums start(const int32_t* column_sums) {
    const __m256i sums = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(column_sums));
    return _mm256_sub_epi32(_mm256_setzero_si256(), _mm256_slli_epi32(sums, 7));
  }
  static Numbers load(const int8_t* p) { return _mm256_loadu_si256(reinterpret_cast<const __m256i*>(p)); }
  static Numbers four(const int8_t* p) {
    int32_t word;
    __builtin_memcpy(&word, p, sizeof(word));
    return _mm256_xor_si256(_mm256_set1_epi32(word), _mm256_set1_epi8(-128));
  }
  static Sums add_products(Sums sums, Numbers x, Numbers w) { return _mm256_dpbusd_avx_epi32(sums, x, w); }
  static __m256 to_floats(Sums sums) { return _mm256_cvtepi32_ps(sums); }
};

}  // namespace
}  // namespace deepspeech
