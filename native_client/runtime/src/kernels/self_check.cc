#include "kernels/self_check.h"

#include <cmath>
#include <cstring>
#include <vector>

#include "kernels/packed.h"

namespace deepspeech {
namespace {

// Sizes that leave rests in every loop.
constexpr size_t kRows = 70, kColumns = 83, kMostRowsOfX = 9;
constexpr size_t kPackedColumns = 2 * kBlockColumns;  // kColumns in whole blocks

// Numbers from -1 to 1 that look like noise, always the same.
std::vector<float> noise(size_t size, uint32_t seed) {
  std::vector<float> numbers(size);
  for (float& number : numbers) {
    seed = seed * 1664525u + 1013904223u;
    number = static_cast<float>(static_cast<int32_t>(seed)) / 2147483648.0f;
  }
  return numbers;
}

bool are_close(const std::vector<float>& a, const std::vector<float>& b, float tolerance) {
  for (size_t i = 0; i < a.size(); ++i) {
    if (!(std::fabs(a[i] - b[i]) <= tolerance)) return false;  // NaN is not close
  }
  return true;
}

template <typename T>
bool same_bits(const AlignedArray<T>& a, const AlignedArray<T>& b, size_t size) {
  return std::memcmp(a.data(), b.data(), size * sizeof(T)) == 0;
}

bool are_equal(const PackedBfloat16& a, const PackedBfloat16& b) {
  return same_bits(a.numbers, b.numbers, 2 * a.n_pairs * kPackedColumns);
}

bool are_equal(const PackedInt8& a, const PackedInt8& b) {
  return same_bits(a.numbers, b.numbers, 4 * a.n_groups * kPackedColumns) && same_bits(a.scales, b.scales, kColumns) &&
         same_bits(a.sums, b.sums, kColumns);
}

// Numbers and scales of rounded rows.
struct RoundedRows {
  RoundedRows(const Functions& functions, const std::vector<float>& x, size_t n, size_t row_size)
      : values(n * row_size), scales(n) {
    for (size_t i = 0; i < n; ++i) scales[i] = functions.round_row(&x[i * kRows], kRows, &values[i * row_size]);
  }
  std::vector<int8_t> values;
  std::vector<float> scales;
};

class SelfCheck {
 public:
  explicit SelfCheck(const Functions& functions) : functions_(functions) {}

  bool multiplies() const {
    for (size_t n : {size_t{1}, size_t{3}, kMostRowsOfX}) {
      if (!multiplies_float32(n) || !multiplies_bytes(n)) return false;
    }
    return true;
  }

  // Bit for bit.
  bool packs() const {
    const Packing& ours = functions_.packing;
    const MatrixView rows = view_of(numbers_);
    MatrixView columns = rows;
    columns.is_transposed = true;
    columns.stride = kRows;
    return are_equal(PackedBfloat16(ours, rows), halves_) && are_equal(PackedInt8(ours, rows), bytes_) &&
           are_equal(PackedBfloat16(ours, columns), PackedBfloat16(plain_.packing, columns)) &&
           are_equal(PackedInt8(ours, columns), PackedInt8(plain_.packing, columns));
  }

  bool activates() const {
    constexpr size_t kUnits = 37;
    const std::vector<float> gates = noise(4 * kUnits, 4), cells = noise(kUnits, 5);
    const auto step = [&](const Functions& functions) {
      std::vector<float> c = cells, h(kUnits), relu = gates, softmax = gates;
      functions.lstm_step(gates.data(), kUnits, 0.5f, c.data(), h.data());
      functions.bias_relu(relu.data(), gates.data(), 2, kUnits, 0.75f);
      functions.bias_softmax(softmax.data(), gates.data(), 2, kUnits);
      for (const auto& more : {h, relu, softmax}) c.insert(c.end(), more.begin(), more.end());
      return c;
    };
    return are_close(step(functions_), step(plain_), 2e-6f);
  }

 private:
  // `multiply`: member of Functions, applied to both sets.
  template <typename Multiply>
  bool agrees(size_t n, float tolerance, Multiply multiply) const {
    std::vector<float> y(n * kColumns), expected(n * kColumns);
    AlignedArray<float> scratch(kScratchSize);  // enough for all sets at these sizes
    Product product = {x_.data(), n, kRows, y.data(), kColumns, 0, kColumns, scratch.data()};
    multiply(functions_, product);
    product.y = expected.data();
    multiply(plain_, product);
    return are_close(y, expected, tolerance);
  }

  bool multiplies_float32(size_t n) const {
    const Float32Matrix rows = {numbers_.data(), kRows, kColumns, kColumns};
    const Float32Matrix columns = {numbers_.data(), kRows, kColumns, kRows};
    return agrees(n, 1e-4f, [&](const Functions& f, const Product& p) { f.multiply_float32(rows, p); }) &&
           agrees(n, 1e-4f, [&](const Functions& f, const Product& p) { f.multiply_transposed(columns, p); }) &&
           agrees(n, 1e-3f, [&](const Functions& f, const Product& p) { f.multiply_bfloat16(halves_.matrix(), p); });
  }

  bool multiplies_bytes(size_t n) const {
    const size_t row_size = 4 * bytes_.n_groups;
    const RoundedRows rows(functions_, x_, n, row_size), expected(plain_, x_, n, row_size);
    return rows.values == expected.values && rows.scales == expected.scales &&
           agrees(n, 0.0f, [&](const Functions& f, const Product& p) {
             f.multiply_int8(bytes_.matrix(), {rows.values.data(), rows.scales.data()}, p);
           });
  }

  static MatrixView view_of(const std::vector<float>& numbers) {
    return {MatrixView::Type::kFloat32, numbers.data(), kRows, kColumns, false, kColumns, nullptr, 0};
  }

  const Functions& functions_;
  const Functions& plain_ = plain_functions();
  const std::vector<float> numbers_ = noise(kRows * kColumns, 1), x_ = noise(kMostRowsOfX * kRows, 2);
  const PackedBfloat16 halves_{plain_.packing, view_of(numbers_)};
  const PackedInt8 bytes_{plain_.packing, view_of(numbers_)};
};

}  // namespace

bool agrees_with_plain(const Functions& functions) {
  const SelfCheck check(functions);
  return check.packs() && check.multiplies() && check.activates();
}

}  // namespace deepspeech
