#include "kernels/packed.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <vector>

#include "kernels/row_reader.h"

namespace deepspeech {
namespace {

size_t rounded_up(size_t size, size_t step) { return (size + step - 1) / step * step; }

uint32_t bits_of(float value) {
  uint32_t bits;
  std::memcpy(&bits, &value, sizeof(bits));
  return bits;
}

uint32_t to_bfloat16(float value) {
  const uint32_t bits = bits_of(value), rounded = (bits + 0x7fff + (bits >> 16 & 1)) >> 16;
  return (bits & 0x7fffffff) > 0x7f800000 ? (bits >> 16 | 0x40) : rounded;  // NaN could become an infinity
}

// The lowest byte of a number from -128 to 127, rounded half to even: 1.5 * 2^23 leaves no bits for fractions.
uint32_t to_byte(float value) { return bits_of(value + 12582912.0f) & 0xff; }

int32_t sum_of_bytes(uint32_t word) {
  return static_cast<int8_t>(word) + static_cast<int8_t>(word >> 8) + static_cast<int8_t>(word >> 16) +
         static_cast<int8_t>(word >> 24);
}

// Blocks of both layouts are words of 32 bits, [block][group of rows][column], that hold the numbers of a group, the
// first of them in the lowest bits. encode(number, column) gives a number's bits; use(column, words, n) sees all words.
template <size_t kGroup, typename Encode, typename Use>
void pack_words(const MatrixView& view, void* out, Encode encode, Use use) {
  constexpr size_t kBits = 32 / kGroup;
  const size_t n_groups = (view.n_rows + kGroup - 1) / kGroup;
  RowReader reader(view, false);
  const auto place = [=](size_t group, size_t column) {
    const size_t word = (column / kBlockColumns * n_groups + group) * kBlockColumns + column % kBlockColumns;
    return static_cast<char*>(out) + word * sizeof(uint32_t);
  };
  if (view.is_transposed) {
    for (size_t column = 0; column < view.n_columns; ++column) {
      const float* numbers = reader.next();
      for (size_t group = 0; group < n_groups; ++group) {
        uint32_t word = 0;
        const size_t k = group * kGroup, count = std::min(kGroup, view.n_rows - k);
        for (size_t i = 0; i < count; ++i) word |= encode(numbers[k + i], column) << (i * kBits);
        std::memcpy(place(group, column), &word, sizeof(word));
        use(column, &word, 1);
      }
    }
    return;
  }
  std::vector<uint32_t> words(view.n_columns);
  for (size_t group = 0; group < n_groups; ++group) {
    std::fill(words.begin(), words.end(), 0);
    const size_t count = std::min(kGroup, view.n_rows - group * kGroup);
    for (size_t i = 0; i < count; ++i) {
      const float* numbers = reader.next();
      for (size_t j = 0; j < words.size(); ++j) words[j] |= encode(numbers[j], j) << (i * kBits);
    }
    for (size_t j = 0; j < words.size(); j += kBlockColumns) {
      std::memcpy(place(group, j), &words[j], std::min(kBlockColumns, words.size() - j) * sizeof(uint32_t));
    }
    use(0, words.data(), words.size());
  }
}

// Columns' largest magnitudes. As whole numbers, bits of magnitudes order like these, with NaN above all.
std::vector<uint32_t> magnitudes_of(const MatrixView& view) {
  std::vector<uint32_t> bits(view.n_columns);
  RowReader reader(view, true);
  for (size_t i = 0; i < RowReader::n_rows(view); ++i) {
    const float* row = reader.next();
    if (view.is_transposed) {
      for (size_t k = 0; k < view.n_rows; ++k) bits[i] = std::max(bits[i], bits_of(row[k]) & 0x7fffffff);
    } else {
      for (size_t j = 0; j < view.n_columns; ++j) bits[j] = std::max(bits[j], bits_of(row[j]) & 0x7fffffff);
    }
  }
  return bits;
}

// By what columns are multiplied to become bytes, and the scales of these. A column that is not finite gets the scale
// NaN.
std::vector<float> find_scales(const MatrixView& view, float* scales) {
  std::vector<float> factors(view.n_columns);
  const std::vector<uint32_t> bits = magnitudes_of(view);
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
  for (size_t i = 0; i < RowReader::n_rows(view); ++i) {
    const float* row = reader.next();
    if (view.is_transposed) {
      for (size_t k = 0; k < n_rows; ++k) numbers.data()[k * stride + i] = row[k];
    } else {
      std::copy(row, row + n_columns, numbers.data() + i * stride);
    }
  }
}

PackedBfloat16::PackedBfloat16(const MatrixView& view)
    : n_rows(view.n_rows),
      n_columns(view.n_columns),
      n_pairs((view.n_rows + 1) / 2),
      numbers(n_pairs * 2 * rounded_up(view.n_columns, kBlockColumns)) {
  std::vector<float> scales(n_columns, 1.0f);
  if (view.type == MatrixView::Type::kInt8) {
    for (size_t j = 0; j < n_columns; ++j) scales[j] = scale_of(view, j);
  }
  pack_words<2>(
      view, numbers.data(), [&](float number, size_t j) { return to_bfloat16(number * scales[j]); },
      [](size_t, const uint32_t*, size_t) {});
}

PackedInt8::PackedInt8(const MatrixView& view)
    : n_rows(view.n_rows),
      n_columns(view.n_columns),
      n_groups((view.n_rows + 3) / 4),
      numbers(n_groups * 4 * rounded_up(view.n_columns, kBlockColumns)),
      scales(rounded_up(view.n_columns, kBlockColumns)),
      sums(rounded_up(view.n_columns, kBlockColumns)) {
  std::vector<float> factors(n_columns, 1.0f);
  if (view.type == MatrixView::Type::kFloat32) {
    factors = find_scales(view, scales.data());
  } else {
    for (size_t j = 0; j < n_columns; ++j) scales.data()[j] = scale_of(view, j);
  }
  pack_words<4>(
      view, numbers.data(), [&](float number, size_t j) { return to_byte(number * factors[j]); },
      [this](size_t column, const uint32_t* words, size_t n) {
        for (size_t i = 0; i < n; ++i) sums.data()[column + i] += sum_of_bytes(words[i]);
      });
}

}  // namespace deepspeech
