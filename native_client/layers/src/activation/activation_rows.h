// The functions of activation.h in plain C++ that compilers make vector instructions of. A file for each set of instructions
// includes this and is compiled for them; all is in an unnamed namespace, lest the linker take the code of one set for another's.
//
// Which numbers are dropped is a function of the seed, the row and the column alone: 32 bits, mixed as the last step of
// MurmurHash3 (Appleby) does, below a threshold.
#pragma once

#include <cstddef>
#include <cstdint>

#include "activation/activation.h"

namespace deepspeech {
namespace {

inline float from_bfloat16(uint16_t half) {
  const uint32_t bits = uint32_t{half} << 16;
  float x;
  __builtin_memcpy(&x, &bits, sizeof(x));
  return x;
}

inline uint16_t to_bfloat16(float x) {
  uint32_t bits;
  __builtin_memcpy(&bits, &x, sizeof(bits));
  const uint32_t rounded = (bits + 0x7fff + (bits >> 16 & 1)) >> 16;
  return static_cast<uint16_t>(x == x ? rounded : 0x7fc0);
}

inline float widened(float x) { return x; }
inline float widened(uint16_t x) { return from_bfloat16(x); }
inline void narrow(float x, float* __restrict to) { *to = x; }
inline void narrow(float x, uint16_t* __restrict to) { *to = to_bfloat16(x); }

inline uint32_t mixed(uint32_t x) {
  x = (x ^ x >> 16) * 0x85ebca6bu;
  x = (x ^ x >> 13) * 0xc2b2ae35u;
  return x ^ x >> 16;
}

inline uint32_t key_of_row(uint64_t seed, uint64_t row) {
  uint64_t x = (seed ^ seed >> 31) * 0x9e3779b97f4a7c15u + row;
  x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9u;
  x = (x ^ x >> 27) * 0x94d049bb133111ebu;
  return static_cast<uint32_t>(x >> 32);
}

// Kept numbers are multiplied by it.
inline float scale_of(const DSL_Activation& of) { return 1.0f / (1.0f - of.drop); }

template <typename Number>
void forward_rows(const DSL_Activation& of, const Number* x, const float* bias, float* y, Range rows) {
  const float clip = of.clip, scale = scale_of(of);
  const uint32_t n_units = static_cast<uint32_t>(of.n_units);
  const uint32_t threshold = static_cast<uint32_t>(static_cast<double>(of.drop) * 4294967296.0);
  for (size_t row = rows.begin; row < rows.end; ++row) {
    const uint32_t key = key_of_row(of.seed, row);
    const Number* __restrict from = x + row * of.n_units;
    float* __restrict to = y + row * of.n_units;
    for (uint32_t column = 0; column < n_units; ++column) {
      float value = widened(from[column]) + bias[column];
      value = value < 0.0f ? 0.0f : value;  // NaN stays
      value = value > clip ? clip : value;
      to[column] = mixed(key + column * 0x9e3779b1u) < threshold ? 0.0f : value * scale;
    }
  }
}

// Where y is 0, the number was dropped or below 0; where it is the largest, it was clipped.
template <typename Number>
void backward_columns(const DSL_Activation& of, const float* y, const float* dy, Number* dx, float* dbias,
                      Range columns) {
  const float scale = scale_of(of), largest = of.clip * scale;
  for (size_t column = columns.begin; column < columns.end; ++column) dbias[column] = 0.0f;
  for (size_t row = 0; row < of.n_rows; ++row) {
    const float* __restrict values = y + row * of.n_units, * __restrict slopes = dy + row * of.n_units;
    Number* __restrict to = dx + row * of.n_units;
    float* __restrict sums = dbias;
    for (size_t column = columns.begin; column < columns.end; ++column) {
      const bool is_inside = (values[column] > 0.0f) & (values[column] < largest);
      const float slope = is_inside ? slopes[column] * scale : 0.0f;
      narrow(slope, to + column);
      sums[column] += slope;
    }
  }
}

inline void forward(const DSL_Activation& of, const void* x, const float* bias, float* y, Range rows) {
  if (of.is_bfloat16) return forward_rows(of, static_cast<const uint16_t*>(x), bias, y, rows);
  forward_rows(of, static_cast<const float*>(x), bias, y, rows);
}

inline void backward(const DSL_Activation& of, const float* y, const float* dy, void* dx, float* dbias, Range columns) {
  if (of.is_bfloat16) return backward_columns(of, y, dy, static_cast<uint16_t*>(dx), dbias, columns);
  backward_columns(of, y, dy, static_cast<float*>(dx), dbias, columns);
}

}  // namespace
}  // namespace deepspeech
