// Products of bytes with AVX2: exact, as no sum of two products reaches the 16 bits in which the processor saturates.
//
// It multiplies unsigned by signed bytes: |w| <= 128 by sign(w) x, |x| <= 127, so that two products are 32512 at most.
#pragma once

#include <immintrin.h>

#include <cstddef>

#include "kernels/functions.h"

namespace deepspeech {
namespace {

// kRows rows of x with kVectors times 8 columns; `weights`: the first group of them, each in a block of 64 columns.
template <size_t kRows, size_t kVectors>
void multiply_bytes(const int8_t* weights, size_t n_groups, const int8_t* x, __m256i (&sums)[kRows][kVectors]) {
  const __m256i ones = _mm256_set1_epi16(1);
  for (auto& of_row : sums) {
    for (auto& sum : of_row) sum = _mm256_setzero_si256();
  }
  for (size_t group = 0; group < n_groups; ++group, weights += 4 * kBlockColumns) {
    __m256i numbers[kRows];
    for (size_t row = 0; row < kRows; ++row) {
      int32_t four;
      __builtin_memcpy(&four, x + (row * n_groups + group) * 4, sizeof(four));
      numbers[row] = _mm256_set1_epi32(four);
    }
    for (size_t i = 0; i < kVectors; ++i) {
      const __m256i w = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(weights + 32 * i));
      const __m256i magnitudes = _mm256_abs_epi8(w);
      for (size_t row = 0; row < kRows; ++row) {
        const __m256i twos = _mm256_maddubs_epi16(magnitudes, _mm256_sign_epi8(numbers[row], w));
        sums[row][i] = _mm256_add_epi32(sums[row][i], _mm256_madd_epi16(twos, ones));
      }
    }
  }
}

// y = float(sum) * (row's scale * column's scale) for 8 columns, `count` of which are written.
inline void store_scaled(__m256i sums, float x_scale, const float* scales, float* y, size_t count) {
  const __m256 scale = _mm256_mul_ps(_mm256_set1_ps(x_scale), Vector::load_part(scales, count));
  Vector::store_part(y, count, _mm256_mul_ps(_mm256_cvtepi32_ps(sums), scale));
}

template <size_t kRows, size_t kVectors>
void multiply_columns(const Int8Matrix& w, const Int8Rows& x, const Product& p, size_t row, size_t block, size_t column) {
  __m256i sums[kRows][kVectors];
  const int8_t* weights = w.data + block * w.n_groups * 4 + (column - block) * 4;
  multiply_bytes<kRows, kVectors>(weights, w.n_groups, x.values + row * w.n_groups * 4, sums);
  for (size_t i = 0; i < kRows; ++i) {
    float* y = p.y + (row + i) * p.y_stride;
    for (size_t j = 0; j < kVectors && column + 8 * j < p.end; ++j) {
      const size_t at = column + 8 * j, left = p.end - at;
      store_scaled(sums[i][j], x.scales[row + i], w.scales + at, y + at, left < 8 ? left : 8);
    }
  }
}

inline void multiply_int8(const Int8Matrix& w, const Int8Rows& x, const Product& p) {
  for (size_t block = p.begin; block < p.end; block += kBlockColumns) {
    size_t row = 0;
    for (; row + 4 <= p.n; row += 4) {
      for (size_t column = block; column < block + kBlockColumns; column += 16) {
        multiply_columns<4, 2>(w, x, p, row, block, column);
      }
    }
    for (; row < p.n; ++row) multiply_columns<1, 8>(w, x, p, row, block, block);
  }
}

}  // namespace
}  // namespace deepspeech
