// What a layer does after its products, written in a Vector (see float32_products.h). Within 2e-6 of C++'s functions;
// NaN stays NaN.
#pragma once

#include <cstddef>

#include "kernels/functions.h"

namespace deepspeech {
namespace {

// e^x for x in [-87.3, 88], those outside counting as the nearest of these: e^x = 2^n e^r with |r| <= ln(2) / 2, and
// e^r by its series up to r^7 / 7!, which is off by less than 1e-8 of it.
inline Vector::Floats exponential(Vector::Floats x) {
  using V = Vector;
  x = V::at_most(V::at_least(x, V::all(-87.3f)), V::all(88.0f));
  const V::Floats n = V::nearest(V::multiply(x, V::all(1.44269504f)));
  // ln(2) in two parts: n times the first is exact.
  V::Floats r = V::multiply_add(n, V::all(-0.693359375f), x);
  r = V::multiply_add(n, V::all(2.12194440e-4f), r);
  V::Floats series = V::all(1.0f / 5040);
  const float factors[] = {1.0f / 720, 1.0f / 120, 1.0f / 24, 1.0f / 6, 0.5f, 1.0f, 1.0f};
  for (float factor : factors) series = V::multiply_add(series, r, V::all(factor));
  return V::times_power_of_2(series, n);
}

inline Vector::Floats sigmoid(Vector::Floats x) {
  const Vector::Floats one = Vector::all(1.0f);
  return Vector::divide(one, Vector::add(one, exponential(Vector::subtract(Vector::zero(), x))));
}

// 1 - 2 / (e^2x + 1)
inline Vector::Floats hyperbolic_tangent(Vector::Floats x) {
  const Vector::Floats one = Vector::all(1.0f);
  const Vector::Floats denominator = Vector::add(exponential(Vector::add(x, x)), one);
  return Vector::subtract(one, Vector::divide(Vector::all(2.0f), denominator));
}

// Calls step(load, store) for every Vector of `size` numbers; load(p) and store(p, v) take the address of the first
// one.
template <typename Step>
void for_vectors(size_t size, Step step) {
  size_t i = 0;
  for (; i + Vector::kWidth <= size; i += Vector::kWidth) {
    step([i](const float* p) { return Vector::load(p + i); },
         [i](float* p, Vector::Floats v) { Vector::store(p + i, v); });
  }
  const size_t left = size - i;
  if (left == 0) return;
  step([=](const float* p) { return Vector::load_part(p + i, left); },
       [=](float* p, Vector::Floats v) { Vector::store_part(p + i, left, v); });
}

inline void lstm_step(const float* gates, size_t units, float clip, float* c, float* h) {
  for_vectors(units, [=](auto load, auto store) {
    const Vector::Floats in = sigmoid(load(gates)), candidate = hyperbolic_tangent(load(gates + units));
    const Vector::Floats forget = sigmoid(load(gates + 2 * units)), out = sigmoid(load(gates + 3 * units));
    Vector::Floats cell = Vector::multiply_add(forget, load(c), Vector::multiply(in, candidate));
    if (clip > 0.0f) cell = Vector::at_most(Vector::at_least(cell, Vector::all(-clip)), Vector::all(clip));
    store(c, cell);
    store(h, Vector::multiply(out, hyperbolic_tangent(cell)));
  });
}

inline void bias_relu(float* x, const float* bias, size_t n, size_t units, float clip) {
  for (float* end = x + n * units; x != end; x += units) {
    for_vectors(units, [=](auto load, auto store) {
      const Vector::Floats sum = Vector::add(load(x), load(bias));
      store(x, Vector::at_most(Vector::at_least(sum, Vector::zero()), Vector::all(clip)));
    });
  }
}

inline void bias_softmax(float* x, const float* bias, size_t n, size_t units) {
  for (float* end = x + n * units; x != end; x += units) {
    for_vectors(units, [=](auto load, auto store) { store(x, Vector::add(load(x), load(bias))); });
    float largest = x[0], sum = 0.0f;
    for (size_t i = 1; i < units; ++i) largest = x[i] > largest ? x[i] : largest;
    for_vectors(units,
                [=](auto load, auto store) { store(x, exponential(Vector::subtract(load(x), Vector::all(largest)))); });
    for (size_t i = 0; i < units; ++i) sum += x[i];
    for_vectors(units, [=](auto load, auto store) { store(x, Vector::divide(load(x), Vector::all(sum))); });
  }
}

// Of Functions::round_row.
inline float round_row(const float* x, size_t size, int8_t* values) {
  Vector::Bits magnitudes = Vector::no_bits();
  for_vectors(size, [&](auto load, auto) { magnitudes = Vector::larger_magnitude(magnitudes, load(x)); });
  int32_t bits[Vector::kWidth], largest_bits = 0;
  Vector::store_bits(bits, magnitudes);
  for (int32_t value : bits) largest_bits = value > largest_bits ? value : largest_bits;
  float largest;
  __builtin_memcpy(&largest, &largest_bits, sizeof(largest));
  const bool is_finite = largest_bits < 0x7f800000;
  if (!is_finite || largest < kSmallestMagnitude) {
    for (size_t i = 0; i < size; ++i) values[i] = 0;
    return is_finite ? 0.0f : __builtin_nanf("");
  }
  const Vector::Floats reciprocal = Vector::all(127.0f / largest);
  size_t i = 0;
  for (; i + Vector::kWidth <= size; i += Vector::kWidth) {
    Vector::store_rounded(values + i, Vector::multiply(Vector::load(x + i), reciprocal));
  }
  int8_t rest[Vector::kWidth];
  Vector::store_rounded(rest, Vector::multiply(Vector::load_part(x + i, size - i), reciprocal));
  for (size_t j = 0; i + j < size; ++j) values[i + j] = rest[j];
  return largest / 127.0f;
}

}  // namespace
}  // namespace deepspeech
