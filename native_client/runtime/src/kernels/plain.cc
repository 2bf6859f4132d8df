// C++ alone: for any processor, and what all the other sets are measured by.
#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>

#include "kernels/functions.h"
#include "kernels/packing.h"

namespace deepspeech {
namespace {

// Numbers of a file lie at any address.
float number_at(const float* data, size_t i) {
  float value;
  std::memcpy(&value, reinterpret_cast<const char*>(data) + i * sizeof(float), sizeof(value));
  return value;
}

float from_bfloat16(uint16_t bits) {
  const uint32_t wide = uint32_t{bits} << 16;
  float value;
  std::memcpy(&value, &wide, sizeof(value));
  return value;
}

void multiply_float32(const Float32Matrix& w, const Product& p) {
  for (size_t row = 0; row < p.n; ++row) {
    float* y = p.y + row * p.y_stride;
    std::fill(y + p.begin, y + p.end, 0.0f);
    for (size_t k = 0; k < w.n_rows; ++k) {
      const float x = p.x[row * p.x_stride + k];
      for (size_t column = p.begin; column < p.end; ++column) y[column] += x * number_at(w.data, k * w.stride + column);
    }
  }
}

void multiply_transposed(const Float32Matrix& w, const Product& p) {
  for (size_t row = 0; row < p.n; ++row) {
    const float* x = p.x + row * p.x_stride;
    for (size_t column = p.begin; column < p.end; ++column) {
      float sum = 0.0f;
      for (size_t k = 0; k < w.n_rows; ++k) sum += x[k] * number_at(w.data, column * w.stride + k);
      p.y[row * p.y_stride + column] = sum;
    }
  }
}

// sums += x W for a block of columns and the two rows of a pair.
void add_pair(const uint16_t* pair, float x0, float x1, float* sums) {
  for (size_t i = 0; i < kBlockColumns; ++i) {
    sums[i] += x0 * from_bfloat16(pair[2 * i]) + x1 * from_bfloat16(pair[2 * i + 1]);
  }
}

void multiply_bfloat16(const Bfloat16Matrix& w, const Product& p) {
  for (size_t begin = p.begin; begin < p.end; begin += kBlockColumns) {
    const uint16_t* block = w.data + begin * w.n_pairs * 2;
    for (size_t row = 0; row < p.n; ++row) {
      const float* x = p.x + row * p.x_stride;
      float sums[kBlockColumns] = {};
      for (size_t pair = 0; pair < w.n_pairs; ++pair) {
        const size_t k = 2 * pair;
        add_pair(block + pair * 2 * kBlockColumns, x[k], k + 1 < w.n_rows ? x[k + 1] : 0.0f, sums);
      }
      const size_t count = std::min(kBlockColumns, p.end - begin);
      std::copy(sums, sums + count, p.y + row * p.y_stride + begin);
    }
  }
}

void multiply_int8(const Int8Matrix& w, const Int8Rows& x, const Product& p) {
  for (size_t begin = p.begin; begin < p.end; begin += kBlockColumns) {
    const int8_t* block = w.data + begin * w.n_groups * 4;
    const size_t count = std::min(kBlockColumns, p.end - begin);
    for (size_t row = 0; row < p.n; ++row) {
      const int8_t* values = x.values + row * w.n_groups * 4;
      int32_t sums[kBlockColumns] = {};
      for (size_t k = 0; k < w.n_groups * 4; ++k) {
        const int8_t* numbers = block + k / 4 * 4 * kBlockColumns + k % 4;
        for (size_t i = 0; i < kBlockColumns; ++i) sums[i] += int32_t{values[k]} * numbers[4 * i];
      }
      float* y = p.y + row * p.y_stride + begin;
      for (size_t i = 0; i < count; ++i) y[i] = static_cast<float>(sums[i]) * (x.scales[row] * w.scales[begin + i]);
    }
  }
}

float round_row(const float* x, size_t size, int8_t* values) {
  float largest = 0.0f;
  bool is_finite = true;
  for (size_t i = 0; i < size; ++i) {
    is_finite = is_finite && std::isfinite(x[i]);
    largest = std::max(largest, std::fabs(x[i]));
  }
  if (!is_finite || largest < kSmallestMagnitude) {
    std::fill(values, values + size, int8_t{0});
    return is_finite ? 0.0f : std::numeric_limits<float>::quiet_NaN();
  }
  const float reciprocal = 127.0f / largest;
  for (size_t i = 0; i < size; ++i) values[i] = static_cast<int8_t>(std::lrintf(x[i] * reciprocal));
  return largest / 127.0f;
}

float sigmoid(float x) { return 1.0f / (1.0f + std::exp(-x)); }

// Like std::clamp, but NaN stays NaN whatever the compiler makes of it.
float limit(float x, float low, float high) { return x < low ? low : (x > high ? high : x); }

void lstm_step(const float* gates, size_t units, float clip, float* c, float* h) {
  for (size_t i = 0; i < units; ++i) {
    const float in = sigmoid(gates[i]), candidate = std::tanh(gates[units + i]);
    const float forget = sigmoid(gates[2 * units + i]), out = sigmoid(gates[3 * units + i]);
    const float cell = forget * c[i] + in * candidate;
    c[i] = clip > 0.0f ? limit(cell, -clip, clip) : cell;
    h[i] = out * std::tanh(c[i]);
  }
}

void bias_relu(float* x, const float* bias, size_t n, size_t units, float clip) {
  for (size_t row = 0; row < n; ++row) {
    for (size_t i = 0; i < units; ++i) x[row * units + i] = limit(x[row * units + i] + bias[i], 0.0f, clip);
  }
}

void bias_softmax(float* x, const float* bias, size_t n, size_t units) {
  for (float* end = x + n * units; x != end; x += units) {
    float largest = -std::numeric_limits<float>::infinity(), sum = 0.0f;
    for (size_t i = 0; i < units; ++i) largest = std::max(largest, x[i] += bias[i]);
    for (size_t i = 0; i < units; ++i) sum += x[i] = std::exp(x[i] - largest);
    for (size_t i = 0; i < units; ++i) x[i] /= sum;
  }
}

}  // namespace

const Functions& plain_functions() {
  static const Functions functions = {"plain",       multiply_float32, multiply_transposed, multiply_bfloat16,
                                      multiply_int8, round_row,        lstm_step,           bias_relu,
                                      bias_softmax,  kPacking};
  return functions;
}

}  // namespace deepspeech
