// Products of bytes with NEON, for int8_products.h: each is exact in 16 bits, and pairs are added in 32.
#pragma once

#include <arm_neon.h>

#include <cstddef>
#include <cstdint>

namespace deepspeech {
namespace {

struct Bytes {
  static constexpr size_t kWidth = 4, kTileRows = 4, kTileVectors = 2;
  using Numbers = int8x16_t;
  using Sums = int32x4_t;

  static Sums start(const int32_t*) { return vdupq_n_s32(0); }
  static Numbers load(const int8_t* p) { return vld1q_s8(p); }
  static Numbers four(const int8_t* p) {
    int32_t word;
    __builtin_memcpy(&word, p, sizeof(word));
    return vreinterpretq_s8_s32(vdupq_n_s32(word));
  }
  static Sums add_products(Sums sums, Numbers x, Numbers w) {
    const int32x4_t low = vpaddlq_s16(vmull_s8(vget_low_s8(x), vget_low_s8(w)));
    const int32x4_t high = vpaddlq_s16(vmull_s8(vget_high_s8(x), vget_high_s8(w)));
    return vaddq_s32(sums, vpaddq_s32(low, high));
  }
  static float32x4_t to_floats(Sums sums) { return vcvtq_f32_s32(sums); }
};

}  // namespace
}  // namespace deepspeech
