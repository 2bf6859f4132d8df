#include "features/real_fft.h"

#include <cmath>
#include <utility>

namespace deepspeech {
namespace {

constexpr double kTwoPi = 6.283185307179586476925286766559;

}  // namespace

RealFft::RealFft(size_t size) : half_(size / 2) {
  for (size_t k = 0; k < half_; ++k) {
    const double angle = kTwoPi * static_cast<double>(k) / static_cast<double>(half_);
    cos_.push_back(std::cos(angle));
    sin_.push_back(std::sin(angle));
  }
  for (size_t k = 0; k <= half_; ++k) {
    const double angle = kTwoPi * static_cast<double>(k) / static_cast<double>(size);
    split_cos_.push_back(std::cos(angle));
    split_sin_.push_back(std::sin(angle));
  }
}

// Even samples are taken for real parts and odd ones for imaginary parts of half as many complex samples z. With
// E = (Z[k] + conj Z[-k]) / 2 and O = (Z[k] - conj Z[-k]) / 2i, the transforms of the even and of the odd samples, the
// one wanted is E + exp(-2 pi i k / size) O.
void RealFft::power(const double* samples, double* scratch, double* power) const {
  double* x = scratch;
  for (size_t k = 0; k < half_; ++k) {
    x[k] = samples[2 * k];
    x[half_ + k] = samples[2 * k + 1];
  }
  const double* re = transform(x, scratch + 2 * half_);
  const double* im = re + half_;
  for (size_t k = 0; k <= half_; ++k) {
    const size_t at = k & (half_ - 1), mirrored = (half_ - k) & (half_ - 1);
    const double even_re = 0.5 * (re[at] + re[mirrored]), even_im = 0.5 * (im[at] - im[mirrored]);
    const double odd_re = 0.5 * (im[at] + im[mirrored]), odd_im = 0.5 * (re[mirrored] - re[at]);
    const double sum_re = even_re + split_cos_[k] * odd_re + split_sin_[k] * odd_im;
    const double sum_im = even_im + split_cos_[k] * odd_im - split_sin_[k] * odd_re;
    power[k] = sum_re * sum_re + sum_im * sum_im;
  }
}

const double* RealFft::transform(double* x, double* y) const {
  size_t n = half_, stride = 1;  // `stride` transforms of n points each are left, interleaved
  for (; n >= 4; n /= 4, stride *= 4) {
    pass_of_four(n, stride, x, y);
    std::swap(x, y);
  }
  if (n == 2) {
    pass_of_two(x, y);
    std::swap(x, y);
  }
  return x;
}

// Turns each transform of n points into four of n / 4.
void RealFft::pass_of_four(size_t n, size_t stride, const double* x, double* y) const {
  const size_t quarter = n / 4;
  for (size_t p = 0; p < quarter; ++p) {
    const size_t turn = p * stride;
    const double c1 = cos_[turn], s1 = sin_[turn], c2 = cos_[2 * turn], s2 = sin_[2 * turn];
    const double c3 = cos_[3 * turn], s3 = sin_[3 * turn];
    const double *a_re = x + stride * p, *b_re = a_re + stride * quarter, *c_re = b_re + stride * quarter;
    const double *d_re = c_re + stride * quarter, *a_im = a_re + half_, *b_im = b_re + half_, *c_im = c_re + half_;
    const double* d_im = d_re + half_;
    double* __restrict to_re = y + stride * 4 * p, * __restrict to_im = to_re + half_;
    for (size_t q = 0; q < stride; ++q) {
      const double ac_re = a_re[q] + c_re[q], ac_im = a_im[q] + c_im[q], bd_re = b_re[q] + d_re[q],
                   bd_im = b_im[q] + d_im[q];
      const double a_c_re = a_re[q] - c_re[q], a_c_im = a_im[q] - c_im[q];
      const double b_d_re = b_re[q] - d_re[q], b_d_im = b_im[q] - d_im[q];
      const double re_1 = a_c_re + b_d_im, im_1 = a_c_im - b_d_re, re_2 = ac_re - bd_re, im_2 = ac_im - bd_im;
      const double re_3 = a_c_re - b_d_im, im_3 = a_c_im + b_d_re;
      to_re[q] = ac_re + bd_re;
      to_im[q] = ac_im + bd_im;
      to_re[q + stride] = c1 * re_1 + s1 * im_1;
      to_im[q + stride] = c1 * im_1 - s1 * re_1;
      to_re[q + 2 * stride] = c2 * re_2 + s2 * im_2;
      to_im[q + 2 * stride] = c2 * im_2 - s2 * re_2;
      to_re[q + 3 * stride] = c3 * re_3 + s3 * im_3;
      to_im[q + 3 * stride] = c3 * im_3 - s3 * re_3;
    }
  }
}

// The last pass where the number of points is no power of four.
void RealFft::pass_of_two(const double* x, double* y) const {
  const size_t stride = half_ / 2;
  for (size_t part = 0; part < 2 * half_; part += half_) {
    for (size_t q = 0; q < stride; ++q) {
      const double a = x[part + q], b = x[part + q + stride];
      y[part + q] = a + b;
      y[part + q + stride] = a - b;
    }
  }
}

}  // namespace deepspeech
