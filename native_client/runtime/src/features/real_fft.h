// The squared magnitudes of the Fourier transform of real samples, in double precision. Source: Cooley & Tukey 1965;
// the order of Stockham (Cochran et al. 1967), which needs no reversal of bits; Press et al., Numerical Recipes, "FFT
// of real functions".
//
//   RealFft fft(512);
//   std::vector<double> scratch(fft.scratch_size());
//   fft.power(samples, scratch.data(), power);       // power [257]
//
// Read-only, used by any number of threads, each with a scratch of its own.
#pragma once

#include <cstddef>
#include <vector>

namespace deepspeech {

class RealFft {
 public:
  // `size`: a power of two, at least 2.
  explicit RealFft(size_t size);

  size_t size() const { return 2 * half_; }
  size_t n_bins() const { return half_ + 1; }
  size_t scratch_size() const { return 4 * half_; }

  // samples [size], scratch [scratch_size], power [n_bins]. `samples` may not overlap the others.
  void power(const double* samples, double* scratch, double* power) const;

 private:
  // A complex transform of `half_` points, real and imaginary parts one behind the other: from `x` by way of `y`, both
  // [2 * half_], in turn; returns the one that holds the result.
  const double* transform(double* x, double* y) const;
  void pass_of_four(size_t n, size_t stride, const double* x, double* y) const;
  void pass_of_two(const double* x, double* y) const;

  size_t half_;
  std::vector<double> cos_, sin_;              // of 2 pi k / half_, k < half_
  std::vector<double> split_cos_, split_sin_;  // of 2 pi k / size, k <= half_
};

}  // namespace deepspeech
