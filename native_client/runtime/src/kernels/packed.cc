#include "kernels/packed.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <new>

#include "kernels/numbers.h"

namespace deepspeech {
namespace {

constexpr size_t kAlignment = 64;
constexpr size_t kChunkBytes = size_t{4} << 20;  // so much of a file is held at a time

size_t rounded_up(size_t size, size_t step) { return (size + step - 1) / step * step; }

uint16_t to_bfloat16(float value) {
  uint32_t bits;
  std::memcpy(&bits, &value, sizeof(bits));
  if (std::isnan(value)) return static_cast<uint16_t>(bits >> 16 | 0x40);  // rounding could make it an infinity
  return static_cast<uint16_t>((bits + 0x7fff + (bits >> 16 & 1)) >> 16);
}

// Calls use(row, numbers of the row) for all stored rows of a view and gives its pages back on the way.
template <typename Use>
void for_rows(const MatrixView& view, Use use) {
  const Numbers numbers(view);
  std::vector<float> row(numbers.stored_row_size());
  const size_t chunk = std::max<size_t>(1, kChunkBytes / (4 * std::max<size_t>(1, view.stride)));
  for (size_t begin = 0; begin < numbers.n_stored_rows(); begin += chunk) {
    const size_t end = std::min(begin + chunk, numbers.n_stored_rows());
    for (size_t i = begin; i < end; ++i) {
      numbers.read(i, row.data());
      use(i, row.data());
    }
    numbers.give_back(begin, end);
  }
}

// Where the layouts with blocks of columns and groups of kGroup rows have an element.
template <size_t kGroup>
class BlockLayout {
 public:
  explicit BlockLayout(size_t n_groups) : block_size_(n_groups * kGroup * kBlockColumns) {}
  size_t operator()(size_t row, size_t column) const {
    return column / kBlockColumns * block_size_ + row / kGroup * kGroup * kBlockColumns + column % kBlockColumns * kGroup +
           row % kGroup;
  }

 private:
  const size_t block_size_;
};

// out[place(row, column)] = convert(number, column) for the stored row `i` of a view.
template <typename Out, typename Layout, typename Convert>
void place_row(const MatrixView& view, size_t i, const float* numbers, const Layout& place, Out* out, Convert convert) {
  if (view.is_transposed) {
    for (size_t k = 0; k < view.n_rows; ++k) out[place(k, i)] = convert(numbers[k], i);
    return;
  }
  for (size_t begin = 0; begin < view.n_columns; begin += kBlockColumns) {
    Out* at = out + place(i, begin);
    const size_t step = place(i, begin + 1) - place(i, begin), count = std::min(kBlockColumns, view.n_columns - begin);
    for (size_t j = 0; j < count; ++j) at[j * step] = convert(numbers[begin + j], begin + j);
  }
}

// Columns' largest magnitudes; NaN where there is one.
void find_magnitudes(const MatrixView& view, float* magnitudes) {
  const auto larger = [](float a, float b) { return b > a || std::isnan(b) ? b : a; };
  for_rows(view, [&](size_t i, const float* row) {
    if (view.is_transposed) {
      for (size_t k = 0; k < view.n_rows; ++k) magnitudes[i] = larger(magnitudes[i], std::fabs(row[k]));
    } else {
      for (size_t j = 0; j < view.n_columns; ++j) magnitudes[j] = larger(magnitudes[j], std::fabs(row[j]));
    }
  });
}

}  // namespace

template <typename T>
AlignedArray<T>::AlignedArray(size_t size) {
  const size_t bytes = std::max<size_t>(1, size) * sizeof(T);
  data_.reset(static_cast<T*>(::operator new(bytes, std::align_val_t{kAlignment})));
  std::memset(static_cast<void*>(data_.get()), 0, bytes);
}

template <typename T>
void AlignedArray<T>::Free::operator()(T* data) const {
  ::operator delete(static_cast<void*>(data), std::align_val_t{kAlignment});
}

template class AlignedArray<float>;
template class AlignedArray<uint16_t>;
template class AlignedArray<int8_t>;
template class AlignedArray<int32_t>;

PackedFloat32::PackedFloat32(const MatrixView& view)
    : n_rows(view.n_rows), n_columns(view.n_columns), stride(rounded_up(view.n_columns, 16)), numbers(n_rows * stride) {
  const auto place = [this](size_t row, size_t column) { return row * stride + column; };
  for_rows(view, [&](size_t i, const float* row) {
    place_row(view, i, row, place, numbers.data(), [](float value, size_t) { return value; });
  });
}

PackedBfloat16::PackedBfloat16(const MatrixView& view)
    : n_rows(view.n_rows),
      n_columns(view.n_columns),
      n_pairs((view.n_rows + 1) / 2),
      numbers(n_pairs * 2 * rounded_up(view.n_columns, kBlockColumns)) {
  const BlockLayout<2> place(n_pairs);
  for_rows(view, [&](size_t i, const float* row) {
    place_row(view, i, row, place, numbers.data(), [](float value, size_t) { return to_bfloat16(value); });
  });
}

PackedInt8::PackedInt8(const MatrixView& view)
    : n_rows(view.n_rows),
      n_columns(view.n_columns),
      n_groups((view.n_rows + 3) / 4),
      numbers(n_groups * 4 * rounded_up(view.n_columns, kBlockColumns)),
      scales(rounded_up(view.n_columns, kBlockColumns)),
      sums(rounded_up(view.n_columns, kBlockColumns)) {
  const BlockLayout<4> place(n_groups);
  if (view.type == MatrixView::Type::kInt8) {
    MatrixView unscaled = view;
    const float one = 1.0f;
    unscaled.scales = &one;
    unscaled.n_scales = 1;
    for_rows(unscaled, [&](size_t i, const float* row) {
      place_row(view, i, row, place, numbers.data(), [](float value, size_t) { return static_cast<int8_t>(value); });
    });
    const Numbers scaled(view);
    for (size_t j = 0; j < n_columns; ++j) scales.data()[j] = scaled.scale(j);
  } else {
    find_magnitudes(view, scales.data());
    std::vector<float> reciprocals(n_columns);
    for (size_t j = 0; j < n_columns; ++j) {
      const float largest = scales.data()[j];
      const bool is_usable = largest >= kSmallestMagnitude && largest <= std::numeric_limits<float>::max();
      reciprocals[j] = is_usable ? 127.0f / largest : 0.0f;
      // A column with NaN or an infinity stays NaN.
      scales.data()[j] = is_usable ? largest / 127.0f
                                   : largest < kSmallestMagnitude ? 0.0f : std::numeric_limits<float>::quiet_NaN();
    }
    for_rows(view, [&](size_t i, const float* row) {
      place_row(view, i, row, place, numbers.data(), [&](float value, size_t column) {
        return reciprocals[column] == 0.0f ? int8_t{0} : static_cast<int8_t>(std::lrintf(value * reciprocals[column]));
      });
    });
  }
  for (size_t k = 0; k < n_rows; ++k) {
    for (size_t j = 0; j < n_columns; ++j) sums.data()[j] += numbers.data()[place(k, j)];
  }
}

}  // namespace deepspeech
