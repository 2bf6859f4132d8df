// Packed weights bit for bit: against the layouts of functions.h, written out number by number.
#include "kernels/packed.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "check.h"
#include "kernels/instruction_sets.h"

namespace {

using deepspeech::Functions;
using deepspeech::MatrixView;

constexpr size_t kBlock = 64;

void expect(bool holds, const std::string& what) {
  if (!holds) check::fail(__FILE__, __LINE__, what.c_str());
}

// A matrix as a file could hold it: at an odd address, with gaps between stored rows, and with numbers that are none.
class StoredMatrix {
 public:
  StoredMatrix(MatrixView::Type type, size_t n_rows, size_t n_columns, bool is_transposed) {
    view.type = type;
    view.n_rows = n_rows;
    view.n_columns = n_columns;
    view.is_transposed = is_transposed;
    view.stride = (is_transposed ? n_rows : n_columns) + 3;
    const size_t n = view.stride * (is_transposed ? n_columns : n_rows);
    std::mt19937 engine(static_cast<uint32_t>(n_rows * 1000 + n_columns));
    memory_.resize(1 + 4 * n);
    scales_.resize(1 + 4 * n_columns);
    const float special[] = {std::numeric_limits<float>::quiet_NaN(),
                             std::numeric_limits<float>::infinity(),
                             -0.0f,
                             3.4e38f,
                             1e-42f,
                             1.00390625f,
                             1.01171875f,
                             -std::numeric_limits<float>::infinity()};
    for (size_t i = 0; i < n; ++i) {
      float number = std::normal_distribution<float>()(engine);
      if (engine() % 97 == 0) number = special[engine() % 8];
      if (type == MatrixView::Type::kFloat32) std::memcpy(&memory_[1 + 4 * i], &number, sizeof(number));
      if (type == MatrixView::Type::kInt8) memory_[1 + i] = static_cast<char>(engine());
    }
    for (size_t i = 0; i < n_columns; ++i) {
      const float scale = 0.01f + 0.001f * static_cast<float>(engine() % 100);
      std::memcpy(&scales_[1 + 4 * i], &scale, sizeof(scale));
    }
    view.data = memory_.data() + 1;
    view.scales = scales_.data() + 1;
    view.n_scales = n_columns;
  }

  // As it is stored, without the column's scale.
  float at(size_t row, size_t column) const {
    const size_t i = view.is_transposed ? column * view.stride + row : row * view.stride + column;
    if (view.type == MatrixView::Type::kInt8) return static_cast<signed char>(memory_[1 + i]);
    return float_at(memory_, i);
  }
  float scale(size_t column) const { return view.type == MatrixView::Type::kInt8 ? float_at(scales_, column) : 1.0f; }

  MatrixView view;

