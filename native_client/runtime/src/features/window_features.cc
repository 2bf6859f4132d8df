#include "features/window_features.h"

#include <algorithm>
#include <cmath>

#include "deepspeech.h"
#include "features/legacy.h"
#include "features/matrices.h"
#include "features/mfcc.h"
#include "model/model_error.h"

namespace deepspeech {

std::unique_ptr<const WindowFeatures> WindowFeatures::make(const FeatureSpec& spec) {
  switch (spec.kind) {
    case FeatureSpec::Kind::kMfcc: return std::make_unique<MfccFeatures>(spec);
    case FeatureSpec::Kind::kMatrices: return std::make_unique<MatrixFeatures>(spec);
    case FeatureSpec::Kind::kLegacyWindow: return std::make_unique<LegacyWindowFeatures>(spec);
    case FeatureSpec::Kind::kLegacy: break;
  }
  throw ModelError(DS_ERR_INVALID_SHAPE,
                   "its features are those of whole utterances, not of windows; hand over all of it");
}

// The mean and the deviation are those over all values in all windows of 2 * n_context + 1 frames.
void whiten(float* frames, size_t n_windows, size_t n_context, size_t n_features) {
  const size_t n_frames = n_windows + 2 * n_context, n_values = n_frames * n_features;
  const auto n_windows_of = [&](size_t frame) {
    return std::min({frame + 1, n_frames - frame, n_windows, 2 * n_context + 1});
  };
  const double n_counted = static_cast<double>(n_windows * (2 * n_context + 1) * n_features);
  double sum = 0, squares = 0;
  for (size_t i = 0; i < n_values; ++i) sum += static_cast<double>(n_windows_of(i / n_features)) * frames[i];
  const double mean = sum / n_counted;
  for (size_t i = 0; i < n_values; ++i) {
    squares += static_cast<double>(n_windows_of(i / n_features)) * (frames[i] - mean) * (frames[i] - mean);
  }
  const double deviation = std::sqrt(squares / n_counted);
  for (size_t i = 0; i < n_values; ++i) frames[i] = static_cast<float>((frames[i] - mean) / deviation);
}

}  // namespace deepspeech
