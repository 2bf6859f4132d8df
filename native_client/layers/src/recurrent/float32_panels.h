// Products of vector_steps.h with float32, in the tiles of kernels/float32_products.h. Numbers of bfloat16 are float32 numbers
// that have been rounded: what sets without units for shorter numbers do with them.
#pragma once

#include <cstddef>

#include "kernels/float32_products.h"
#include "recurrent/partial_vectors.h"

namespace deepspeech {
namespace {

class Products {
 public:
  static constexpr size_t kUnits = kPanel;

  Products(const float* x, size_t x_stride, size_t n_rows, size_t n_steps, float*)
      : x_(x), x_stride_(x_stride), n_rows_(n_rows), n_steps_(n_steps) {}

  static size_t panel_size(size_t n_steps) { return n_steps * kUnits; }
  static size_t scratch_size(size_t, size_t) { return 0; }

  static void pack_rows(const float* w, size_t stride, size_t n_steps, size_t count, bool is_bfloat16, float* panel) {
    for (size_t k = 0; k < n_steps; ++k, w += stride) {
      for (size_t unit = 0; unit < kUnits; unit += Vector::kWidth, panel += Vector::kWidth) {
        const Floats x = unit < count ? load_some(w + unit, count - unit) : Vector::zero();
        Vector::store(panel, rounded_if(is_bfloat16, x));
      }
    }
  }

  static void pack_columns(const float* w, size_t stride, size_t n_steps, size_t count, bool is_bfloat16,
                           float* panel) {
    for (size_t unit = 0; unit < kUnits; ++unit) {
      for (size_t k = 0; k < n_steps; ++k) panel[k * kUnits + unit] = unit < count ? w[unit * stride + k] : 0.0f;
    }
    if (!is_bfloat16) return;
    for (float* end = panel + panel_size(n_steps); panel != end; panel += Vector::kWidth) {
      Vector::store(panel, Vector::round_to_bfloat16(Vector::load(panel)));
    }
  }

  // Rows are shared out evenly over as few tiles as will do. A part of a panel stays in the first cache, beside x, while all
  // tiles meet it and the next part comes; the last part of a panel is followed by the first one of the next.
  void multiply(const float* panel, float* y, size_t y_stride, bool adds) const {
    constexpr size_t kSteps = 128;
    const size_t n_tiles = (n_rows_ + Vector::kTileRows - 1) / Vector::kTileRows;
    for (size_t k = 0; k < n_steps_; k += kSteps) {
      const size_t count = smaller(kSteps, n_steps_ - k);
      for (size_t tile = 0; tile < n_tiles; ++tile) {
        const size_t row = tile * n_rows_ / n_tiles, n = (tile + 1) * n_rows_ / n_tiles - row;
        multiply_panel_of<Vector::kTileRows, kSteps * kUnits>(n, panel + k * kUnits, count, x_ + row * x_stride_ + k,
                                                              x_stride_, y + row * y_stride, y_stride, kUnits,
                                                              adds || k > 0);
      }
    }
  }

 private:
  const float* const x_;
  const size_t x_stride_, n_rows_, n_steps_;
};

}  // namespace
}  // namespace deepspeech
