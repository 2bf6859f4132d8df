// Products of bytes with AVX-512 VNNI, for int8_products.h.
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
  static constexpr size_t kWidth = 16, kTileRows = 4, kTileVectors = 4;
  using Numbers = __m512i;
  using Sums = __m512i;

  static Sums start(const int32_t* column_sums) {
    return _mm512_sub_epi32(_mm512_setzero_si512(), _mm512_slli_epi32(_mm512_loadu_si512(column_sums), 7));
  }
  static Numbers load(const int8_t* p) { return _mm512_loadu_si512(p); }
  static Numbers four(const int8_t* p) {
    int32_t word;
    __builtin_memcpy(&word, p, sizeof(word));
    return _mm512_xor_si512(_mm512_set1_epi32(word), _mm512_set1_epi8(-128));
  }
  static Sums add_products(Sums sums, Numbers x, Numbers w) { return _mm512_dpbusd_epi32(sums, x, w); }
  static __m512 to_floats(Sums sums) { return _mm512_cvtepi32_ps(sums); }
};

}  // namespace
}  // namespace deepspeech
