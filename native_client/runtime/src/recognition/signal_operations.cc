// TensorFlow's operations for features, computed without haste: exports of early features use them in ways of their
// own. Source: Davis & Mermelstein 1980; mel scale 1127 ln(1 + f / 700 Hz).
#include <algorithm>
#include <cmath>

#include "recognition/array.h"

namespace deepspeech {
namespace {

constexpr double kPi = 3.14159265358979323846;
constexpr double kLowestEnergy = 1e-12;  // of a mel band, before the logarithm
constexpr int64_t kMaxWindow = 4096, kMaxBands = 4096;

// The magnitudes of a frame's Fourier transform of length `n_fft`, under Hann's window.
void transform(const std::vector<double>& frame, size_t n_fft, bool is_squared, float* magnitudes) {
  for (size_t bin = 0; bin <= n_fft / 2; ++bin) {
    double real = 0.0, imaginary = 0.0;
    for (size_t i = 0; i < frame.size(); ++i) {
      const double angle = 2.0 * kPi * static_cast<double>(bin * i % n_fft) / static_cast<double>(n_fft);
      real += frame[i] * std::cos(angle);
      imaginary += frame[i] * std::sin(angle);
    }
    const double power = real * real + imaginary * imaginary;
    magnitudes[bin] = static_cast<float>(is_squared ? power : std::sqrt(power));
  }
}

std::vector<Array> audio_spectrogram(const Node& node, const Arguments& arguments, Budget* budget) {
  expect(arguments, 1);
  const Array& samples = *arguments[0];
  const int64_t window = node.number("window_size", 0), step = node.number("stride", 0);
  if (samples.n_axes() != 2 || window < 2 || window > kMaxWindow || step < 1)
    throw TrialError("it has no window or step");
  const int64_t n_samples = samples.shape[0], n_channels = samples.shape[1];
  const int64_t n_frames = n_samples < window ? 0 : 1 + (n_samples - window) / step;
  int64_t n_fft = 2;
  while (n_fft < window) n_fft *= 2;
  budget->spend({n_channels, n_frames, window, n_fft / 2});
  Array result = zeros({n_channels, n_frames, n_fft / 2 + 1}, budget);
  std::vector<double> frame(static_cast<size_t>(window));
  for (int64_t i = 0; i < n_channels * n_frames; ++i) {
    const int64_t channel = i / n_frames, begin = i % n_frames * step;
    for (int64_t k = 0; k < window; ++k) {
      const double hann = 0.5 - 0.5 * std::cos(2.0 * kPi * static_cast<double>(k) / static_cast<double>(window));
      frame[static_cast<size_t>(k)] = hann * samples.values[static_cast<size_t>((begin + k) * n_channels + channel)];
    }
    transform(frame, static_cast<size_t>(n_fft), node.number("magnitude_squared", 0) != 0,
              result.values.data() + i * (n_fft / 2 + 1));
  }
  return {std::move(result)};
}

double to_mel(double hz) { return 1127.0 * std::log1p(hz / 700.0); }

// Sums the magnitudes of a spectrum in triangular bands, evenly spaced in mel.
class MelBands {
 public:
  MelBands(const Node& node, double rate_hz, int64_t n_bins)
      : lower_hz_(double{node.real("lower_frequency_limit", 20.0f)}),
        upper_hz_(double{node.real("upper_frequency_limit", 4000.0f)}),
        n_bands_(node.number("filterbank_channel_count", 40)),
        hz_per_bin_(0.5 * rate_hz / static_cast<double>(n_bins - 1)) {
    if (!(rate_hz > 0 && 0 <= lower_hz_ && lower_hz_ < upper_hz_) || n_bands_ < 1 || n_bands_ > kMaxBands ||
        n_bins < 2) {
      throw TrialError("its bands make no sense");
    }
    if (upper_hz_ / hz_per_bin_ >= static_cast<double>(n_bins)) throw TrialError("it has too few bins");
  }

  std::vector<double> of(const float* squares) const {
    std::vector<double> bands(static_cast<size_t>(n_bands_));
    const double lowest = to_mel(lower_hz_), spacing = (to_mel(upper_hz_) - lowest) / static_cast<double>(n_bands_ + 1);
    const auto last = static_cast<int64_t>(upper_hz_ / hz_per_bin_);
    for (auto bin = static_cast<int64_t>(1.5 + lower_hz_ / hz_per_bin_); bin <= last; ++bin) {
      // Between the centres of two bands it is shared by them.
      const double place = (to_mel(static_cast<double>(bin) * hz_per_bin_) - lowest) / spacing;
      const auto below = std::min<int64_t>(static_cast<int64_t>(std::ceil(place)) - 1, n_bands_);
      const double share = static_cast<double>(below + 1) - place, magnitude = std::sqrt(double{squares[bin]});
      if (below > 0) bands[static_cast<size_t>(below - 1)] += share * magnitude;
      if (below >= 0 && below < n_bands_) bands[static_cast<size_t>(below)] += (1.0 - share) * magnitude;
    }
    return bands;
  }

 private:
  const double lower_hz_, upper_hz_;
  const int64_t n_bands_;
  const double hz_per_bin_;
};

std::vector<Array> mfcc(const Node& node, const Arguments& arguments, Budget* budget) {
  expect(arguments, 2);
  const Array& spectrogram = *arguments[0];
  const int64_t n_coefficients = node.number("dct_coefficient_count", 13);
  if (spectrogram.n_axes() != 3 || arguments[1]->values.size() != 1) throw TrialError("it is of no spectrogram");
  const MelBands bands(node, arguments[1]->values[0], spectrogram.shape[2]);
  if (n_coefficients < 1 || n_coefficients > kMaxBands)
    throw TrialError("it has " + std::to_string(n_coefficients) + " coefficients");
  const int64_t n_frames = spectrogram.shape[0] * spectrogram.shape[1];
  Array result = zeros({spectrogram.shape[0], spectrogram.shape[1], n_coefficients}, budget);
  for (int64_t frame = 0; frame < n_frames; ++frame) {
    const std::vector<double> energies = bands.of(spectrogram.values.data() + frame * spectrogram.shape[2]);
    const auto n_bands = static_cast<double>(energies.size());
    budget->spend({n_coefficients, static_cast<int64_t>(energies.size())});
    for (int64_t k = 0; k < n_coefficients; ++k) {
      double sum = 0.0;
      for (size_t i = 0; i < energies.size(); ++i) {
        sum += std::log(std::max(energies[i], kLowestEnergy)) *
               std::cos(kPi / n_bands * (static_cast<double>(i) + 0.5) * static_cast<double>(k));
      }
      result.values[static_cast<size_t>(frame * n_coefficients + k)] =
          static_cast<float>(std::sqrt(2.0 / n_bands) * sum);
    }
  }
  return {std::move(result)};
}

constexpr NamedOperation kOperations[] = {{"AudioSpectrogram", audio_spectrogram}, {"Mfcc", mfcc}};

}  // namespace

OperationTable signal_operations() { return {kOperations, std::size(kOperations)}; }

}  // namespace deepspeech
