// Products with float32 that are stored by columns, written in a Vector (see float32_products.h): every number of y is
// a dot product of two rows of memory, several of them at a time.
#pragma once

#include <cstddef>

#include "kernels/functions.h"

namespace deepspeech {
namespace {

template <size_t kRows, size_t kColumns>
void dot_products(const Float32Matrix& w, const Product& p, size_t row, size_t column) {
  const float* x = p.x + row * p.x_stride;
  const float* weights = w.data + column * w.stride;
  Vector::Floats sums[kRows][kColumns];
  for (auto& of_row : sums) {
    for (auto& sum : of_row) sum = Vector::zero();
  }
  const auto add = [&](size_t k, auto load) {
    Vector::Floats numbers[kColumns];
    for (size_t j = 0; j < kColumns; ++j) numbers[j] = load(weights + j * w.stride + k);
    for (size_t i = 0; i < kRows; ++i) {
      const Vector::Floats of_x = load(x + i * p.x_stride + k);
      for (size_t j = 0; j < kColumns; ++j) sums[i][j] = Vector::multiply_add(of_x, numbers[j], sums[i][j]);
    }
  };
  size_t k = 0;
  for (; k + Vector::kWidth <= w.n_rows; k += Vector::kWidth) add(k, [](const float* at) { return Vector::load(at); });
  const size_t left = w.n_rows - k;
  if (left > 0) add(k, [left](const float* at) { return Vector::load_part(at, left); });
  for (size_t i = 0; i < kRows; ++i) {
    for (size_t j = 0; j < kColumns; ++j) p.y[(row + i) * p.y_stride + column + j] = Vector::sum(sums[i][j]);
  }
}

template <size_t kColumns>
void dot_columns(const Float32Matrix& w, const Product& p, size_t column) {
  size_t row = 0;
  for (; row + 4 <= p.n; row += 4) dot_products<4, kColumns>(w, p, row, column);
  for (; row < p.n; ++row) dot_products<1, kColumns>(w, p, row, column);
}

inline void multiply_transposed(const Float32Matrix& w, const Product& p) {
  size_t column = p.begin;
  if (p.n < 4) {
    for (; column + 8 <= p.end; column += 8) {
      for (size_t row = 0; row < p.n; ++row) dot_products<1, 8>(w, p, row, column);
    }
  }
  for (; column + 2 <= p.end; column += 2) dot_columns<2>(w, p, column);
  for (; column < p.end; ++column) dot_columns<1>(w, p, column);
}

}  // namespace
}  // namespace deepspeech
