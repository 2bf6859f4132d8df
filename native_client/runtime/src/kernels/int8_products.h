// Products of bytes, written in a Vector (see float32_products.h) and in Bytes, which the file for a set of
// instructions defines before it includes this:
//
//   kWidth                       columns at a time, with four bytes for each
//   kTileRows, kTileVectors      rows of x and Vectors of columns that have their sums in registers
//   Numbers, Sums                bytes; sums of 32 bits
//   load(p), four(p)             kWidth times four bytes of weights; four bytes of x, for all columns
//   start(column_sums)           the sums before the first product
//   add_products(sums, x, w)     sums + x w, exactly
//   to_floats(sums)
#pragma once

#include <cstddef>

#include "kernels/functions.h"

namespace deepspeech {
namespace {

// kRows rows of x with kVectors Vectors of columns from `column` on, of the block that begins at `block`.
template <size_t kRows, size_t kVectors>
void multiply_bytes(const Int8Matrix& w, const Int8Rows& x, const Product& p, size_t row, size_t block, size_t column) {
  const int8_t* weights = w.data + block * w.n_groups * 4 + (column - block) * 4;
  const int8_t* values = x.values + row * w.n_groups * 4;
  Bytes::Sums sums[kRows][kVectors];
  for (size_t i = 0; i < kRows; ++i) {
    for (size_t j = 0; j < kVectors; ++j) sums[i][j] = Bytes::start(w.sums + column + j * Bytes::kWidth);
  }
  for (size_t group = 0; group < w.n_groups; ++group, weights += 4 * kBlockColumns) {
    Bytes::Numbers fours[kRows];
    for (size_t i = 0; i < kRows; ++i) fours[i] = Bytes::four(values + (i * w.n_groups + group) * 4);
    for (size_t j = 0; j < kVectors; ++j) {
      const Bytes::Numbers numbers = Bytes::load(weights + j * Bytes::kWidth * 4);
      for (size_t i = 0; i < kRows; ++i) sums[i][j] = Bytes::add_products(sums[i][j], fours[i], numbers);
    }
  }
  for (size_t i = 0; i < kRows; ++i) {
    const Vector::Floats x_scale = Vector::all(x.scales[row + i]);
    float* y = p.y + (row + i) * p.y_stride;
    for (size_t j = 0; j < kVectors && column + j * Bytes::kWidth < p.end; ++j) {
      const size_t at = column + j * Bytes::kWidth;
      const Vector::Floats scale = Vector::multiply(x_scale, Vector::load(w.scales + at));
      Vector::store_part(y + at, p.end - at, Vector::multiply(Bytes::to_floats(sums[i][j]), scale));
    }
  }
}

inline void multiply_int8(const Int8Matrix& w, const Int8Rows& x, const Product& p) {
  constexpr size_t kTileColumns = Bytes::kTileVectors * Bytes::kWidth;
  for (size_t block = p.begin; block < p.end; block += kBlockColumns) {
    size_t row = 0;
    for (; row + Bytes::kTileRows <= p.n; row += Bytes::kTileRows) {
      for (size_t column = block; column < block + kBlockColumns; column += kTileColumns) {
        multiply_bytes<Bytes::kTileRows, Bytes::kTileVectors>(w, x, p, row, block, column);
      }
    }
    for (; row < p.n; ++row) multiply_bytes<1, kBlockColumns / Bytes::kWidth>(w, x, p, row, block, block);
  }
}

}  // namespace
}  // namespace deepspeech
