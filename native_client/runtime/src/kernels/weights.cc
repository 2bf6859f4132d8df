#include "kernels/weights.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "kernels/packed.h"

namespace deepspeech {
namespace {

// Sums of so many products of bytes fit into 32 bits: 2^17 * 127 * 128 < 2^31.
constexpr size_t kMostInt8Rows = size_t{1} << 17;

// 64 bytes that start at a multiple of 64: of std::vector's memory.
struct alignas(64) Line {
  float numbers[16];
};

// Calls multiply(product), with scratch memory if it takes any.
template <typename Multiply>
void with_scratch(size_t scratch_size, Product product, Multiply multiply) {
  if (product.n == 0 || product.begin >= product.end) return;
  if (product.n < kBlockedRows) return multiply(product);
  const std::unique_ptr<Line[]> scratch(new Line[(std::max(scratch_size, kScratchSize) + 15) / 16]);
  product.scratch = scratch[0].numbers;
  multiply(product);
}

class Float32Weights : public Weights {
 public:
  // In the file, where it lies.
  Float32Weights(const Functions& functions, const MatrixView& view)
      : Weights(view.n_rows, view.n_columns),
        multiply_(view.is_transposed ? functions.multiply_transposed : functions.multiply_float32),
        matrix_{static_cast<const float*>(view.data), view.n_rows, view.n_columns, view.stride} {}
  Float32Weights(const Functions& functions, std::unique_ptr<PackedFloat32> packed)
      : Weights(packed->n_rows, packed->n_columns),
        multiply_(functions.multiply_float32),
        matrix_(packed->matrix()),
        packed_(std::move(packed)) {}

  void multiply(const float* x, size_t n, size_t x_stride, float* y, size_t begin, size_t end) const override {
    with_scratch(0, {x, n, x_stride, y, n_columns_, begin, end, nullptr},
                 [this](const Product& product) { multiply_(matrix_, product); });
  }

 private:
  void (*const multiply_)(const Float32Matrix&, const Product&);
  const Float32Matrix matrix_;
  const std::unique_ptr<const PackedFloat32> packed_;
};

class Bfloat16Weights : public Weights {
 public:
  Bfloat16Weights(const Functions& functions, const MatrixView& view)
      : Weights(view.n_rows, view.n_columns), functions_(functions), packed_(functions.packing, view) {}

  void multiply(const float* x, size_t n, size_t x_stride, float* y, size_t begin, size_t end) const override {
    const auto more_scratch = functions_.scratch_of_bfloat16;
    with_scratch(more_scratch == nullptr ? 0 : more_scratch(n, n_rows_),
                 {x, n, x_stride, y, n_columns_, begin, end, nullptr},
                 [this](const Product& product) { functions_.multiply_bfloat16(packed_.matrix(), product); });
  }

 private:
  const Functions& functions_;
  const PackedBfloat16 packed_;
};

class Int8Weights : public Weights {
 public:
  Int8Weights(const Functions& functions, const MatrixView& view)
      : Weights(view.n_rows, view.n_columns), functions_(functions), packed_(functions.packing, view) {}

  void multiply(const float* x, size_t n, size_t x_stride, float* y, size_t begin, size_t end) const override {
    if (n == 0 || begin >= end) return;
    const Int8Matrix matrix = packed_.matrix();
    const size_t row_size = 4 * matrix.n_groups;
    std::vector<int8_t> values(n * row_size);
    std::vector<float> scales(n);
    for (size_t i = 0; i < n; ++i)
      scales[i] = functions_.round_row(x + i * x_stride, n_rows_, values.data() + i * row_size);
    functions_.multiply_int8(matrix, {values.data(), scales.data()},
                             {x, n, x_stride, y, n_columns_, begin, end, nullptr});
  }

 private:
  const Functions& functions_;
  const PackedInt8 packed_;
};

}  // namespace

std::unique_ptr<const Weights> pack_weights(const Functions& functions, const MatrixView& view, Precision precision) {
  if (precision == Precision::kInt8 && view.n_rows <= kMostInt8Rows)
    return std::make_unique<Int8Weights>(functions, view);
  if (precision == Precision::kBfloat16) return std::make_unique<Bfloat16Weights>(functions, view);
  if (view.type == MatrixView::Type::kFloat32) return std::make_unique<Float32Weights>(functions, view);
  return std::make_unique<Float32Weights>(functions, std::make_unique<PackedFloat32>(view));
}

}  // namespace deepspeech
