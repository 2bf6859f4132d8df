// Products of vector_steps.h with bfloat16, in AMX's tiles. Their numbers have been rounded before: rows of x hold what
// bfloat16 has. Panels are [pair of rows][64 columns][row of the pair], zeros behind the last row and the last column.
#pragma once

#include <cstddef>
#include <cstdint>

#include "kernels/tiles_amx.h"
#include "recurrent/partial_vectors.h"

namespace deepspeech {
namespace {

inline size_t smaller(size_t a, size_t b) { return a < b ? a : b; }

class Products {
 public:
  static constexpr size_t kUnits = kBlockColumns;

  Products(const float* x, size_t x_stride, size_t n_rows, size_t n_steps, float* scratch)
      : rows_(reinterpret_cast<uint16_t*>(scratch)), n_rows_(n_rows), n_steps_(n_steps) {
    const size_t size = row_size(n_steps);
    for (size_t row = 0; row < n_rows; ++row) {
      for (size_t k = 0; k < size; k += Vector::kWidth) {
        const Vector::Floats numbers = k < n_steps ? load_some(x + row * x_stride + k, n_steps - k) : Vector::zero();
        Vector::store_bfloat16(rows_ + row * size + k, numbers);
      }
    }
  }

  static size_t panel_size(size_t n_steps) { return (n_steps + 1) / 2 * kUnits; }
  static size_t scratch_size(size_t n_rows, size_t n_steps) { return n_rows * row_size(n_steps) / 2; }

  static void pack_rows(const float* w, size_t stride, size_t n_steps, size_t count, bool, float* panel) {
    uint16_t* out = reinterpret_cast<uint16_t*>(panel);
    for (size_t k = 0; k < n_steps; k += 2, out += 2 * kUnits) {
      uint16_t first[kUnits] = {}, second[kUnits] = {};
      for (size_t unit = 0; unit < count; unit += Vector::kWidth) {
        store_rounded(first + unit, w + k * stride + unit, count - unit);
        if (k + 1 < n_steps) store_rounded(second + unit, w + (k + 1) * stride + unit, count - unit);
      }
      for (size_t unit = 0; unit < kUnits; ++unit) {
        out[2 * unit] = first[unit];
        out[2 * unit + 1] = second[unit];
      }
    }
  }

  static void pack_columns(const float* w, size_t stride, size_t n_steps, size_t count, bool, float* panel) {
    uint16_t* const out = reinterpret_cast<uint16_t*>(panel);
    for (size_t unit = 0; unit < kUnits; ++unit) {
      for (size_t k = 0; k < n_steps; k += Vector::kWidth) {
        uint16_t numbers[Vector::kWidth] = {};
        if (unit < count) store_rounded(numbers, w + unit * stride + k, n_steps - k);
        for (size_t i = 0; i < Vector::kWidth && k + i < n_steps + n_steps % 2; ++i) {
          out[((k + i) / 2 * kUnits + unit) * 2 + i % 2] = numbers[i];
        }
      }
    }
  }

  void multiply(const float* panel, float* y, size_t y_stride, bool adds) const {
    const size_t size = row_size(n_steps_), n_pairs = (n_steps_ + 1) / 2;
    for (size_t row = 0; row < n_rows_; row += kTileRows) {
      float* const sums = y + row * y_stride;
      configure(smaller(kTileRows, n_rows_ - row), n_pairs);
      clear_sums();
      if (adds) load(sums, y_stride * sizeof(float));
      add_tiles<Bfloat16Tiles>(rows_ + row * size, size * sizeof(uint16_t), panel, n_pairs);
      store(sums, y_stride * sizeof(float));
    }
    _tile_release();
  }

 private:
  // Whole steps of 32, and 32 more, lest rows that are 4096 bytes apart share one place in the cache.
  static size_t row_size(size_t n_steps) { return (n_steps + 31) / 32 * 32 + 32; }

  static void store_rounded(uint16_t* to, const float* from, size_t count) {
    Vector::store_bfloat16(to, Vector::round_to_bfloat16(load_some(from, count)));
  }

  static void load(const float* sums, size_t row_bytes) {
    _tile_loadd(0, sums, row_bytes);
    _tile_loadd(1, sums + 16, row_bytes);
    _tile_loadd(2, sums + 32, row_bytes);
    _tile_loadd(3, sums + 48, row_bytes);
  }

  static void store(float* sums, size_t row_bytes) {
    _tile_stored(0, sums, row_bytes);
    _tile_stored(1, sums + 16, row_bytes);
    _tile_stored(2, sums + 32, row_bytes);
    _tile_stored(3, sums + 48, row_bytes);
  }

  uint16_t* const rows_;
  const size_t n_rows_, n_steps_;
};

}  // namespace
}  // namespace deepspeech
