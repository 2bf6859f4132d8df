// Mel-frequency cepstral coefficients of releases 0.5 to 0.9.3, as TensorFlow's operations AudioSpectrogram and Mfcc
// compute them: magnitudes of the Fourier transform under Hann's window, their sums in triangular bands on the mel
// scale 1127 ln(1 + f / 700 Hz), the logarithms of these, and their cosine transform.
#pragma once

#include <cstddef>
#include <vector>

#include "features/real_fft.h"
#include "features/window_features.h"

namespace deepspeech {

class MfccFeatures : public WindowFeatures {
 public:
  // `spec` of kind kMfcc. Throws ModelError.
  explicit MfccFeatures(const FeatureSpec& spec);

  void compute(const float* samples, size_t n, float* frames) const override;

 private:
  // A bin between the centres of two bands is shared by them: `lower_share` of it belongs to `band`, the rest to the
  // next. Bands are counted from 1; what falls to 0 and to n_bands + 1 is dropped.
  struct Bin {
    size_t band;
    double lower_share;
  };

  void make_bins();
  void make_cosines();
  void add_bands(const double* power, double* bands) const;

  const FeatureSpec spec_;
  const RealFft fft_;
  std::vector<double> window_;  // [window_samples]
  size_t first_bin_ = 0;
  std::vector<Bin> bins_;        // from `first_bin_` on
  std::vector<double> cosines_;  // [n_bands, n_features]
};

}  // namespace deepspeech
