#include "resampler.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace deepspeech::client {
namespace {

constexpr double kPi = 3.14159265358979323846264338327950;
constexpr double kCrossings = 64;  // of zero, on each side of the sinc
constexpr double kCutoff = 0.95;   // of half the lower rate; the transition is a tenth of it wide
constexpr double kBeta = 10.06;    // of Kaiser's window, for 100 dB
constexpr size_t kMaxPhases = 1024, kMaxTaps = size_t{1} << 22;

// The modified Bessel function of the first kind and order 0.
double bessel(double x) {
  double sum = 1, term = 1;
  for (int k = 1; term > 1e-17 * sum; ++k) {
    term *= (x / (2 * k)) * (x / (2 * k));
    sum += term;
  }
  return sum;
}

double sinc(double x) { return x == 0 ? 1 : std::sin(kPi * x) / (kPi * x); }

float product(const float* x, const float* y, size_t n) {  // n is even
  constexpr size_t kSums = 8;
  float sums[kSums] = {};
  size_t i = 0;
  for (; i + kSums <= n; i += kSums) {
    for (size_t k = 0; k < kSums; ++k) sums[k] += x[i + k] * y[i + k];
  }
  for (; i < n; ++i) sums[0] += x[i] * y[i];
  return std::accumulate(sums, sums + kSums, 0.0f);
}

}  // namespace

Resampler::Resampler(uint32_t from_hz, uint32_t to_hz) {
  const uint64_t common = std::gcd(from_hz, to_hz);
  up_ = to_hz / common;
  down_ = from_hz / common;
  const double scale = std::min(1.0, static_cast<double>(up_) / static_cast<double>(down_));
  half_ = static_cast<size_t>(std::ceil(kCrossings / scale));
  n_phases_ = std::min<uint64_t>(up_, std::min(kMaxPhases, std::max<size_t>(16, kMaxTaps / (2 * half_))));
  make_phases(scale);
  waiting_.resize(half_ - 1);
}

// Each phase sums up to 1, so that a constant stays what it is.
void Resampler::make_phases(double scale) {
  const size_t n_taps = 2 * half_;
  taps_.resize((n_phases_ + 1) * n_taps);
  const double bandwidth = kCutoff * scale, width = static_cast<double>(half_);
  std::vector<double> taps(n_taps);
  for (size_t phase = 0; phase <= n_phases_; ++phase) {
    const double shift = static_cast<double>(phase) / static_cast<double>(n_phases_);
    for (size_t k = 0; k < n_taps; ++k) {
      const double distance = static_cast<double>(k) - (width - 1) - shift, place = distance / width;
      const double window = std::fabs(place) < 1 ? bessel(kBeta * std::sqrt(1 - place * place)) : 0;
      taps[k] = sinc(bandwidth * distance) * window;
    }
    const double sum = std::accumulate(taps.begin(), taps.end(), 0.0);
    for (size_t k = 0; k < n_taps; ++k) taps_[phase * n_taps + k] = static_cast<float>(taps[k] / sum);
  }
}

void Resampler::add(const float* samples, size_t n, std::vector<float>& out) {
  waiting_.insert(waiting_.end(), samples, samples + n);
  n_in_ += n;
  produce(~uint64_t{0}, out);
}

void Resampler::finish(std::vector<float>& out) {
  waiting_.insert(waiting_.end(), half_ + 1, 0.0f);
  produce((n_in_ * up_ + down_ / 2) / down_, out);
}

// Appends what can be computed of the output samples before `end`.
void Resampler::produce(uint64_t end, std::vector<float>& out) {
  size_t begin = 0;
  for (; n_out_ < end && begin + 2 * half_ <= waiting_.size(); ++n_out_) {
    out.push_back(sample_at(waiting_.data() + begin));
    phase_ += down_;
    begin += phase_ / up_;
    phase_ %= up_;
  }
  waiting_.erase(waiting_.begin(), waiting_.begin() + static_cast<std::ptrdiff_t>(begin));
}

// Of the output sample between waiting samples half_ - 1 and half_ of `window`.
float Resampler::sample_at(const float* window) const {
  const size_t n_taps = 2 * half_;
  if (n_phases_ == up_) return product(window, taps_.data() + phase_ * n_taps, n_taps);
  const double place = static_cast<double>(phase_) * static_cast<double>(n_phases_) / static_cast<double>(up_);
  const size_t phase = static_cast<size_t>(place);
  const float share = static_cast<float>(place - static_cast<double>(phase));
  const float* taps = taps_.data() + phase * n_taps;
  return (1 - share) * product(window, taps, n_taps) + share * product(window, taps + n_taps, n_taps);
}

}  // namespace deepspeech::client
