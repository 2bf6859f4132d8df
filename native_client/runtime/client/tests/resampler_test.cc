// Tones at other rates: those that fit stay what they are, those that do not are gone.
#include "resampler.h"

#include <algorithm>
#include <cmath>

#include "check.h"

namespace {

using deepspeech::client::Resampler;

constexpr double kTwoPi = 2 * 3.14159265358979323846;

std::vector<float> tone(double hz, uint32_t rate_hz, size_t n) {
  std::vector<float> samples(n);
  for (size_t i = 0; i < n; ++i)
    samples[i] = static_cast<float>(std::sin(kTwoPi * hz * static_cast<double>(i) / rate_hz));
  return samples;
}

std::vector<float> resampled(const std::vector<float>& samples, uint32_t from_hz, uint32_t to_hz, size_t n_block) {
  Resampler resampler(from_hz, to_hz);
  std::vector<float> out;
  for (size_t begin = 0; begin < samples.size(); begin += n_block) {
    resampler.add(samples.data() + begin, std::min(n_block, samples.size() - begin), out);
  }
  resampler.finish(out);
  return out;
}

// The largest difference in the middle, away from where the sound begins and ends.
double difference(const std::vector<float>& x, const std::vector<float>& y) {
  double largest = 0;
  for (size_t i = x.size() / 4; i < std::min(x.size() * 3 / 4, y.size()); ++i) {
    largest = std::max(largest, std::fabs(double{x[i]} - y[i]));
  }
  return largest;
}

void test_tones() {
  const std::pair<uint32_t, uint32_t> rates[] = {{8000, 16000},  {11025, 16000}, {22050, 16000}, {32000, 16000},
                                                 {44100, 16000}, {48000, 16000}, {96000, 16000}, {16000, 8000},
                                                 {44100, 8000},  {15999, 16000}, {47999, 16000}, {768000, 16000}};
  for (const auto& [from_hz, to_hz] : rates) {
    const double half = std::min(from_hz, to_hz) / 2.0;
    const size_t n = from_hz / 2;
    for (const double hz : {0.1 * half, 0.5 * half, 0.89 * half}) {
      const std::vector<float> out = resampled(tone(hz, from_hz, n), from_hz, to_hz, 5000);
      CHECK(out.size() == (uint64_t{n} * to_hz + from_hz / 2) / from_hz);
      CHECK_NEAR(difference(out, tone(hz, to_hz, out.size())), 0, 1e-4);
    }
    if (to_hz >= from_hz) continue;
    const std::vector<float> out = resampled(tone(1.01 * half, from_hz, n), from_hz, to_hz, 5000);
    CHECK_NEAR(difference(out, std::vector<float>(out.size())), 0, 1e-4);
  }
}

void test_a_constant_stays() {
  for (const auto& [from_hz, to_hz] :
       {std::pair{44100u, 16000u}, std::pair{47999u, 16000u}, std::pair{8000u, 16000u}}) {
    const std::vector<float> out = resampled(std::vector<float>(from_hz, 0.25f), from_hz, to_hz, 1000);
    CHECK_NEAR(difference(out, std::vector<float>(out.size(), 0.25f)), 0, 1e-6);
  }
}

void test_blocks_make_no_difference() {
  const std::vector<float> samples = tone(440, 44100, 3000), whole = resampled(samples, 44100, 16000, 3000);
  for (const size_t n_block : {size_t{1}, size_t{7}, size_t{1000}})
    CHECK(resampled(samples, 44100, 16000, n_block) == whole);
}

void test_short_sounds() {
  for (const size_t n : {size_t{0}, size_t{1}, size_t{2}, size_t{3}}) {
    CHECK(resampled(std::vector<float>(n, 0.5f), 48000, 16000, 1).size() == (n + 1) / 3);
    CHECK(resampled(std::vector<float>(n, 0.5f), 8000, 16000, 1).size() == 2 * n);
  }
}

}  // namespace

int main() {
  test_tones();
  test_a_constant_stays();
  test_blocks_make_no_difference();
  test_short_sounds();
  return check::result();
}
