// Weights as a file holds them. Nothing is copied: the bytes are those of the mapped file, at any alignment.
#pragma once

#include <cstddef>
#include <cstdint>

namespace deepspeech {

// float32, little-endian.
struct VectorView {
  const void* data = nullptr;
  size_t size = 0;
};

// A matrix [n_rows, n_columns] that is multiplied from the left: y = x W.
struct MatrixView {
  enum class Type { kFloat32, kInt8 };
  Type type = Type::kFloat32;
  const void* data = nullptr;
  size_t n_rows = 0, n_columns = 0;
  bool is_transposed = false;  // stored by columns, [n_columns, n_rows], as TensorFlow Lite does
  size_t stride = 0;           // numbers from one stored row (or column) to the next; parts of a matrix have gaps
  // kInt8: numbers are scale * stored; one scale for all (n_scales 1), or one a column. float32, little-endian.
  const void* scales = nullptr;
  size_t n_scales = 0;
};

}  // namespace deepspeech
