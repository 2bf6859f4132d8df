// The numbers of a matrix of a model file, whichever way they lie there.
#pragma once

#include <cstddef>
#include <vector>

#include "kernels/file_pages.h"
#include "model/matrix_view.h"

namespace deepspeech {

// Reads the rows of a view as they are stored (of a transposed view: its columns), one after the other, and gives the
// memory of those it has read back to the system.
class RowReader {
 public:
  // `scales`: whether numbers of a kInt8 view are multiplied by their scales. `n_kept`: so many of the last rows stay.
  RowReader(const MatrixView& view, bool scales, size_t n_kept = 1);
  ~RowReader();

  // Numbers of the next row, float32 at any address, until `n_kept` further calls.
  const char* next();
  // The same as they are in the file.
  const char* next_stored();

  static size_t n_rows(const MatrixView& view) { return view.is_transposed ? view.n_columns : view.n_rows; }
  static size_t row_size(const MatrixView& view) { return view.is_transposed ? view.n_rows : view.n_columns; }

 private:
  const char* widened(const int8_t* values, size_t i);
  void give_back();

  const MatrixView view_;
  const bool scales_;
  const size_t row_bytes_, step_bytes_, n_kept_;
  const FilePages pages_;
  std::vector<float> kept_;  // rows that do not lie in the file like this, in turn
  size_t i_ = 0, n_given_back_ = 0;
};

// The scale of a column of a kInt8 view.
float scale_of(const MatrixView& view, size_t column);

}  // namespace deepspeech
