#include "features/legacy.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "deepspeech.h"
#include "model/model_error.h"

namespace deepspeech {
namespace {

constexpr double kPi = 3.14159265358979323846264338327950;
constexpr double kPreEmphasis = 0.97;
constexpr size_t kFftSize = 512;
constexpr size_t kBands = 26;  // triangles, evenly spaced in mel from 0 Hz to half the sample rate
constexpr double kLifter = 22;
constexpr double kLeastEnergy = std::numeric_limits<double>::epsilon();  // replaces 0, which has no logarithm
constexpr double kFullScale = 32768;

const FeatureSpec& checked(const FeatureSpec& spec) {
  if (spec.window_samples < 2 || spec.window_samples > kFftSize || spec.step_samples < 1 || spec.hop_samples < 1) {
    throw ModelError(DS_ERR_INVALID_SHAPE, "features of early releases have windows of 2 to " +
                                               std::to_string(kFftSize) + " samples, at least 1 apart, not of " +
                                               std::to_string(spec.window_samples) + ", " +
                                               std::to_string(spec.step_samples) + " apart; export the model again");
  }
  if (spec.rate_hz < 1 || spec.n_features < 1 || spec.n_features > kBands) {
    throw ModelError(DS_ERR_INVALID_SHAPE, "features of early releases are 1 to " + std::to_string(kBands) +
                                               " numbers, not " + std::to_string(spec.n_features) + ", of sound at " +
                                               std::to_string(spec.rate_hz) + " Hz; export the model again");
  }
  return spec;
}

double log_of(double energy) { return std::log(std::max(energy, kLeastEnergy)); }

}  // namespace

LegacyCepstra::LegacyCepstra(const FeatureSpec& spec)
    : spec_(checked(spec)), fft_(kFftSize), taper_(spec.window_samples, 1.0) {
  if (spec_.hamming) {
    for (size_t i = 0; i < taper_.size(); ++i) {
      taper_[i] = 0.54 - 0.46 * std::cos(2 * kPi * static_cast<double>(i) / static_cast<double>(taper_.size() - 1));
    }
  }
  make_bands();
  make_cosines();
}

// Edges of bands are whole bins; a band rises from 0 at one edge to 1 at the next and falls to 0 at the one after it.
void LegacyCepstra::make_bands() {
  const double highest = 2595 * std::log10(1 + spec_.rate_hz / 2.0 / 700);
  std::vector<double> edges(kBands + 2);
  for (size_t i = 0; i < edges.size(); ++i) {
    const double hz = 700 * (std::pow(10.0, highest / (kBands + 1) * static_cast<double>(i) / 2595) - 1);
    edges[i] = std::floor((kFftSize + 1) * hz / spec_.rate_hz);
  }
  for (size_t band = 0; band < kBands; ++band) {
    const double low = edges[band], centre = edges[band + 1], high = edges[band + 2];
    Band shares{static_cast<size_t>(low), {}};
    for (double bin = low; bin < high; ++bin) {
      shares.shares.push_back(bin < centre ? (bin - low) / (centre - low) : (high - bin) / (high - centre));
    }
    bands_.push_back(std::move(shares));
  }
}

void LegacyCepstra::make_cosines() {
  for (size_t band = 0; band < kBands; ++band) {
    for (size_t k = 0; k < spec_.n_features; ++k) {
      const double lifter = 1 + kLifter / 2 * std::sin(kPi * static_cast<double>(k) / kLifter);
      const double angle = kPi / kBands * ((static_cast<double>(band) + 0.5) * static_cast<double>(k));
      cosines_.push_back(std::sqrt(2.0 / kBands) * lifter * std::cos(angle));
    }
  }
}

LegacyCepstra::Work LegacyCepstra::make_work() const {
  return {std::vector<double>(kFftSize), std::vector<double>(fft_.scratch_size()), std::vector<double>(fft_.n_bins())};
}

void LegacyCepstra::compute(double before, const double* samples, size_t n_samples, Work* work, float* frame) const {
  std::vector<double>& window = work->window;
  // The zeros behind the samples are not emphasised.
  n_samples = std::min(n_samples, taper_.size());
  for (size_t i = 0; i < n_samples; ++i) {
    window[i] = (samples[i] - kPreEmphasis * (i ? samples[i - 1] : before)) * taper_[i];
  }
  std::fill(window.begin() + static_cast<std::ptrdiff_t>(n_samples), window.end(), 0.0);

  std::vector<double>& power = work->power;
  fft_.power(window.data(), work->scratch.data(), power.data());
  double sums[kBands] = {}, energy = 0;
  for (double& value : power) energy += value /= kFftSize;
  const double* cosines = cosines_.data();
  for (const Band& band : bands_) {
    double of_band = 0;
    for (size_t i = 0; i < band.shares.size(); ++i) of_band += band.shares[i] * power[band.first_bin + i];
    const double logarithm = log_of(of_band);
    for (size_t k = 0; k < spec_.n_features; ++k) sums[k] += logarithm * *cosines++;
  }
  sums[0] = log_of(energy);
  for (size_t k = 0; k < spec_.n_features; ++k) frame[k] = static_cast<float>(sums[k]);
}

void LegacyWindowFeatures::compute(const float* samples, size_t n, float* frames) const {
  LegacyCepstra::Work work = cepstra_.make_work();
  std::vector<double> window(spec_.window_samples);
  for (size_t frame = 0; frame < n; ++frame, samples += spec_.step_samples, frames += spec_.n_features) {
    for (size_t i = 0; i < window.size(); ++i) window[i] = kFullScale * samples[i];
    cepstra_.compute(window[0], window.data(), window.size(), &work, frames);
  }
}

std::vector<float> legacy_features(const FeatureSpec& spec, const int16_t* samples, size_t n_samples,
                                   size_t n_context) {
  const LegacyCepstra cepstra(spec);
  const size_t n_behind = n_samples > spec.window_samples ? n_samples - spec.window_samples : 0;
  const size_t n_hops = (n_behind + spec.hop_samples - 1) / spec.hop_samples;
  const size_t n_frames = 1 + n_hops * spec.hop_samples / spec.step_samples;
  std::vector<float> frames((n_frames + 2 * n_context) * spec.n_features);

  LegacyCepstra::Work work = cepstra.make_work();
  std::vector<double> window(spec.window_samples);
  float* frame = frames.data() + n_context * spec.n_features;
  for (size_t begin = 0; begin < n_frames * spec.step_samples; begin += spec.step_samples, frame += spec.n_features) {
    const size_t n_here = begin < n_samples ? std::min(n_samples - begin, window.size()) : 0;
    std::copy(samples + std::min(begin, n_samples), samples + std::min(begin, n_samples) + n_here, window.begin());
    cepstra.compute(begin && n_here ? samples[begin - 1] : 0, window.data(), n_here, &work, frame);
  }
  if (spec.whitened) whiten(frames.data(), n_frames, n_context, spec.n_features);
  return frames;
}

}  // namespace deepspeech
