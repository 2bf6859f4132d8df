// The numbers of a matrix of a model file, whichever way they lie there.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>

#include "kernels/file_pages.h"
#include "matrix_view.h"

namespace deepspeech {

// Reads parts of stored rows (of a transposed view: columns) as float32.
class Numbers {
 public:
  explicit Numbers(const MatrixView& view) : view_(view), pages_(view.data, size_bytes(view)) {}

  size_t n_stored_rows() const { return view_.is_transposed ? view_.n_columns : view_.n_rows; }
  size_t stored_row_size() const { return view_.is_transposed ? view_.n_rows : view_.n_columns; }

  // A whole stored row to out [stored_row_size].
  void read(size_t stored_row, float* out) const {
    if (view_.type == MatrixView::Type::kFloat32) {
      std::memcpy(out, address(stored_row), stored_row_size() * sizeof(float));
      return;
    }
    const int8_t* values = bytes(stored_row);
    for (size_t i = 0; i < stored_row_size(); ++i) {
      out[i] = scale(view_.is_transposed ? stored_row : i) * static_cast<float>(values[i]);
    }
  }

  // The same of a kInt8 view, unscaled and where it lies.
  const int8_t* bytes(size_t stored_row) const { return reinterpret_cast<const int8_t*>(address(stored_row)); }

  // Of a kInt8 view.
  float scale(size_t column) const {
    float value;
    std::memcpy(&value, static_cast<const char*>(view_.scales) + (view_.n_scales == 1 ? 0 : column) * sizeof(value),
                sizeof(value));
    return value;
  }

  // Says that stored rows [begin, end) have been read; their memory may go.
  void give_back(size_t begin, size_t end) const {
    if (begin < end) pages_.give_back(address(begin), static_cast<size_t>(address(end - 1) - address(begin)) + row_bytes());
  }

 private:
  static size_t number_bytes(const MatrixView& view) { return view.type == MatrixView::Type::kFloat32 ? 4 : 1; }
  static size_t size_bytes(const MatrixView& view) {
    return (view.is_transposed ? view.n_columns : view.n_rows) * view.stride * number_bytes(view);
  }
  size_t row_bytes() const { return stored_row_size() * number_bytes(view_); }
  const char* address(size_t stored_row) const {
    return static_cast<const char*>(view_.data) + stored_row * view_.stride * number_bytes(view_);
  }

  const MatrixView view_;
  const FilePages pages_;
};

}  // namespace deepspeech
