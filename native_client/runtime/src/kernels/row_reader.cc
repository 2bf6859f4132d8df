#include "kernels/row_reader.h"

#include <cstdint>
#include <cstring>

namespace deepspeech {
namespace {

constexpr size_t kChunkBytes = size_t{1} << 20;  // so much of a file is held at a time

size_t number_bytes(const MatrixView& view) { return view.type == MatrixView::Type::kFloat32 ? sizeof(float) : 1; }

size_t view_bytes(const MatrixView& view) {
  const size_t n_rows = RowReader::n_rows(view);
  return n_rows == 0 ? 0 : ((n_rows - 1) * view.stride + RowReader::row_size(view)) * number_bytes(view);
}

}  // namespace

float scale_of(const MatrixView& view, size_t column) {
  float scale;
  const size_t at = view.n_scales == 1 ? 0 : column;
  std::memcpy(&scale, static_cast<const char*>(view.scales) + at * sizeof(scale), sizeof(scale));
  return scale;
}

RowReader::RowReader(const MatrixView& view, bool scales, size_t n_kept)
    : view_(view),
      scales_(scales),
      row_bytes_(row_size(view) * number_bytes(view)),
      step_bytes_(view.stride * number_bytes(view)),
      n_kept_(n_kept),
      pages_(view.data, view_bytes(view)),
      kept_(view.type == MatrixView::Type::kFloat32 ? 0 : n_kept * row_size(view)) {}

RowReader::~RowReader() { give_back(); }

const char* RowReader::next() {
  const char* const row = next_stored();
  return view_.type == MatrixView::Type::kFloat32 ? row : widened(reinterpret_cast<const int8_t*>(row), i_ - 1);
}

const char* RowReader::next_stored() {
  if ((i_ - n_given_back_) * step_bytes_ >= kChunkBytes) give_back();
  const char* const row = static_cast<const char*>(view_.data) + (row_bytes_ ? i_ * step_bytes_ : 0);
  ++i_;
  return row;
}

const char* RowReader::widened(const int8_t* values, size_t i) {
  const size_t size = row_size(view_);
  float* const row = kept_.data() + i % n_kept_ * size;
  for (size_t j = 0; j < size; ++j) row[j] = static_cast<float>(values[j]);
  if (scales_ && view_.is_transposed) {
    const float scale = scale_of(view_, i);
    for (size_t j = 0; j < size; ++j) row[j] *= scale;
  } else if (scales_) {
    for (size_t j = 0; j < size; ++j) row[j] *= scale_of(view_, j);
  }
  return reinterpret_cast<const char*>(row);
}

void RowReader::give_back() {
  if (i_ == n_given_back_) return;
  pages_.give_back(static_cast<const char*>(view_.data) + n_given_back_ * step_bytes_,
                   (i_ - n_given_back_ - 1) * step_bytes_ + row_bytes_);
  n_given_back_ = i_;
}

}  // namespace deepspeech
