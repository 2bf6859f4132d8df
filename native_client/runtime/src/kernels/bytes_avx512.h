// Products of bytes with AVX-512 BW, for int8_products.h: as with AVX2 (bytes_avx2.h), no sum of two products reaches
// the 16 bits in which the processor saturates.
#pragma once

#include <immintrin.h>

#include <cstddef>
#include <cstdint>

namespace deepspeech {
namespace {

struct Bytes {
  static constexpr size_t kWidth = 16, kTileRows = 4, kTileVectors = 4;
  using Numbers = __m512i;
  using Sums = __m512i;

  static Sums start(const int32_t*) { return _mm512_setzero_si512(); }
  static Numbers load(const int8_t* p) { return _mm512_loadu_si512(p); }
  static Numbers four(const int8_t* p) {
    int32_t word;
    __builtin_memcpy(&word, p, sizeof(word));
    return _mm512_set1_epi32(word);
  }
  static Sums add_products(Sums sums, Numbers x, Numbers w) {
    const __m512i signed_x = _mm512_mask_sub_epi8(x, _mm512_movepi8_mask(w), _mm512_setzero_si512(), x);
    const __m512i twos = _mm512_maddubs_epi16(_mm512_abs_epi8(w), signed_x);
    return _mm512_add_epi32(sums, _mm512_madd_epi16(twos, _mm512_set1_epi16(1)));
  }
  static __m512 to_floats(Sums sums) { return _mm512_cvtepi32_ps(sums); }
};

}  // namespace
}  // namespace deepspeech
