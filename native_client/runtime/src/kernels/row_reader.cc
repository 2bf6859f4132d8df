#include "kernels/row_reader.h"

#include <cstdint>
#include <cstring>

namespace deepspeech {
namespace {

constexpr size_t kChunkBytes = size_t{4} << 20;  // so much of a file is held at a time

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

RowReader::RowReader(const MatrixView& view, bool scales)
    : view_(view),
      scales_(scales),
      row_bytes_(row_size(view) * number_bytes(view)),
      step_bytes_(view.stride * number_bytes(view)),
      pages_(view.data, view_bytes(view)),
      row_(row_size(view)) {}

RowReader::~RowReader() { give_back(); }

const float* RowReader::next() {
  if ((i_ - n_given_back_) * step_bytes_ >= kChunkBytes) give_back();
  if (row_.empty()) return row_.data();
  const char* data = static_cast<const char*>(view_.data) + i_ * step_bytes_;
  if (view_.type == MatrixView::Type::kFloat32) {
    std::memcpy(row_.data(), data, row_bytes_);
  } else {
    const int8_t* values = reinterpret_cast<const int8_t*>(data);
    for (size_t j = 0; j < row_.size(); ++j) row_[j] = static_cast<float>(values[j]);
    for (size_t j = 0; scales_ && j < row_.size(); ++j) row_[j] *= scale_of(view_, view_.is_transposed ? i_ : j);
  }
  ++i_;
  return row_.data();
}

void RowReader::give_back() {
  if (i_ == n_given_back_) return;
  pages_.give_back(static_cast<const char*>(view_.data) + n_given_back_ * step_bytes_,
                   (i_ - n_given_back_ - 1) * step_bytes_ + row_bytes_);
  n_given_back_ = i_;
}

}  // namespace deepspeech