 private:
  static float float_at(const std::vector<char>& bytes, size_t i) {
    float number;
    std::memcpy(&number, &bytes[1 + 4 * i], sizeof(number));
    return number;
  }
  std::vector<char> memory_, scales_;
};

void check_float32(const StoredMatrix& stored, const std::string& what) {
  const deepspeech::PackedFloat32 packed(stored.view);
  for (size_t row = 0; row < packed.n_rows; ++row) {
    for (size_t column = 0; column < packed.stride; ++column) {
      const float expected = column < packed.n_columns ? stored.at(row, column) * stored.scale(column) : 0.0f;
      const float number = packed.numbers.data()[row * packed.stride + column];
      expect(number == expected || (std::isnan(number) && std::isnan(expected)), what);
    }
  }
}

// Of the two neighbours with 16 bits the nearer one, of equally near ones that with an even last bit.
uint16_t nearest_bfloat16(float number) {
  uint32_t bits;
  std::memcpy(&bits, &number, sizeof(bits));
  const uint16_t low = static_cast<uint16_t>(bits >> 16), rest = static_cast<uint16_t>(bits);
  if (std::isnan(number)) return low | 0x40;
  const bool goes_up = rest > 0x8000 || (rest == 0x8000 && (low & 1));
  return static_cast<uint16_t>(low + goes_up);
}

void check_bfloat16(const Functions& functions, const StoredMatrix& stored, const std::string& what) {
  const deepspeech::PackedBfloat16 packed(functions.packing, stored.view);
  const size_t n_blocks = (packed.n_columns + kBlock - 1) / kBlock;
  for (size_t column = 0; column < n_blocks * kBlock; ++column) {
    for (size_t row = 0; row < 2 * packed.n_pairs; ++row) {
      const bool is_there = row < packed.n_rows && column < packed.n_columns;
      const uint16_t expected = is_there ? nearest_bfloat16(stored.at(row, column) * stored.scale(column)) : 0;
      const size_t pair = (column / kBlock * packed.n_pairs + row / 2) * kBlock + column % kBlock;
      expect(packed.numbers.data()[2 * pair + row % 2] == expected, what);
    }
  }
}

// What find_scales is to give: the factor of a column, and its scale.
std::pair<float, float> expected_scale(const StoredMatrix& stored, size_t column) {
  if (stored.view.type == MatrixView::Type::kInt8) return {1.0f, stored.scale(column)};
  float largest = 0.0f;
  for (size_t row = 0; row < stored.view.n_rows; ++row) {
    const float number = stored.at(row, column);
    if (!std::isfinite(number)) return {0.0f, std::numeric_limits<float>::quiet_NaN()};
    largest = std::max(largest, std::fabs(number));
  }
  return largest < deepspeech::kSmallestMagnitude ? std::make_pair(0.0f, 0.0f)
                                                  : std::make_pair(127.0f / largest, largest / 127.0f);
}

void check_int8(const Functions& functions, const StoredMatrix& stored, const std::string& what) {
  const deepspeech::PackedInt8 packed(functions.packing, stored.view);
  const size_t n_blocks = (packed.n_columns + kBlock - 1) / kBlock;
  for (size_t column = 0; column < n_blocks * kBlock; ++column) {
    const bool is_column = column < packed.n_columns;
    const auto [factor, scale] = is_column ? expected_scale(stored, column) : std::make_pair(0.0f, 0.0f);
    int32_t sum = 0;
    for (size_t row = 0; row < 4 * packed.n_groups; ++row) {
      const size_t group = (column / kBlock * packed.n_groups + row / 4) * kBlock + column % kBlock;
      const int8_t number = packed.numbers.data()[4 * group + row % 4];
      const bool is_there = is_column && row < packed.n_rows && !std::isnan(scale);
      const long expected = is_there ? std::lrintf(stored.at(row, column) * factor) : 0;
      expect(number == expected, what);
      sum += number;
    }
    if (std::isnan(scale)) {
      expect(std::isnan(packed.scales.data()[column]), what);
    } else {
      expect(packed.scales.data()[column] == scale, what);
    }
    expect(packed.sums.data()[column] == sum, what);
  }
}

// Numbers whose product with 127 is a tie only because it is rounded to float32: they show whether it was.
std::vector<float> late_ties(size_t n) {
  std::vector<float> found = {1.0f};
  std::mt19937 engine(5);
  while (found.size() < n) {
    const float number = static_cast<float>(engine() >> 8) / static_cast<float>(1 << 24);
    const volatile float rounded = number * 127.0f;
    const double product = rounded;
    if (product - std::floor(product) == 0.5 && double{number} * 127.0 != product)
      found.push_back(engine() & 1 ? number : -number);
  }
  return found;
}

void check_late_ties(const Functions& functions) {
  const std::vector<float> numbers = late_ties(50);
  for (const bool is_transposed : {false, true}) {
    MatrixView view{MatrixView::Type::kFloat32, numbers.data(), numbers.size(), 1, is_transposed, 1, nullptr, 0};
    if (is_transposed) view.stride = numbers.size();
    const deepspeech::PackedInt8 packed(functions.packing, view);
    for (size_t row = 0; row < numbers.size(); ++row) {
      const volatile float product = numbers[row] * 127.0f;
      expect(packed.numbers.data()[row / 4 * 4 * kBlock + row % 4] == std::lrintf(product),
             std::string(functions.name) + " packs rounded products");
    }
  }
}

}  // namespace

int main() {
  std::vector<Functions> sets = {deepspeech::plain_functions()};
#ifdef __x86_64__
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) sets.push_back(deepspeech::avx2_functions());
#endif
  for (const Functions& functions : sets) {
    check_late_ties(functions);
    for (const auto type : {MatrixView::Type::kFloat32, MatrixView::Type::kInt8}) {
      for (const bool is_transposed : {false, true}) {
        for (const auto& [n_rows, n_columns] : {std::pair<size_t, size_t>{1, 1},
                                                {2, 64},
                                                {4, 128},
                                                {7, 65},
                                                {33, 63},
                                                {70, 200},
                                                {129, 320},
                                                {0, 5},
                                                {5, 0}}) {
          const StoredMatrix stored(type, n_rows, n_columns, is_transposed);
          const std::string what = std::string(functions.name) + " packs " + std::to_string(n_rows) + " x " +
                                   std::to_string(n_columns) + (is_transposed ? " transposed" : "") +
                                   (type == MatrixView::Type::kInt8 ? " bytes" : "");
          check_float32(stored, what);
          check_bfloat16(functions, stored, what);
          check_int8(functions, stored, what);
        }
      }
    }
  }
  return check::result();
}
