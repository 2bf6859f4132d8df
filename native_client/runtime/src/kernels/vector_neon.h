// Four float32 at a time: NEON of 64-bit ARM. One of the Vectors that the shared kernels are written in; see
// float32_products.h.
#pragma once

#include <arm_neon.h>

#include <cstddef>
#include <cstdint>

namespace deepspeech {
namespace {

struct Vector {
  static constexpr size_t kWidth = 4;
  static constexpr size_t kTileRows = 8;  // rows of x at a time: 8 x 2 sums, and 32 registers leave room
  using Floats = float32x4_t;
  using Bits = int32x4_t;

  static Floats zero() { return vdupq_n_f32(0.0f); }
  static Floats all(float x) { return vdupq_n_f32(x); }
  static Floats load(const float* p) { return vld1q_f32(p); }
  static void store(float* p, Floats v) { vst1q_f32(p, v); }
  // The first `count` numbers, zeros behind them; memory behind them is not touched.
  static Floats load_part(const float* p, size_t count) {
    float numbers[kWidth] = {};
    __builtin_memcpy(numbers, p, (count < kWidth ? count : kWidth) * sizeof(float));
    return vld1q_f32(numbers);
  }
  static void store_part(float* p, size_t count, Floats v) {
    float numbers[kWidth];
    vst1q_f32(numbers, v);
    __builtin_memcpy(p, numbers, (count < kWidth ? count : kWidth) * sizeof(float));
  }

  static Floats add(Floats a, Floats b) { return vaddq_f32(a, b); }
  static Floats subtract(Floats a, Floats b) { return vsubq_f32(a, b); }
  static Floats multiply(Floats a, Floats b) { return vmulq_f32(a, b); }
  static Floats divide(Floats a, Floats b) { return vdivq_f32(a, b); }
  static Floats multiply_add(Floats a, Floats b, Floats c) { return vfmaq_f32(c, a, b); }  // a b + c
  // NaN in x stays.
  static Floats at_least(Floats x, Floats low) { return vmaxq_f32(x, low); }
  static Floats at_most(Floats x, Floats high) { return vminq_f32(x, high); }
  static Floats nearest(Floats x) { return vrndnq_f32(x); }
  // a 2^n for whole n from -126 to 127.
  static Floats times_power_of_2(Floats a, Floats n) {
    const int32x4_t exponent = vaddq_s32(vcvtnq_s32_f32(n), vdupq_n_s32(127));
    return vmulq_f32(a, vreinterpretq_f32_s32(vshlq_n_s32(exponent, 23)));
  }
  static float sum(Floats v) { return vaddvq_f32(v); }

  // The largest of magnitudes, as bits: those of infinities and NaN are above all others.
  static Bits no_bits() { return vdupq_n_s32(0); }
  static Bits larger_magnitude(Bits largest, Floats x) {
    return vmaxq_s32(largest, vandq_s32(vreinterpretq_s32_f32(x), vdupq_n_s32(0x7fffffff)));
  }
  static void store_bits(int32_t* p, Bits v) { vst1q_s32(p, v); }
  // kWidth numbers from -127 to 127, rounded half to even.
  static void store_rounded(int8_t* p, Floats x) {
    const int16x4_t halves = vmovn_s32(vcvtnq_s32_f32(x));
    const int8x8_t bytes = vmovn_s16(vcombine_s16(halves, halves));
    __builtin_memcpy(p, &bytes, kWidth);
  }
  // kWidth pairs of bfloat16: the first and the second of each.
  static void load_pairs(const uint16_t* p, Floats* first, Floats* second) {
    const uint32x4_t pairs = vreinterpretq_u32_u16(vld1q_u16(p));
    *first = vreinterpretq_f32_u32(vshlq_n_u32(pairs, 16));
    *second = vreinterpretq_f32_u32(vandq_u32(pairs, vdupq_n_u32(0xffff0000u)));
  }
};

}  // namespace
}  // namespace deepspeech
