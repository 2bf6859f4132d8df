// Every set of instructions that this processor has against the plain one, and that against sums in double.
#include "kernels/kernels.h"

#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <limits>
#include <random>
#include <string>

#include "model/model_error.h"

namespace {

using deepspeech::Kernels;
using deepspeech::MatrixView;
using deepspeech::Precision;
using deepspeech::Weights;

int failures = 0;

void expect(bool holds, const std::string& what) {
  if (holds) return;
  ++failures;
  if (failures < 30) std::printf("FAILED: %s\n", what.c_str());
}

const char* text(Precision precision) {
  return precision == Precision::kFloat32 ? "float32" : precision == Precision::kBfloat16 ? "bfloat16" : "int8";
}

class Noise {
 public:
  explicit Noise(uint32_t seed) : engine_(seed) {}
  float operator()(float scale = 1.0f) { return scale * std::normal_distribution<float>()(engine_); }
  int byte() { return std::uniform_int_distribution<int>(-128, 127)(engine_); }

 private:
  std::mt19937 engine_;
};

// A matrix as a file could hold it: at an odd address, with gaps between stored rows.
struct StoredMatrix {
  StoredMatrix(MatrixView::Type type, size_t n_rows, size_t n_columns, bool is_transposed, size_t gap, size_t offset) {
    const size_t size = type == MatrixView::Type::kFloat32 ? 4 : 1;
    const size_t stored_rows = is_transposed ? n_columns : n_rows, row_size = is_transposed ? n_rows : n_columns;
    view.type = type;
    view.n_rows = n_rows;
    view.n_columns = n_columns;
    view.is_transposed = is_transposed;
    view.stride = row_size + gap;
    // Exactly as long as the view says, so that a sanitizer sees whoever reads on.
    const size_t bytes = stored_rows == 0 ? 0 : ((stored_rows - 1) * view.stride + row_size) * size;
    memory.resize(offset + bytes);
    Noise noise(static_cast<uint32_t>(n_rows * 131 + n_columns));
    for (size_t i = 0; i < bytes / size; ++i) {
      char* at = memory.data() + offset + i * size;
      if (size == 1) *at = static_cast<char>(noise.byte());
      const float number = noise(0.5f);
      if (size == 4) std::memcpy(at, &number, sizeof(number));
    }
    view.data = memory.data() + offset;
  }

  void set_scales(size_t n) {
    Noise noise(7);
    scale_memory.resize(1 + 4 * n);
    for (size_t i = 0; i < n; ++i) {
      const float scale = 0.001f + std::fabs(noise(0.01f));
      std::memcpy(&scale_memory[1 + 4 * i], &scale, sizeof(scale));
    }
    view.scales = &scale_memory[1];
    view.n_scales = n;
  }

  double at(size_t row, size_t column) const {
    const size_t i = view.is_transposed ? column * view.stride + row : row * view.stride + column;
    if (view.type == MatrixView::Type::kInt8)
      return static_cast<double>(static_cast<const int8_t*>(view.data)[i]) * scale(column);
    float value;
    std::memcpy(&value, static_cast<const char*>(view.data) + 4 * i, sizeof(value));
    return value;
  }

  double scale(size_t column) const {
    float value;
    std::memcpy(&value, static_cast<const char*>(view.scales) + (view.n_scales == 1 ? 0 : 4 * column), sizeof(value));
    return value;
  }

