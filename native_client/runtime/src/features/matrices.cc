#include "features/matrices.h"

#include <algorithm>
#include <cmath>

#include "deepspeech.h"
#include "model/model_error.h"

namespace deepspeech {
namespace {

// Products of so many samples are summed in single precision, these sums in double: fast, and exact enough for a
// logarithm.
constexpr size_t kBlockRows = 8;

[[noreturn]] void fail(const FeatureSpec& spec) {
  throw ModelError(DS_ERR_INVALID_SHAPE, "the matrices of its features, " + std::to_string(spec.spectrum.size()) +
                                             ", " + std::to_string(spec.bands.size()) + " and " +
                                             std::to_string(spec.transform.size()) +
                                             " numbers, do not fit windows of " + std::to_string(spec.window_samples) +
                                             " samples, " + std::to_string(spec.step_samples) + " apart, and " +
                                             std::to_string(spec.n_features) + " features; export the model again");
}

// Returns how many rows, or columns, there are if the numbers fill them; 0 if not.
size_t quotient(size_t n_numbers, size_t length) { return length && n_numbers % length == 0 ? n_numbers / length : 0; }

}  // namespace

MatrixFeatures::MatrixFeatures(const FeatureSpec& spec)
    : spec_(spec),
      n_waves_(quotient(spec.spectrum.size(), spec.window_samples)),
      n_bands_(quotient(spec.transform.size(), spec.n_features)) {
  if (spec.step_samples < 1 || n_waves_ == 0 || n_bands_ == 0) fail(spec);
  if (spec.bands.size() % n_waves_ || spec.bands.size() / n_waves_ != n_bands_) fail(spec);
}

void MatrixFeatures::compute(const float* samples, size_t n, float* frames) const {
  std::vector<double> waves(n_waves_), energies(n_bands_), sums(spec_.n_features);
  for (size_t frame = 0; frame < n; ++frame, samples += spec_.step_samples, frames += spec_.n_features) {
    add_waves(samples, waves.data());
    std::fill(energies.begin(), energies.end(), 0.0);
    const float* share = spec_.bands.data();
    for (const double wave : waves) {
      for (double& energy : energies) energy += wave * wave * *share++;
    }
    std::fill(sums.begin(), sums.end(), 0.0);
    const float* factor = spec_.transform.data();
    for (const double energy : energies) {
      const double logarithm = std::log(std::max(energy, static_cast<double>(spec_.floor)));
      for (double& sum : sums) sum += logarithm * *factor++;
    }
    for (size_t k = 0; k < sums.size(); ++k) frames[k] = static_cast<float>(sums[k]);
  }
}

// waves [n_waves] = samples [window] spectrum.
void MatrixFeatures::add_waves(const float* samples, double* waves) const {
  std::fill(waves, waves + n_waves_, 0.0);
  const float* row = spec_.spectrum.data();
  size_t i = 0;
  for (; i + kBlockRows <= spec_.window_samples; i += kBlockRows, row += kBlockRows * n_waves_) {
    for (size_t k = 0; k < n_waves_; ++k) {
      float sum = 0;
      for (size_t j = 0; j < kBlockRows; ++j) sum += samples[i + j] * row[j * n_waves_ + k];
      waves[k] += sum;
    }
  }
  for (; i < spec_.window_samples; ++i, row += n_waves_) {
    for (size_t k = 0; k < n_waves_; ++k) waves[k] += samples[i] * row[k];
  }
}

}  // namespace deepspeech
