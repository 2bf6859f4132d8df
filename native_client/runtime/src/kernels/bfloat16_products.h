// Products with bfloat16, written in a Vector (see float32_products.h, which is included before). One row of x: the
// pairs are widened in registers. More: blocks are widened to float32 in the cache, for all rows.
#pragma once

#include <cstddef>

#include "kernels/float32_products.h"
#include "kernels/functions.h"

namespace deepspeech {
namespace {

// One row of x and one block of kBlockColumns columns, `count` of which are written.
inline void stream_pairs(const Bfloat16Matrix& w, const uint16_t* block, const float* x, float* y, size_t count) {
  constexpr size_t kVectors = kBlockColumns / Vector::kWidth;
  Floats sums[kVectors];
  for (Floats& sum : sums) sum = Vector::zero();
  for (size_t pair = 0; pair < w.n_pairs; ++pair, block += 2 * kBlockColumns) {
    const size_t k = 2 * pair;
    const Floats x0 = Vector::all(x[k]), x1 = Vector::all(k + 1 < w.n_rows ? x[k + 1] : 0.0f);
    for (size_t i = 0; i < kVectors; ++i) {
      Floats first, second;
      Vector::load_pairs(block + i * 2 * Vector::kWidth, &first, &second);
      sums[i] = Vector::multiply_add(x1, second, Vector::multiply_add(x0, first, sums[i]));
    }
  }
  for (size_t i = 0; i < kVectors && i * Vector::kWidth < count; ++i) {
    Vector::store_part(y + i * Vector::kWidth, smaller(count - i * Vector::kWidth, Vector::kWidth), sums[i]);
  }
}

// A part of a block of kBlockColumns columns as panels; the first row and the number of rows are even, but for the
// last.
inline void widen_block(const uint16_t* numbers, const Block& part, float* scratch) {
  const size_t panel_size = part.panel_size(), n_steps = part.n_steps;
  for (size_t i = 0; i < n_steps; i += 2) {
    const uint16_t* pair = numbers + (part.k + i) * kBlockColumns;
    for (size_t column = 0; column < kBlockColumns; column += Vector::kWidth) {
      Floats first, second;
      Vector::load_pairs(pair + 2 * column, &first, &second);
      float* out = scratch + column / kPanel * panel_size + i * kPanel + column % kPanel;
      Vector::store(out, first);
      if (i + 1 < n_steps) Vector::store(out + kPanel, second);
    }
  }
}

inline void multiply_bfloat16(const Bfloat16Matrix& w, const Product& p) {
  constexpr size_t kSteps = 256;
  if (w.n_rows == 0) clear(p);
  for (size_t begin = p.begin; begin < p.end; begin += kBlockColumns) {
    const uint16_t* block = w.data + begin * w.n_pairs * 2;
    const size_t end = smaller(begin + kBlockColumns, p.end);
    if (p.n < kBlockedRows) {
      for (size_t row = 0; row < p.n; ++row) {
        stream_pairs(w, block, p.x + row * p.x_stride, p.y + row * p.y_stride + begin, end - begin);
      }
      continue;
    }
    for (size_t k = 0; k < w.n_rows; k += kSteps) {
      const Block part = {k, smaller(kSteps, w.n_rows - k), begin, end};
      widen_block(block, part, p.scratch);
      multiply_panels(part, p);
    }
  }
}

}  // namespace
}  // namespace deepspeech