  MatrixView view;
  std::vector<char> memory, scale_memory;
};

std::vector<float> random_rows(size_t n, size_t stride) {
  Noise noise(static_cast<uint32_t>(n + stride));
  std::vector<float> x(n * stride);
  for (float& value : x) value = noise();
  return x;
}

constexpr float kUntouched = 12345.0f;

std::vector<float> multiply(const Weights& weights, const std::vector<float>& x, size_t n, size_t x_stride,
                            size_t begin, size_t end) {
  std::vector<float> y(n * weights.n_columns(), kUntouched);
  weights.multiply(x.data(), n, x_stride, y.data(), begin, end);
  return y;
}

// The relative error that rounding the weights (and x) may make, measured by sum |x w|.
double tolerance(Precision precision) {
  return precision == Precision::kFloat32 ? 1e-6 : precision == Precision::kBfloat16 ? 1.0 / 256 : 0.03;
}

void compare_with_double(const StoredMatrix& matrix, const std::vector<float>& y, const std::vector<float>& x, size_t n,
                         size_t x_stride, Precision precision, const std::string& what) {
  const size_t n_columns = matrix.view.n_columns;
  double worst = 0.0;
  for (size_t row = 0; row < n; ++row) {
    for (size_t column = 0; column < n_columns; ++column) {
      double sum = 0.0, magnitude = 1e-9;
      for (size_t k = 0; k < matrix.view.n_rows; ++k) {
        const double product = static_cast<double>(x[row * x_stride + k]) * matrix.at(k, column);
        sum += product;
        magnitude += std::fabs(product);
      }
      worst = std::max(worst, std::fabs(y[row * n_columns + column] - sum) / magnitude);
    }
  }
  expect(worst <= tolerance(precision), what + " is off by " + std::to_string(worst));
}

// float32 and bfloat16: sums in another order. int8: the very numbers.
void compare(const std::vector<float>& y, const std::vector<float>& expected, Precision precision, size_t n_rows,
             const std::string& what) {
  double worst = 0.0, scale = 1.0;
  for (float value : expected) {
    if (value != kUntouched) scale = std::max(scale, static_cast<double>(std::fabs(value)));
  }
  for (size_t i = 0; i < y.size(); ++i) {
    const double error = std::fabs(static_cast<double>(y[i]) - expected[i]);
    worst = error <= worst ? worst : error;  // NaN is the worst
  }
  const double limit = precision == Precision::kInt8 || n_rows == 0 ? 0.0 : 1e-5 * scale;
  expect(worst <= limit, what + " differs from plain by " + std::to_string(worst));
}

void test_products(const StoredMatrix& matrix, Precision precision, const std::string& name) {
  const size_t n_rows = matrix.view.n_rows, n_columns = matrix.view.n_columns;
  const auto plain = Kernels::available()[0]->pack(matrix.view, precision);
  expect(plain->n_rows() == n_rows && plain->n_columns() == n_columns, name + ": the sizes of weights");
  for (size_t n : {1, 2, 3, 4, 5, 7, 8, 13, 16, 37}) {
    if (n_rows * n_columns > 100000 && n != 1 && n != 5 && n != 16) continue;
    const size_t x_stride = n_rows + (n % 3 == 0 ? 5 : 0);
    const std::vector<float> x = random_rows(n, x_stride);
    const std::string what = name + " as " + text(precision) + ", n " + std::to_string(n);
    const std::vector<float> expected = multiply(*plain, x, n, x_stride, 0, n_columns);
    if (n < 5) compare_with_double(matrix, expected, x, n, x_stride, precision, "plain, " + what);
    for (const Kernels* kernels : Kernels::available()) {
      const auto weights = kernels->pack(matrix.view, precision);
      const std::string of_set = std::string(kernels->name()) + ", " + what;
      compare(multiply(*weights, x, n, x_stride, 0, n_columns), expected, precision, n_rows, of_set);
      for (size_t begin = 64; begin < n_columns; begin += 128) {
        const size_t end = std::min(begin + 64, n_columns);
        const std::vector<float> part = multiply(*weights, x, n, x_stride, begin, end);
        std::vector<float> cut = expected;
        for (size_t i = 0; i < cut.size(); ++i) {
          if (i % n_columns < begin || i % n_columns >= end) cut[i] = kUntouched;
        }
        compare(part, cut, precision, n_rows, of_set + ", a part");
      }
    }
  }
}

void test_all_products() {
  const size_t sizes[][2] = {{1, 1},    {3, 5},    {29, 64},   {64, 29},    {65, 130},
                             {200, 67}, {494, 96}, {130, 520}, {301, 1100}, {0, 7}};
  for (const auto& size : sizes) {
    for (bool is_transposed : {false, true}) {
      const size_t gap = size[0] % 2 * 3, offset = 1 + size[1] % 4;
      const std::string name =
          std::to_string(size[0]) + " x " + std::to_string(size[1]) + (is_transposed ? " transposed" : "");
      const StoredMatrix floats(MatrixView::Type::kFloat32, size[0], size[1], is_transposed, gap, offset);
      StoredMatrix bytes(MatrixView::Type::kInt8, size[0], size[1], is_transposed, gap, offset);
      for (Precision precision : {Precision::kFloat32, Precision::kBfloat16, Precision::kInt8}) {
        test_products(floats, precision, name);
        bytes.set_scales(1);
        test_products(bytes, precision, name + " bytes, one scale");
        bytes.set_scales(size[1]);
        test_products(bytes, precision, name + " bytes, scales");
      }
    }
  }
}

// Windows of frames overlap: x_stride may be below n_rows.
void test_overlapping_rows() {
  const StoredMatrix matrix(MatrixView::Type::kFloat32, 494, 70, false, 0, 2);
  const std::vector<float> x = random_rows(16 + 18, 26);
  std::vector<float> copies;
  for (size_t i = 0; i < 16; ++i) copies.insert(copies.end(), x.begin() + i * 26, x.begin() + i * 26 + 494);
  for (const Kernels* kernels : Kernels::available()) {
    for (Precision precision : {Precision::kFloat32, Precision::kBfloat16, Precision::kInt8}) {
      const auto weights = kernels->pack(matrix.view, precision);
      expect(multiply(*weights, x, 16, 26, 0, 70) == multiply(*weights, copies, 16, 494, 0, 70),
             std::string(kernels->name()) + ": overlapping rows as " + text(precision));
    }
  }
}

// Bytes of a file are multiplied as they are: whole x of at most 127 gives whole sums.
void test_bytes_are_kept() {
  StoredMatrix matrix(MatrixView::Type::kInt8, 77, 65, true, 0, 1);
  matrix.set_scales(1);
  const float one = 1.0f;
  matrix.view.scales = &one;
  std::vector<float> x(77);
  for (size_t i = 0; i < x.size(); ++i) x[i] = static_cast<float>(static_cast<int>(i * 37 % 255) - 127);
  x[0] = 127.0f;
  for (const Kernels* kernels : Kernels::available()) {
    const auto y = multiply(*kernels->pack(matrix.view, Precision::kInt8), x, 1, 77, 0, 65);
    bool are_equal = true;
    for (size_t j = 0; j < 65; ++j) {
      int sum = 0;
      for (size_t k = 0; k < 77; ++k)
        sum += static_cast<int>(x[k]) * static_cast<const int8_t*>(matrix.view.data)[j * 77 + k];
      are_equal = are_equal && y[j] == static_cast<float>(sum);
    }
    expect(are_equal, std::string(kernels->name()) + ": whole sums of bytes");
  }
}

// The largest sums that there can be, of both signs: no set saturates.
void test_largest_bytes() {
  for (int value : {-128, 127}) {
    for (float sign : {-1.0f, 1.0f}) {
      std::vector<int8_t> bytes(2048 * 64, static_cast<int8_t>(value));
      const float one = 1.0f;
      const MatrixView view = {MatrixView::Type::kInt8, bytes.data(), 2048, 64, false, 64, &one, 1};
      const std::vector<float> x(5 * 2048, sign * 127.0f);
      for (const Kernels* kernels : Kernels::available()) {
        const auto weights = kernels->pack(view, Precision::kInt8);
        for (size_t n : {1, 5}) {
          const auto y = multiply(*weights, x, n, 2048, 0, 64);
          expect(std::all_of(y.begin(), y.end(),
                             [&](float v) { return v == sign * 127.0f * 2048.0f * static_cast<float>(value); }),
                 std::string(kernels->name()) + ": sums of the largest bytes");
        }
      }
    }
  }
}

// What is not finite must not become finite.
void test_not_finite() {
  const float bad[] = {std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity(),
                       -std::numeric_limits<float>::infinity()};
  for (const Kernels* kernels : Kernels::available()) {
    const std::string name = kernels->name();
    for (float value : bad) {
      for (size_t n : {1, 5}) {
        std::vector<float> x = random_rows(n, 70);
        x[69] = value;
        const StoredMatrix matrix(MatrixView::Type::kFloat32, 70, 67, false, 0, 0);
        StoredMatrix bad_matrix(MatrixView::Type::kFloat32, 70, 67, false, 0, 0);
        std::memcpy(bad_matrix.memory.data() + 4 * (69 * 67 + 66), &value, 4);
        for (Precision precision : {Precision::kFloat32, Precision::kBfloat16, Precision::kInt8}) {
          const auto y = multiply(*kernels->pack(matrix.view, precision), x, n, 70, 0, 67);
          expect(std::none_of(y.begin(), y.begin() + 67, [](float v) { return std::isfinite(v); }),
                 name + ": x that is not finite as " + text(precision));
          const auto z = multiply(*kernels->pack(bad_matrix.view, precision), random_rows(n, 70), n, 70, 0, 67);
          expect(!std::isfinite(z[66]) && std::isfinite(z[65]),
                 name + ": weights that are not finite as " + text(precision));
        }
      }
    }
    for (size_t at = 0; at < 9; ++at) {
      std::vector<float> x(9, 0.5f), bias(9, 0.25f), c(9, 0.5f), h(9), gates(36, 0.5f);
      x[at] = bad[0];
      gates[at] = bad[0];
      std::vector<float> relu = x, softmax = x;
      kernels->bias_relu(relu.data(), bias.data(), 1, 9, 20.0f);
      kernels->bias_softmax(softmax.data(), bias.data(), 1, 9);
      kernels->lstm_step(gates.data(), 9, 3.0f, c.data(), h.data());
      expect(std::isnan(relu[at]) && std::isnan(softmax[at]) && std::isnan(c[at]) && std::isnan(h[at]),
             name + ": NaN stays NaN");
      expect(std::isfinite(relu[(at + 1) % 9]) && std::isfinite(h[(at + 1) % 9]), name + ": numbers beside NaN stay");
    }
  }
}

double sigmoid(double x) { return 1.0 / (1.0 + std::exp(-x)); }

void test_lstm_step() {
  for (size_t units : {1, 7, 64, 2048}) {
    for (float clip : {0.0f, 0.75f}) {
      Noise noise(static_cast<uint32_t>(units));
      std::vector<float> gates(4 * units), cells(units);
      for (size_t i = 0; i < gates.size(); ++i) gates[i] = i % 11 == 0 ? noise(60.0f) : noise(3.0f);
      for (float& cell : cells) cell = noise();
      for (const Kernels* kernels : Kernels::available()) {
        std::vector<float> c = cells, h(units);
        kernels->lstm_step(gates.data(), units, clip, c.data(), h.data());
        double worst = 0.0;
        for (size_t i = 0; i < units; ++i) {
          double cell = sigmoid(gates[2 * units + i]) * cells[i] + sigmoid(gates[i]) * std::tanh(gates[units + i]);
          if (clip > 0.0f) cell = std::max(std::min(cell, static_cast<double>(clip)), -static_cast<double>(clip));
          worst = std::max(
              {worst, std::fabs(c[i] - cell), std::fabs(h[i] - sigmoid(gates[3 * units + i]) * std::tanh(cell))});
        }
        expect(worst <= 2e-6, std::string(kernels->name()) + ": lstm_step is off by " + std::to_string(worst));
      }
    }
  }
}

// h shows the hyperbolic tangent of c, over the whole range: with f and o open and i shut, h = tanh(c).
void test_functions_everywhere() {
  for (const Kernels* kernels : Kernels::available()) {
    double worst = 0.0;
    for (int i = -200000; i <= 200000; i += 8) {
      float gates[32], c[8], h[8];
      for (int j = 0; j < 8; ++j) {
        c[j] = static_cast<float>(i + j) * 5e-4f;
        gates[j] = -100.0f, gates[8 + j] = 0.0f, gates[16 + j] = 100.0f, gates[24 + j] = 100.0f;
      }
      float before[8];
      std::copy(c, c + 8, before);
      kernels->lstm_step(gates, 8, 0.0f, c, h);
      for (int j = 0; j < 8; ++j) worst = std::max(worst, std::fabs(h[j] - std::tanh(static_cast<double>(before[j]))));
    }
    expect(worst <= 1e-6, std::string(kernels->name()) + ": tanh is off by " + std::to_string(worst));
  }
}

void test_bias() {
  for (size_t units : {1, 5, 29, 64, 131}) {
    const size_t n = 3;
    std::vector<float> x = random_rows(n, units), bias = random_rows(1, units);
    for (float& value : x) value *= 20.0f;
    for (const Kernels* kernels : Kernels::available()) {
      std::vector<float> relu = x, softmax = x, open = x;
      kernels->bias_relu(relu.data(), bias.data(), n, units, 20.0f);
      kernels->bias_relu(open.data(), bias.data(), n, units, std::numeric_limits<float>::infinity());
      kernels->bias_softmax(softmax.data(), bias.data(), n, units);
      double worst = 0.0;
      for (size_t row = 0; row < n; ++row) {
        double sum = 0.0;
        const auto at = [&](size_t j) { return static_cast<double>(x[row * units + j] + bias[j]); };
        for (size_t j = 0; j < units; ++j) sum += std::exp(at(j));
        for (size_t j = 0; j < units; ++j) {
          expect(relu[row * units + j] == std::min(std::max(static_cast<float>(at(j)), 0.0f), 20.0f), "bias_relu");
          expect(open[row * units + j] == std::max(static_cast<float>(at(j)), 0.0f), "bias_relu without clip");
          worst = std::max(worst, std::fabs(softmax[row * units + j] - std::exp(at(j)) / sum));
        }
      }
      expect(worst <= 2e-6, std::string(kernels->name()) + ": softmax is off by " + std::to_string(worst));
    }
  }
}

// Packing a mapped file reads it, gives its pages back, and changes nothing; memory that is no file's is left alone.
void test_mapped_file() {
  constexpr size_t kRows = 1200, kColumns = 1500;
  const StoredMatrix matrix(MatrixView::Type::kFloat32, kRows, kColumns, false, 0, 0);
  char path[] = "/tmp/kernels_test_XXXXXX";
  const int file = mkstemp(path);
  const size_t size = matrix.memory.size();
  const bool is_written = file >= 0 && write(file, matrix.memory.data(), size) == static_cast<ssize_t>(size);
  void* mapped = is_written ? mmap(nullptr, size, PROT_READ, MAP_PRIVATE, file, 0) : MAP_FAILED;
  unlink(path);
  close(file);
  expect(mapped != MAP_FAILED, "a file of weights can be mapped");
  if (mapped == MAP_FAILED) return;
  MatrixView view = matrix.view;
  view.data = mapped;
  const std::vector<float> x = random_rows(1, kRows);
  for (Precision precision : {Precision::kBfloat16, Precision::kInt8}) {
    const auto of_file = Kernels::best().pack(view, precision),
               of_memory = Kernels::best().pack(matrix.view, precision);
    std::vector<unsigned char> resident(size / 4096);
    expect(multiply(*of_file, x, 1, kRows, 0, kColumns) == multiply(*of_memory, x, 1, kRows, 0, kColumns),
           "weights of a file");
    expect(std::memcmp(mapped, matrix.memory.data(), size) == 0, "the file after packing");
  }
  munmap(mapped, size);
}

void test_choice() {
  expect(std::string(Kernels::available()[0]->name()) == "plain", "plain comes first");
  for (const Kernels* kernels : Kernels::available()) {
    setenv("DS_KERNELS", kernels->name(), 1);
    expect(&Kernels::best() == kernels, "DS_KERNELS names a set");
    expect(kernels->gains(Precision::kFloat32), "float32 gains on itself");
  }
  setenv("DS_KERNELS", "abacus", 1);
  std::string error;
  try {
    Kernels::best();
  } catch (const deepspeech::ModelError& caught) {
    error = caught.what();
  }
  expect(error.find("'abacus'") != std::string::npos && error.find("plain") != std::string::npos,
         "an unknown DS_KERNELS: " + error);
  unsetenv("DS_KERNELS");
  expect(&Kernels::best() == Kernels::available().back(), "the last is the best");
}

}  // namespace

int main() {
  std::string names;
  for (const Kernels* kernels : Kernels::available()) names += kernels->name() + std::string(" ");
  std::printf("%s\n", names.c_str());
#ifdef EXPECTED_SETS  // where it is known what the processor has, no set may fail its self-check
  expect(names == EXPECTED_SETS, "the sets of instructions");
#endif
  test_choice();
  test_all_products();
  test_overlapping_rows();
  test_bytes_are_kept();
  test_largest_bytes();
  test_not_finite();
  test_lstm_step();
  test_functions_everywhere();
  test_bias();
  test_mapped_file();
  std::printf(failures == 0 ? "passed\n" : "%d failures\n", failures);
  return failures == 0 ? 0 : 1;
}
