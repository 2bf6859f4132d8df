// Early features as products of matrices, for formats that have no operation for them: with `waves`, the samples of a
// window times `spectrum`, ln(max(floor, waves^2 bands)) transform.
#pragma once

#include <cstddef>
#include <vector>

#include "features/window_features.h"

namespace deepspeech {

class MatrixFeatures : public WindowFeatures {
 public:
  // `spec` of kind kMatrices. Throws ModelError.
  explicit MatrixFeatures(const FeatureSpec& spec);

  void compute(const float* samples, size_t n, float* frames) const override;

 private:
  void add_waves(const float* samples, double* waves) const;

  const FeatureSpec spec_;
  size_t n_waves_ = 0, n_bands_ = 0;
};

}  // namespace deepspeech
