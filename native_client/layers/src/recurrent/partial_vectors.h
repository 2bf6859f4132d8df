// What is left of rows at their ends, in a Vector (see kernels/float32_products.h).
#pragma once

#include <cstddef>

namespace deepspeech {
namespace {

// The first `count` numbers, zeros behind them; whole vectors where there are more.
inline Vector::Floats load_some(const float* p, size_t count) {
  return count >= Vector::kWidth ? Vector::load(p) : Vector::load_part(p, count);
}

inline void store_some(float* p, size_t count, Vector::Floats x) {
  if (count >= Vector::kWidth) {
    Vector::store(p, x);
  } else {
    Vector::store_part(p, count, x);
  }
}

inline Vector::Floats rounded_if(bool is_bfloat16, Vector::Floats x) {
  return is_bfloat16 ? Vector::round_to_bfloat16(x) : x;
}

}  // namespace
}  // namespace deepspeech
