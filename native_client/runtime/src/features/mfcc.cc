#include "features/mfcc.h"

#include <algorithm>
#include <cmath>

#include "deepspeech.h"
#include "model/model_error.h"

namespace deepspeech {
namespace {

constexpr double kPi = 3.14159265358979323846264338327950;
constexpr double kLowestEnergy = 1e-12;  // of a band, before the logarithm
constexpr uint32_t kMaxWindow = 1 << 20;
constexpr uint32_t kMaxBands = 4096;

const FeatureSpec& checked(const FeatureSpec& spec) {
  if (spec.window_samples < 2 || spec.window_samples > kMaxWindow || spec.step_samples < 1) {
    throw ModelError(DS_ERR_INVALID_SHAPE, "windows of " + std::to_string(spec.window_samples) + " samples, " +
                                               std::to_string(spec.step_samples) + " apart, expected 2 to " +
                                               std::to_string(kMaxWindow) + " and at least 1; export the model again");
  }
  const bool is_sound = spec.rate_hz > 0 && spec.lower_hz >= 0 && spec.lower_hz < spec.upper_hz;  // false for NaN
  if (!is_sound || spec.n_features < 1 || spec.n_features > spec.n_bands || spec.n_bands > kMaxBands) {
    throw ModelError(DS_ERR_INVALID_SHAPE,
                     std::to_string(spec.n_features) + " coefficients of " + std::to_string(spec.n_bands) + " bands, " +
                         std::to_string(spec.lower_hz) + " to " + std::to_string(spec.upper_hz) + " Hz of " +
                         std::to_string(spec.rate_hz) + " Hz are no features; export the model again");
  }
  return spec;
}

size_t next_power_of_two(size_t n) {
  size_t power = 2;
  while (power < n) power *= 2;
  return power;
}

double mel_of(double hz) { return 1127 * std::log1p(hz / 700); }

}  // namespace

MfccFeatures::MfccFeatures(const FeatureSpec& spec)
    : spec_(checked(spec)), fft_(next_power_of_two(spec.window_samples)), window_(spec.window_samples) {
  for (size_t i = 0; i < window_.size(); ++i) {
    window_[i] = 0.5 - 0.5 * std::cos(2 * kPi * static_cast<double>(i) / static_cast<double>(window_.size()));
  }
  make_bins();
  make_cosines();
}

void MfccFeatures::make_bins() {
  const double hz_per_bin = 0.5 * spec_.rate_hz / static_cast<double>(fft_.n_bins() - 1);
  // As in TensorFlow: where the transform ends before the bands do, there are no bins in any band.
  if (spec_.upper_hz / hz_per_bin >= static_cast<double>(fft_.n_bins())) return;
  first_bin_ = static_cast<size_t>(1.5 + spec_.lower_hz / hz_per_bin);
  const size_t last_bin = static_cast<size_t>(spec_.upper_hz / hz_per_bin);

  const double lowest = mel_of(spec_.lower_hz), spacing = (mel_of(spec_.upper_hz) - lowest) / (spec_.n_bands + 1);
  std::vector<double> edges(spec_.n_bands + 2);
  for (size_t i = 0; i < edges.size(); ++i) edges[i] = lowest + spacing * static_cast<double>(i);
  for (size_t index = first_bin_; index <= last_bin; ++index) {
    const double mel = mel_of(static_cast<double>(index) * hz_per_bin);
    const auto above = std::lower_bound(edges.begin() + 1, edges.end() - 1, mel);
    const size_t band = static_cast<size_t>(above - edges.begin()) - 1;
    bins_.push_back({band, (edges[band + 1] - mel) / (edges[band + 1] - edges[band])});
  }
}

void MfccFeatures::make_cosines() {
  const double scale = std::sqrt(2.0 / spec_.n_bands);
  cosines_.reserve(size_t{spec_.n_bands} * spec_.n_features);
  for (size_t band = 0; band < spec_.n_bands; ++band) {
    for (size_t k = 0; k < spec_.n_features; ++k) {
      const double angle = kPi / spec_.n_bands * ((static_cast<double>(band) + 0.5) * static_cast<double>(k));
      cosines_.push_back(scale * std::cos(angle));
    }
  }
}

void MfccFeatures::compute(const float* samples, size_t n, float* frames) const {
  const size_t n_bands = spec_.n_bands, n_features = spec_.n_features;
  std::vector<double> windowed(fft_.size()), scratch(fft_.scratch_size()), power(fft_.n_bins());
  std::vector<double> bands(n_bands + 2), sums(n_features);
  for (size_t frame = 0; frame < n; ++frame, samples += spec_.step_samples, frames += n_features) {
    for (size_t i = 0; i < window_.size(); ++i) windowed[i] = samples[i] * window_[i];  // zeros stay behind them
    fft_.power(windowed.data(), scratch.data(), power.data());
    add_bands(power.data(), bands.data());
    std::fill(sums.begin(), sums.end(), 0.0);
    for (size_t band = 0; band < n_bands; ++band) {
      const double energy = std::log(std::max(bands[band + 1], kLowestEnergy));
      const double* cosines = cosines_.data() + band * n_features;
      for (size_t k = 0; k < n_features; ++k) sums[k] += energy * cosines[k];
    }
    for (size_t k = 0; k < n_features; ++k) frames[k] = static_cast<float>(sums[k]);
  }
}

// bands [n_bands + 2]: sums of magnitudes, those of band i at i + 1. TensorFlow hands the spectrogram over in single
// precision and takes its root again even where it is one already.
void MfccFeatures::add_bands(const double* power, double* bands) const {
  std::fill(bands, bands + spec_.n_bands + 2, 0.0);
  for (size_t i = 0; i < bins_.size(); ++i) {
    const double value = power[first_bin_ + i];
    const double magnitude =
        std::sqrt(static_cast<double>(static_cast<float>(spec_.magnitude_squared ? value : std::sqrt(value))));
    const Bin& bin = bins_[i];
    bands[bin.band] += bin.lower_share * magnitude;
    bands[bin.band + 1] += (1 - bin.lower_share) * magnitude;
  }
}

}  // namespace deepspeech
