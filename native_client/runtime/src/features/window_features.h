// From samples to frames of features, as TensorFlow's operations and the releases before them compute them; sums in double,
// results in single precision. Source: Davis & Mermelstein 1980; Young et al., The HTK Book.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "model/acoustic_model.h"

namespace deepspeech {

// Computes frames of windows, one by one. Read-only, used by any number of threads.
class WindowFeatures {
 public:
  // Throws ModelError(DS_ERR_INVALID_SHAPE) if `spec` makes no sense.
  static std::unique_ptr<const WindowFeatures> make(const FeatureSpec& spec);
  virtual ~WindowFeatures() = default;

  // The frames of `n` windows, `step_samples` apart. `samples`: [window_samples + (n - 1) * step_samples], in [-1, 1).
  // `frames`: [n, n_features].
  virtual void compute(const float* samples, size_t n, float* frames) const = 0;
};

// The frames of a whole utterance with `n_context` frames of zeros before and behind it, for kLegacy: float
// [n_frames + 2 * n_context, n_features], whitened if `spec` says so. `samples`: at least one; the last window is filled up
// with zeros.
std::vector<float> legacy_features(const FeatureSpec& spec, const int16_t* samples, size_t n_samples, size_t n_context);

// Gives the values in the windows of an utterance mean 0 and deviation 1: a value counts once for each window it is in.
// `frames`: [n_windows + 2 * n_context, n_features], context included.
void whiten(float* frames, size_t n_windows, size_t n_context, size_t n_features);

}  // namespace deepspeech
