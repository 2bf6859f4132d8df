// Products with float32, written in a Vector. A file for each set of instructions defines that and then includes this:
// all is in an unnamed namespace, lest the linker take the code of one set for another's.
//
// One to three rows of x: weights stream by once, at the speed of memory. More: blocks of them are copied to where they
// stay in the cache, in panels of two Vectors, and every row of x meets them there (multiply_panels, also of bfloat16).
#pragma once

#include <cstddef>

#include "kernels/functions.h"

namespace deepspeech {
namespace {

using Floats = Vector::Floats;
constexpr size_t kPanel = 2 * Vector::kWidth;

inline size_t smaller(size_t a, size_t b) { return a < b ? a : b; }

// y[begin, end) of kRows rows += x[., k .. k + kSteps) W[k .. k + kSteps, begin .. end).
template <size_t kRows, size_t kSteps>
void add_rows(const Float32Matrix& w, const Product& p, size_t first_row, size_t k, size_t begin, size_t end) {
  Floats x[kRows][kSteps];
  for (size_t row = 0; row < kRows; ++row) {
    for (size_t i = 0; i < kSteps; ++i) x[row][i] = Vector::all(p.x[(first_row + row) * p.x_stride + k + i]);
  }
  const float* weights = w.data + k * w.stride;
  float* y = p.y + first_row * p.y_stride;
  size_t column = begin;
  for (; column + Vector::kWidth <= end; column += Vector::kWidth) {
    Floats sums[kRows];
    for (size_t row = 0; row < kRows; ++row) sums[row] = Vector::load(y + row * p.y_stride + column);
    for (size_t i = 0; i < kSteps; ++i) {
      const Floats numbers = Vector::load(weights + i * w.stride + column);
      for (size_t row = 0; row < kRows; ++row) sums[row] = Vector::multiply_add(x[row][i], numbers, sums[row]);
    }
    for (size_t row = 0; row < kRows; ++row) Vector::store(y + row * p.y_stride + column, sums[row]);
  }
  if (column == end) return;
  const size_t count = end - column;
  for (size_t row = 0; row < kRows; ++row) {
    Floats sum = Vector::load_part(y + row * p.y_stride + column, count);
    for (size_t i = 0; i < kSteps; ++i) {
      sum = Vector::multiply_add(x[row][i], Vector::load_part(weights + i * w.stride + column, count), sum);
    }
    Vector::store_part(y + row * p.y_stride + column, count, sum);
  }
}

// Walks the rows of W, kSteps at a time, over so many columns that these and y stay in the first cache while at most
// kRows rows of x after the other meet them.
template <size_t kRows, size_t kSteps>
void stream_rows(const Float32Matrix& w, const Product& p, size_t k, size_t begin, size_t end) {
  size_t row = 0;
  for (; row + kRows <= p.n; row += kRows) add_rows<kRows, kSteps>(w, p, row, k, begin, end);
  for (; row < p.n; ++row) add_rows<1, kSteps>(w, p, row, k, begin, end);
}

template <size_t kRows, size_t kSteps>
void stream_columns(const Float32Matrix& w, const Product& p, size_t n_columns) {
  for (size_t begin = p.begin; begin < p.end; begin += n_columns) {
    const size_t end = smaller(begin + n_columns, p.end);
    for (size_t row = 0; row < p.n; ++row) {
      for (size_t column = begin; column < end; ++column) p.y[row * p.y_stride + column] = 0.0f;
    }
    size_t k = 0;
    for (; k + kSteps <= w.n_rows; k += kSteps) stream_rows<kRows, kSteps>(w, p, k, begin, end);
    for (; k < w.n_rows; ++k) stream_rows<kRows, 1>(w, p, k, begin, end);
  }
}

// A block of weights: rows [k, k + n_steps), columns [begin, end) of W, copied to panels [panel][step][kPanel], with
// zeros behind the last column. Panels are some bytes apart, lest the same step of all of them share one place in the
// cache.
struct Block {
  size_t k, n_steps, begin, end;
  size_t panel_size() const { return n_steps * kPanel + 16; }
};

template <size_t kCount>
void prefetch(const float* numbers) {
  for (size_t i = 0; i < kCount; i += 64 / sizeof(float)) __builtin_prefetch(numbers + i);
}

// y (+)= x W for one panel, `count` columns of it, and kRows rows. The cache is asked for the numbers kAhead behind those that
// are in use, where weights lie in the order they are met; what is behind the last ones may be anything.
template <size_t kRows, size_t kAhead = 0>
void multiply_panel(const float* panel, size_t n_steps, const float* x, size_t x_stride, float* y, size_t y_stride,
                    size_t count, bool adds) {
  Floats sums[kRows][2];
  for (size_t row = 0; row < kRows; ++row) sums[row][0] = sums[row][1] = Vector::zero();
  for (size_t k = 0; k < n_steps; ++k, panel += kPanel) {
    const Floats left = Vector::load(panel), right = Vector::load(panel + Vector::kWidth);
    if constexpr (kAhead > 0) prefetch<kPanel>(panel + kAhead);
    for (size_t row = 0; row < kRows; ++row) {
      const Floats number = Vector::all(x[row * x_stride + k]);
      sums[row][0] = Vector::multiply_add(number, left, sums[row][0]);
      sums[row][1] = Vector::multiply_add(number, right, sums[row][1]);
    }
  }
  for (size_t row = 0; row < kRows; ++row, y += y_stride) {
    for (size_t half = 0; half < 2 && half * Vector::kWidth < count; ++half) {
      float* out = y + half * Vector::kWidth;
      const size_t part = count - half * Vector::kWidth;
      Floats sum = sums[row][half];
      if (part >= Vector::kWidth) {
        Vector::store(out, adds ? Vector::add(Vector::load(out), sum) : sum);
      } else {
        Vector::store_part(out, part, adds ? Vector::add(Vector::load_part(out, part), sum) : sum);
      }
    }
  }
}

// The same for n_rows <= kRows, found at run time.
template <size_t kRows, size_t kAhead = 0>
void multiply_panel_of(size_t n_rows, const float* panel, size_t n_steps, const float* x, size_t x_stride, float* y,
                       size_t y_stride, size_t count, bool adds) {
  if (n_rows == kRows) {
    multiply_panel<kRows, kAhead>(panel, n_steps, x, x_stride, y, y_stride, count, adds);
  } else if constexpr (kRows > 1) {
    multiply_panel_of<kRows - 1, kAhead>(n_rows, panel, n_steps, x, x_stride, y, y_stride, count, adds);
  }
}

// All rows of x with the block in p.scratch; the first block of a column (k 0) writes y, those behind it add to it.
// Rows are shared out evenly over as few tiles as will do.
inline void multiply_panels(const Block& block, const Product& p) {
  const size_t n_tiles = (p.n + Vector::kTileRows - 1) / Vector::kTileRows;
  const float* panel = p.scratch;
  for (size_t begin = block.begin; begin < block.end; begin += kPanel, panel += block.panel_size()) {
    const size_t count = smaller(kPanel, block.end - begin);
    for (size_t tile = 0; tile < n_tiles; ++tile) {
      const size_t row = tile * p.n / n_tiles, n_rows = (tile + 1) * p.n / n_tiles - row;
      multiply_panel_of<Vector::kTileRows>(n_rows, panel, block.n_steps, p.x + row * p.x_stride + block.k, p.x_stride,
                                           p.y + row * p.y_stride + begin, p.y_stride, count, block.k > 0);
    }
  }
}

inline void clear(const Product& p) {
  for (size_t row = 0; row < p.n; ++row) {
    for (size_t column = p.begin; column < p.end; ++column) p.y[row * p.y_stride + column] = 0.0f;
  }
}

inline void copy_block(const Float32Matrix& w, const Block& block, float* scratch) {
  const size_t panel_size = block.panel_size();
  for (size_t i = 0; i < block.n_steps; ++i) {
    const float* row = w.data + (block.k + i) * w.stride;
    float* out = scratch + i * kPanel;
    for (size_t column = block.begin; column < block.end; column += kPanel, out += panel_size) {
      for (size_t half = 0; half < kPanel; half += Vector::kWidth) {
        const size_t at = column + half;
        const size_t left = at < block.end ? block.end - at : 0;
        Vector::store(out + half,
                      left >= Vector::kWidth ? Vector::load(row + at) : Vector::load_part(row + (left ? at : 0), left));
      }
    }
  }
}

inline void multiply_float32(const Float32Matrix& w, const Product& p) {
  if (p.n < kBlockedRows) {
    return p.n == 1 ? stream_columns<1, 8>(w, p, 2048) : stream_columns<2, 4>(w, p, 1024);
  }
  if (w.n_rows == 0) clear(p);
  constexpr size_t kSteps = 64, kColumns = 256;
  for (size_t begin = p.begin; begin < p.end; begin += kColumns) {
    for (size_t k = 0; k < w.n_rows; k += kSteps) {
      const Block block = {k, smaller(kSteps, w.n_rows - k), begin, smaller(begin + kColumns, p.end)};
      copy_block(w, block, p.scratch);
      multiply_panels(block, p);
    }
  }
}

}  // namespace
}  // namespace deepspeech
