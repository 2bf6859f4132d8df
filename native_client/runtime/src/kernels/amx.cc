// The set "amx": products of tiles of 16 rows by 64 bytes (Intel's servers since 2023). For few rows of x, where memory
// sets the speed, and for float32 the AVX-512 functions serve.
//
// tests/emulated runs it where no processor does; a set that fails the self-check is not used.
//
// Products of bfloat16 take x in that format too. Two of its numbers stand for each of x, the nearest one and what is
// left, so that sums are as near to those of the other sets as their order lets them be: 2^-18 of |x w|.
#include "kernels/instruction_sets.h"
#include "kernels/tiles_amx.h"
#include "kernels/vector_avx512.h"

namespace deepspeech {
namespace {

inline size_t smaller(size_t a, size_t b) { return a < b ? a : b; }

// Sums of a row tile with a block of columns.
template <typename Sum>
struct alignas(64) BlockSums {
  Sum numbers[kTileRows][kBlockColumns];
};

void multiply_int8(const Int8Matrix& w, const Int8Rows& x, const Product& p) {
  if (p.n < 4) return avx512_vnni_functions().multiply_int8(w, x, p);
  const size_t row_size = 4 * w.n_groups;
  BlockSums<int32_t> sums;
  for (size_t begin = p.begin; begin < p.end; begin += kBlockColumns) {
    for (size_t row = 0; row < p.n; row += kTileRows) {
      const size_t n_rows = smaller(kTileRows, p.n - row);
      configure(n_rows, w.n_groups);
      clear_sums();
      add_tiles<ByteTiles>(x.values + row * row_size, row_size, w.data + begin * row_size, w.n_groups);
      store_sums(sums.numbers);
      for (size_t i = 0; i < n_rows; ++i) {
        const __m512 x_scale = Vector::all(x.scales[row + i]);
        for (size_t column = begin; column < begin + kBlockColumns && column < p.end; column += Vector::kWidth) {
          const __m512 values = _mm512_cvtepi32_ps(_mm512_load_si512(sums.numbers[i] + (column - begin)));
          const __m512 scale = Vector::multiply(x_scale, Vector::load(w.scales + column));
          Vector::store_part(p.y + (row + i) * p.y_stride + column, p.end - column, Vector::multiply(values, scale));
        }
      }
    }
  }
  _tile_release();
}

// The nearest bfloat16 numbers, in the upper halves of words.
__m512i to_bfloat16(__m512 x) {
  const __m512i bits = _mm512_castps_si512(x),
                odd = _mm512_and_si512(_mm512_srli_epi32(bits, 16), _mm512_set1_epi32(1));
  const __m512i rounded = _mm512_add_epi32(bits, _mm512_add_epi32(odd, _mm512_set1_epi32(0x7fff)));
  const __m512i cut = _mm512_and_si512(rounded, _mm512_set1_epi32(static_cast<int>(0xffff0000u)));
  return _mm512_mask_mov_epi32(cut, _mm512_cmp_ps_mask(x, x, _CMP_UNORD_Q), _mm512_set1_epi32(0x7fc00000));
}

// Rows of x in two parts, each a row of `row_size` bfloat16 numbers, with zeros behind the last.
void split_row(const float* x, size_t size, size_t row_size, uint16_t* nearest, uint16_t* rest) {
  for (size_t k = 0; k < row_size; k += Vector::kWidth) {
    const __m512 numbers = k < size ? Vector::load_part(x + k, size - k) : Vector::zero();
    const __m512i first = to_bfloat16(numbers);
    const __m512i second = to_bfloat16(_mm512_sub_ps(numbers, _mm512_castsi512_ps(first)));
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(nearest + k), _mm512_cvtepi32_epi16(_mm512_srli_epi32(first, 16)));
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(rest + k), _mm512_cvtepi32_epi16(_mm512_srli_epi32(second, 16)));
  }
}

// Numbers of a split row: whole steps of 32, and 32 more, lest rows that are 4096 bytes apart share one place in the
// cache.
size_t split_row_size(size_t n_rows) { return (n_rows + 31) / 32 * 32 + 32; }

// Both parts together take the bytes of one float32 number for each of x.
size_t scratch_of_bfloat16(size_t n, size_t n_rows) { return n * split_row_size(n_rows); }

void multiply_bfloat16(const Bfloat16Matrix& w, const Product& p) {
  if (p.n < kBlockedRows) return avx512_functions().multiply_bfloat16(w, p);
  const size_t row_size = split_row_size(w.n_rows), row_bytes = row_size * sizeof(uint16_t);
  uint16_t* nearest = reinterpret_cast<uint16_t*>(p.scratch);
  uint16_t* rest = nearest + p.n * row_size;
  for (size_t i = 0; i < p.n; ++i) {
    split_row(p.x + i * p.x_stride, w.n_rows, row_size, nearest + i * row_size, rest + i * row_size);
  }
  BlockSums<float> sums;
  for (size_t begin = p.begin; begin < p.end; begin += kBlockColumns) {
    const uint16_t* weights = w.data + begin * w.n_pairs * 2;
    for (size_t row = 0; row < p.n; row += kTileRows) {
      const size_t n_rows = smaller(kTileRows, p.n - row);
      configure(n_rows, w.n_pairs);
      clear_sums();
      add_tiles<Bfloat16Tiles>(nearest + row * row_size, row_bytes, weights, w.n_pairs);
      add_tiles<Bfloat16Tiles>(rest + row * row_size, row_bytes, weights, w.n_pairs);
      store_sums(sums.numbers);
      for (size_t i = 0; i < n_rows; ++i) {
        for (size_t column = begin; column < begin + kBlockColumns && column < p.end; column += Vector::kWidth) {
          const __m512 values = Vector::load(sums.numbers[i] + (column - begin));
          Vector::store_part(p.y + (row + i) * p.y_stride + column, p.end - column, values);
        }
      }
    }
  }
  _tile_release();
}

}  // namespace

Functions amx_functions() {
  Functions functions = avx512_vnni_functions();
  functions.name = "amx";
  functions.multiply_int8 = multiply_int8;
  functions.multiply_bfloat16 = multiply_bfloat16;
  functions.scratch_of_bfloat16 = scratch_of_bfloat16;
  return functions;
}

}  // namespace deepspeech
