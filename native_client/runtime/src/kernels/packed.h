// Matrices in the layouts of functions.h that are not the file's: made once, when a model is loaded.
#pragma once

#include <cstddef>
#include <cstdint>

#include "kernels/aligned_array.h"
#include "kernels/functions.h"
#include "model/matrix_view.h"

namespace deepspeech {

struct PackedFloat32 {
  explicit PackedFloat32(
      const MatrixView& view);  // the columns of a row lie one behind the other, whatever the view is
  Float32Matrix matrix() const { return {numbers.data(), n_rows, n_columns, stride}; }
  const size_t n_rows, n_columns, stride;
  AlignedArray<float> numbers;
};

// Rounded to the nearest, ties to even. Every set of instructions makes the same.
struct PackedBfloat16 {
  PackedBfloat16(const Packing& packing, const MatrixView& view);
  Bfloat16Matrix matrix() const { return {numbers.data(), n_rows, n_columns, n_pairs}; }
  const size_t n_rows, n_columns, n_pairs;
  AlignedArray<uint16_t> numbers;
};

// Numbers of a kInt8 view stay what they are; of others: the scale of a column is max |column| / 127.
struct PackedInt8 {
  PackedInt8(const Packing& packing, const MatrixView& view);
  Int8Matrix matrix() const { return {numbers.data(), scales.data(), sums.data(), n_rows, n_columns, n_groups}; }
  const size_t n_rows, n_columns, n_groups;
  AlignedArray<int8_t> numbers;
  AlignedArray<float> scales;
  AlignedArray<int32_t> sums;
};

}  // namespace deepspeech
