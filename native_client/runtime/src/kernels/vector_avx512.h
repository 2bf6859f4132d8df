// Sixteen float32 at a time: AVX-512 F and BW. One of the Vectors that the shared kernels are written in; see
// float32_products.h.
#pragma once

#include <immintrin.h>

#include <cstddef>
#include <cstdint>

namespace deepspeech {
namespace {

struct Vector {
  static constexpr size_t kWidth = 16;
  static constexpr size_t kTileRows = 8;  // rows of x at a time: 8 x 2 sums, and 32 registers leave room
  using Floats = __m512;
  using Bits = __m512i;

  static Floats zero() { return _mm512_setzero_ps(); }
  static Floats all(float x) { return _mm512_set1_ps(x); }
  static Floats load(const float* p) { return _mm512_loadu_ps(p); }
  static void store(float* p, Floats v) { _mm512_storeu_ps(p, v); }
  // The first `count` numbers, zeros behind them; memory behind them is not touched.
  static Floats load_part(const float* p, size_t count) { return _mm512_maskz_loadu_ps(mask(count), p); }
  static void store_part(float* p, size_t count, Floats v) { _mm512_mask_storeu_ps(p, mask(count), v); }

  static Floats add(Floats a, Floats b) { return _mm512_add_ps(a, b); }
  static Floats subtract(Floats a, Floats b) { return _mm512_sub_ps(a, b); }
  static Floats multiply(Floats a, Floats b) { return _mm512_mul_ps(a, b); }
  static Floats divide(Floats a, Floats b) { return _mm512_div_ps(a, b); }
  static Floats multiply_add(Floats a, Floats b, Floats c) { return _mm512_fmadd_ps(a, b, c); }  // a b + c
  // NaN in x stays.
  static Floats at_least(Floats x, Floats low) { return _mm512_max_ps(low, x); }
  static Floats at_most(Floats x, Floats high) { return _mm512_min_ps(high, x); }
  static Floats nearest(Floats x) { return _mm512_roundscale_ps(x, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC); }
  // a 2^n for whole n from -126 to 127.
  static Floats times_power_of_2(Floats a, Floats n) {
    const __m512i exponent = _mm512_add_epi32(_mm512_cvtps_epi32(n), _mm512_set1_epi32(127));
    return _mm512_mul_ps(a, _mm512_castsi512_ps(_mm512_slli_epi32(exponent, 23)));
  }
  static float sum(Floats v) { return _mm512_reduce_add_ps(v); }

  // The largest of magnitudes, as bits: those of infinities and NaN are above all others.
  static Bits no_bits() { return _mm512_setzero_si512(); }
  static Bits larger_magnitude(Bits largest, Floats x) {
    return _mm512_max_epi32(largest, _mm512_and_si512(_mm512_castps_si512(x), _mm512_set1_epi32(0x7fffffff)));
  }
  static void store_bits(int32_t* p, Bits v) { _mm512_storeu_si512(p, v); }
  // kWidth numbers from -127 to 127, rounded half to even.
  static void store_rounded(int8_t* p, Floats x) {
    _mm_storeu_si128(reinterpret_cast<__m128i*>(p), _mm512_cvtepi32_epi8(_mm512_cvtps_epi32(x)));
  }
  // kWidth pairs of bfloat16: the first and the second of each.
  static void load_pairs(const uint16_t* p, Floats* first, Floats* second) {
    const __m512i pairs = _mm512_loadu_si512(p);
    *first = _mm512_castsi512_ps(_mm512_slli_epi32(pairs, 16));
    *second = _mm512_castsi512_ps(_mm512_and_si512(pairs, _mm512_set1_epi32(static_cast<int>(0xffff0000u))));
  }

  // kWidth bfloat16 numbers.
  static Floats load_bfloat16(const uint16_t* p) {
    const __m256i halves = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(p));
    return _mm512_castsi512_ps(_mm512_slli_epi32(_mm512_cvtepu16_epi32(halves), 16));
  }
  // The upper halves of numbers, exact where these have been rounded.
  static void store_bfloat16(uint16_t* p, Floats x) {
    const __m512i halves = _mm512_srli_epi32(_mm512_castps_si512(x), 16);
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(p), _mm512_cvtepi32_epi16(halves));
  }
  // The nearest numbers that bfloat16 has, half to even.
  static Floats round_to_bfloat16(Floats x) {
    const __m512i bits = _mm512_castps_si512(x);
    const __m512i odd = _mm512_and_si512(_mm512_srli_epi32(bits, 16), _mm512_set1_epi32(1));
    const __m512i sum = _mm512_add_epi32(bits, _mm512_add_epi32(odd, _mm512_set1_epi32(0x7fff)));
    const __m512i cut = _mm512_and_si512(sum, _mm512_set1_epi32(static_cast<int>(0xffff0000u)));
    const __m512i rounded =
        _mm512_mask_mov_epi32(cut, _mm512_cmp_ps_mask(x, x, _CMP_UNORD_Q), _mm512_set1_epi32(0x7fc00000));
    return _mm512_castsi512_ps(rounded);
  }

 private:
  static __mmask16 mask(size_t count) { return static_cast<__mmask16>(count >= 16 ? 0xffff : (1u << count) - 1); }
};

}  // namespace
}  // namespace deepspeech
