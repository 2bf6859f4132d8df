#include "kernels/packed.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <vector>

#include "kernels/row_reader.h"

namespace deepspeech {
namespace {

constexpr size_t kLineBytes = kBlockColumns * sizeof(uint32_t);  // words of a block's columns, for one group of rows

size_t rounded_up(size_t size, size_t step) { return (size + step - 1) / step * step; }

// Where the words of a matrix go. `factors`: of columns, or null.
struct Target {
  void (*pack)(const RowGroup&);
  size_t group_rows;  // 2 or 4
  const float* factors;
  char* words;
  int32_t* sums;
};

size_t groups_of(const MatrixView& view, size_t group_rows) { return (view.n_rows + group_rows - 1) / group_rows; }

void pack_rows(const MatrixView& view, const Target& target) {
  const std::vector<float> zeros(view.n_columns);
  RowReader reader(view, false, target.group_rows);
  RowGroup group{};
  group.n_columns = view.n_columns;
  group.factors = target.factors;
  group.block_bytes = groups_of(view, target.group_rows) * kLineBytes;
  group.sums = target.sums;
  for (size_t row = 0; row < view.n_rows; row += target.group_rows) {
    for (size_t k = 0; k < target.group_rows; ++k) {
      group.rows[k] = row + k < view.n_rows ? reader.next() : reinterpret_cast<const char*>(zeros.data());
    }
    group.words = target.words + row / target.group_rows * kLineBytes;
    target.pack(group);
  }
}

// Where words of a matrix that is stored by columns go: those of one group and kBlockColumns columns lie side by side.
struct Lines {
  char* words;
  size_t group_bytes, block_bytes;  // from a group to the next one, and from a block of columns to the next one
};

// Of a matrix that is stored by columns: round(column, words) reads the next column and makes its words, one group behind
// the other; those of a block of columns are turned over together.
template <typename Round>
void pack_columns(const MatrixView& view, size_t group_rows, Lines out, Round round) {
  constexpr size_t kWordBytes = sizeof(uint32_t);
  const size_t n_groups = groups_of(view, group_rows);
  const size_t step = (n_groups + 16) * kWordBytes;  // columns at powers of two would share one place in the cache
  std::vector<char> words(kBlockColumns * step);
  for (size_t begin = 0; begin < view.n_columns; begin += kBlockColumns, out.words += out.block_bytes) {
    const size_t n_columns = std::min(kBlockColumns, view.n_columns - begin);
    for (size_t j = 0; j < n_columns; ++j) round(begin + j, &words[j * step]);
    for (size_t group = 0; group < n_groups; ++group) {
      const char* const first = &words[group * kWordBytes];
      uint32_t line[kBlockColumns];
      for (size_t j = 0; j < n_columns; ++j) std::memcpy(&line[j], first + j * step, kWordBytes);
      std::memcpy(out.words + group * out.group_bytes, line, n_columns * kWordBytes);
    }
  }
}

// The lines of packed.h's narrow matrices.
Lines lines_of(const MatrixView& view, size_t group_rows, char* words) {
  return {words, kLineBytes, groups_of(view, group_rows) * kLineBytes};
}

// Columns' largest magnitudes, as bits.
std::vector<int32_t> magnitudes_of(const Packing& packing, const MatrixView& view) {
  std::vector<int32_t> bits(view.n_columns);
  RowReader reader(view, true);
  for (size_t i = 0; i < RowReader::n_rows(view); ++i) {
    const char* const row = reader.next();
    if (view.is_transposed) {
      bits[i] = packing.largest_magnitude(row, view.n_rows);
    } else {
      packing.find_magnitudes(row, view.n_columns, bits.data());
    }
  }
  return bits;
}

// By what columns are multiplied to become bytes, and the scales of these. A column that is not finite gets the scale
// NaN.
std::vector<float> find_scales(const Packing& packing, const MatrixView& view, float* scales) {
  std::vector<float> factors(view.n_columns);
  const std::vector<int32_t> bits = magnitudes_of(packing, view);
  for (size_t j = 0; j < view.n_columns; ++j) {
    float largest;
    std::memcpy(&largest, &bits[j], sizeof(largest));
    if (!std::isfinite(largest)) {
      scales[j] = std::numeric_limits<float>::quiet_NaN();
    } else if (largest >= kSmallestMagnitude) {
      factors[j] = 127.0f / largest;
      scales[j] = largest / 127.0f;
    }
  }
  return factors;
}

}  // namespace

PackedFloat32::PackedFloat32(const MatrixView& view)
    : n_rows(view.n_rows), n_columns(view.n_columns), stride(rounded_up(view.n_columns, 16)), numbers(n_rows * stride) {
  RowReader reader(view, true);
  const size_t row_bytes = RowReader::row_size(view) * sizeof(float);
  if (row_bytes == 0) return;
  if (view.is_transposed) {
    const Lines lines{reinterpret_cast<char*>(numbers.data()), stride * sizeof(float), kLineBytes};
    pack_columns(view, 1, lines, [&](size_t, char* words) { std::memcpy(words, reader.next(), row_bytes); });
    return;
  }
  for (size_t i = 0; i < n_rows; ++i) std::memcpy(numbers.data() + i * stride, reader.next(), row_bytes);
}

PackedBfloat16::PackedBfloat16(const Packing& packing, const MatrixView& view)
    : n_rows(view.n_rows),
      n_columns(view.n_columns),
      n_pairs((view.n_rows + 1) / 2),
      numbers(n_pairs * 2 * rounded_up(view.n_columns, kBlockColumns)) {
  char* const words = reinterpret_cast<char*>(numbers.data());
  if (view.is_transposed) {
    RowReader reader(view, true);
    pack_columns(view, 2, lines_of(view, 2, words), [&](size_t, char* rounded) {
      packing.round_to_bfloat16(reader.next(), n_rows, reinterpret_cast<uint16_t*>(rounded));
    });
  } else {
    std::vector<float> scales(view.type == MatrixView::Type::kInt8 ? n_columns : 0);
    for (size_t j = 0; j < scales.size(); ++j) scales[j] = scale_of(view, j);
    pack_rows(view, {packing.pack_pair, 2, scales.empty() ? nullptr : scales.data(), words, nullptr});
  }
}

PackedInt8::PackedInt8(const Packing& packing, const MatrixView& view)
    : n_rows(view.n_rows),
      n_columns(view.n_columns),
      n_groups((view.n_rows + 3) / 4),
      numbers(n_groups * 4 * rounded_up(view.n_columns, kBlockColumns)),
      scales(rounded_up(view.n_columns, kBlockColumns)),
      sums(rounded_up(view.n_columns, kBlockColumns)) {
  std::vector<float> factors(n_columns, 1.0f);
  if (view.type == MatrixView::Type::kFloat32) {
    factors = find_scales(packing, view, scales.data());
  } else {
    for (size_t j = 0; j < n_columns; ++j) scales.data()[j] = scale_of(view, j);
  }
  char* const words = reinterpret_cast<char*>(numbers.data());
  if (!view.is_transposed) {
    pack_rows(view, {packing.pack_four, 4, factors.data(), words, sums.data()});
    return;
  }
  RowReader reader(view, false);
  pack_columns(view, 4, lines_of(view, 4, words), [&](size_t column, char* rounded) {
    int8_t* const bytes = reinterpret_cast<int8_t*>(rounded);
    if (view.type == MatrixView::Type::kInt8) {
      std::copy_n(reader.next_stored(), n_rows, rounded);
    } else {
      packing.round_to_bytes(reader.next(), n_rows, factors[column], bytes);
    }
    sums.data()[column] = packing.sum_bytes(bytes, n_rows);
  });
}

}  // namespace deepspeech
