// Features of releases 0.1 to 0.4, as the library python_speech_features computed them: of a pre-emphasised window of
// 16-bit samples the logarithm of its energy, and the liftered cepstra of 26 mel bands.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "features/real_fft.h"
#include "features/window_features.h"

namespace deepspeech {

// The features of one window after another. Read-only, used by any number of threads.
class LegacyCepstra {
 public:
  // `spec` of kind kLegacy or kLegacyWindow. Throws ModelError.
  explicit LegacyCepstra(const FeatureSpec& spec);

  // Buffers of a caller.
  struct Work {
    std::vector<double> window, scratch, power;
  };
  Work make_work() const;

  // frame [n_features] of `n_samples` samples from -32768 to 32767, followed by zeros up to the window's length, with
  // `before` in front of them.
  void compute(double before, const double* samples, size_t n_samples, Work* work, float* frame) const;

 private:
  struct Band {
    size_t first_bin;
    std::vector<double> shares;  // of the bins from there on
  };

  void make_bands();
  void make_cosines();

  const FeatureSpec spec_;
  const RealFft fft_;
  std::vector<double> taper_;  // [window_samples]
  std::vector<Band> bands_;
  std::vector<double> cosines_;  // [bands, n_features]; the first column is not used
};

// For kLegacyWindow: the first sample of a window is taken to follow one like itself.
class LegacyWindowFeatures : public WindowFeatures {
 public:
  explicit LegacyWindowFeatures(const FeatureSpec& spec) : spec_(spec), cepstra_(spec) {}

  void compute(const float* samples, size_t n, float* frames) const override;

 private:
  const FeatureSpec spec_;
  const LegacyCepstra cepstra_;
};

}  // namespace deepspeech
