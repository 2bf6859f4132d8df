// Products with weights, which are most of the work of a network, in the number formats and with the instructions that gain.
//
//   const Kernels& kernels = Kernels::best();
//   std::unique_ptr<const Weights> weights = kernels.pack(view, Precision::kInt8);
//   weights->multiply(x, n, y);                       // y = x W
//
// Read-only, used by any number of threads.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "model/matrix_view.h"

namespace deepspeech {

enum class Precision { kFloat32, kBfloat16, kInt8 };

// A matrix [n_rows, n_columns] in a layout of its own, or - as far as that is as fast - where it lies in its file.
class Weights {
 public:
  virtual ~Weights() = default;
  size_t n_rows() const { return n_rows_; }
  size_t n_columns() const { return n_columns_; }

  // y = x W for `n` rows of x: x [n, n_rows] with `x_stride` numbers from row to row, y [n, n_columns], densely. Columns from
  // `begin` to `end` only, both multiples of kColumnBlock (or the end), so that threads can share the work; the rest of y is
  // not touched. Sums are float32 (of 8-bit products: int32). x of kInt8 is rounded to 8 bits, row by row.
  virtual void multiply(const float* x, size_t n, size_t x_stride, float* y, size_t begin, size_t end) const = 0;

  static constexpr size_t kColumnBlock = 64;

 protected:
  Weights(size_t n_rows, size_t n_columns) : n_rows_(n_rows), n_columns_(n_columns) {}
  const size_t n_rows_, n_columns_;
};

// The functions for one set of instructions.
class Kernels {
 public:
  virtual ~Kernels() = default;

  // The fastest that this processor has; the environment's DS_KERNELS names another one, for tests.
  static const Kernels& best();
  // All that this processor has, the plain one (C++ alone) first.
  static const std::vector<const Kernels*>& available();

  virtual const char* name() const = 0;  // "plain", "avx2", "avx2_vnni", "avx512", "avx512_vnni", "amx", "neon"
  // Whether multiplying with such weights is faster than with float32, where the matrix does not fit the caches.
  virtual bool gains(Precision precision) const = 0;
  // `view` has to live as long as the result if it is not copied. Pages of the file that were copied are given back.
  virtual std::unique_ptr<const Weights> pack(const MatrixView& view, Precision precision) const = 0;

  // One step of an LSTM after its products. gates [4, units] in the order i, candidate, f, o: sums with bias, f with its
  // forget bias. c, h [units]: c is read and overwritten, h written. `clip`: limit of |c|, 0 for none.
  virtual void lstm_step(const float* gates, size_t units, float clip, float* c, float* h) const = 0;
  // x = min(max(x + bias, 0), clip), [n, units].
  virtual void bias_relu(float* x, const float* bias, size_t n, size_t units, float clip) const = 0;
  // x = softmax(x + bias) of every row, [n, units].
  virtual void bias_softmax(float* x, const float* bias, size_t n, size_t units) const = 0;
};

}  // namespace deepspeech
