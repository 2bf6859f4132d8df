// Features against the textbook's formulas - Fourier transforms as plain sums, in double precision - and against
// numbers that TensorFlow 1.15 and release 0.1.1 computed of a recording.
#include <algorithm>
#include <cmath>
#include <cstring>
#include <fstream>
#include <iterator>
#include <limits>
#include <random>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "check.h"
#include "features/real_fft.h"
#include "features/window_features.h"
#include "model/model_error.h"

namespace {

using deepspeech::FeatureSpec;
using deepspeech::ModelError;
using deepspeech::RealFft;
using deepspeech::WindowFeatures;

constexpr double kPi = 3.14159265358979323846;

std::string content_of(const std::string& path) {
  std::ifstream file(TESTS_DIRECTORY + path, std::ios::binary);
  std::string bytes{std::istreambuf_iterator<char>(file), {}};
  if (bytes.empty())
    throw std::runtime_error(TESTS_DIRECTORY + path + " cannot be read; run the test in a whole checkout.");
  return bytes;
}

// Samples of a WAV file whose last chunk they are.
std::vector<int16_t> read_clip(const std::string& name) {
  const std::string bytes = content_of("clips/" + name);
  const size_t begin = std::min(bytes.find("data"), bytes.size() - std::min<size_t>(bytes.size(), 8)) + 8;
  std::vector<int16_t> samples((bytes.size() - std::min(begin, bytes.size())) / 2);
  if (!samples.empty()) std::memcpy(samples.data(), bytes.data() + begin, 2 * samples.size());
  return samples;
}

// Numbers of a NumPy file of float32, behind its header.
std::vector<float> read_numbers(const std::string& path, size_t n) {
  const std::string bytes = content_of(path);
  if (bytes.size() < 4 * n) throw std::runtime_error(path + " has fewer numbers than there are features.");
  std::vector<float> numbers(n);
  std::memcpy(numbers.data(), bytes.data() + bytes.size() - 4 * n, 4 * n);
  return numbers;
}

std::vector<float> scaled(const std::vector<int16_t>& samples) {
  std::vector<float> result;
  for (const int16_t sample : samples) result.push_back(static_cast<float>(sample) / 32768.0f);
  return result;
}

std::vector<double> power_by_sums(const std::vector<double>& samples, size_t size) {
  std::vector<double> power;
  for (size_t k = 0; k <= size / 2; ++k) {
    double re = 0, im = 0;
    for (size_t i = 0; i < samples.size(); ++i) {
      const double angle = 2 * kPi * static_cast<double>(i * k % size) / static_cast<double>(size);
      re += samples[i] * std::cos(angle);
      im += samples[i] * std::sin(angle);
    }
    power.push_back(re * re + im * im);
  }
  return power;
}

std::vector<double> noise(size_t n, double scale) {
  std::mt19937 random(3);
  std::uniform_real_distribution<double> uniform(-scale, scale);
  std::vector<double> samples(n);
  for (double& sample : samples) sample = uniform(random);
  return samples;
}

// From the definition: each band is a triangle over the mel scale, 0 at its edges and 1 at its centre.
std::vector<double> mfcc_by_sums(const FeatureSpec& spec, const float* samples) {
  size_t size = 2;
  while (size < spec.window_samples) size *= 2;
  std::vector<double> windowed;
  for (size_t i = 0; i < spec.window_samples; ++i) {
    windowed.push_back(samples[i] * (0.5 - 0.5 * std::cos(2 * kPi * static_cast<double>(i) / spec.window_samples)));
  }
  const std::vector<double> power = power_by_sums(windowed, size);
  const auto mel_of = [](double hz) { return 1127 * std::log(1 + hz / 700); };
  const double low = mel_of(spec.lower_hz), spacing = (mel_of(spec.upper_hz) - low) / (spec.n_bands + 1);
  std::vector<double> features(spec.n_features);
  for (size_t band = 0; band < spec.n_bands; ++band) {
    double sum = 0;
    for (size_t bin = 0; bin < power.size(); ++bin) {
      const double hz = static_cast<double>(bin) * spec.rate_hz / static_cast<double>(size);
      // TensorFlow's bands begin with the bin after the one next to the lower limit.
      if (static_cast<double>(bin) < std::floor(1.5 + spec.lower_hz * static_cast<double>(size) / spec.rate_hz))
        continue;
      if (hz > spec.upper_hz) continue;
      const double place = (mel_of(hz) - low) / spacing - static_cast<double>(band) - 1;  // 0 at the centre
      sum += std::max(0.0, 1 - std::fabs(place)) * std::sqrt(power[bin]);
    }
    for (size_t k = 0; k < features.size(); ++k) {
      features[k] += std::sqrt(2.0 / spec.n_bands) * std::log(std::max(sum, 1e-12)) *
                     std::cos(kPi / spec.n_bands * (static_cast<double>(band) + 0.5) * static_cast<double>(k));
    }
  }
  return features;
}

// From the definition; `before`: the sample in front of the window.
std::vector<double> legacy_by_sums(const FeatureSpec& spec, double before, const std::vector<double>& samples) {
  std::vector<double> window;
  for (size_t i = 0; i < samples.size(); ++i) {
    const double taper =
        spec.hamming ? 0.54 - 0.46 * std::cos(2 * kPi * static_cast<double>(i) / (spec.window_samples - 1)) : 1;
    window.push_back((samples[i] - 0.97 * (i ? samples[i - 1] : before)) * taper);
  }
  std::vector<double> power = power_by_sums(window, 512), features(26);
  double energy = 0;
  for (double& value : power) energy += value /= 512;
  const auto edge = [&](size_t index) {
    const double mel = 2595 * std::log10(1 + spec.rate_hz / 2.0 / 700) * static_cast<double>(index) / 27;
    return std::floor(513 * 700 * (std::pow(10, mel / 2595) - 1) / spec.rate_hz);
  };
  for (size_t band = 0; band < 26; ++band) {
    const double low = edge(band), centre = edge(band + 1), high = edge(band + 2);
    double sum = 0;
    for (size_t bin = 0; bin < power.size(); ++bin) {
      const double rise = (static_cast<double>(bin) - low) / (centre - low);
      const double fall = (high - static_cast<double>(bin)) / (high - centre);
      sum += std::max(0.0, std::min(rise, fall)) * power[bin];
    }
    for (size_t k = 1; k < 26; ++k) {
      const double lifter = 1 + 11 * std::sin(kPi * static_cast<double>(k) / 22);
      features[k] += lifter * std::sqrt(2.0 / 26) * std::log(std::max(sum, 2.220446049250313e-16)) *
                     std::cos(kPi / 26 * (static_cast<double>(band) + 0.5) * static_cast<double>(k));
    }
  }
  features[0] = std::log(std::max(energy, 2.220446049250313e-16));
  return features;
}

FeatureSpec legacy_spec(FeatureSpec::Kind kind, uint32_t window_samples, bool hamming) {
  FeatureSpec spec;
  spec.kind = kind;
  spec.window_samples = window_samples;
  spec.hop_samples = hamming ? 320 : 160;
  spec.hamming = hamming;
  return spec;
}

void test_fft() {
  for (size_t size = 2; size <= 2048; size *= 2) {
    const std::vector<double> samples = noise(size, 1);
    const RealFft fft(size);
    std::vector<double> scratch(fft.scratch_size()), power(fft.n_bins());
    fft.power(samples.data(), scratch.data(), power.data());
    const std::vector<double> expected = power_by_sums(samples, size);
    CHECK(power.size() == expected.size());
    for (size_t k = 0; k < expected.size(); ++k) CHECK_NEAR(power[k], expected[k], 1e-9 * static_cast<double>(size));
  }
}

void check_mfcc(const FeatureSpec& spec, const std::vector<float>& samples) {
  const size_t n = 1 + (samples.size() - spec.window_samples) / spec.step_samples;
  std::vector<float> frames(n * spec.n_features);
  WindowFeatures::make(spec)->compute(samples.data(), n, frames.data());
  for (size_t frame = 0; frame < n; frame += 7) {
    const std::vector<double> expected = mfcc_by_sums(spec, samples.data() + frame * spec.step_samples);
    for (size_t k = 0; k < expected.size(); ++k) CHECK_NEAR(frames[frame * spec.n_features + k], expected[k], 2e-5);
  }
}

void test_mfcc_by_sums() {
  const std::vector<float> samples = scaled(read_clip("digits_h-6.wav"));
  check_mfcc(FeatureSpec{}, samples);
  FeatureSpec other;
  other.rate_hz = 44100;
  other.window_samples = 1411;  // no power of two
  other.step_samples = 882;
  other.upper_hz = 22050;
  other.n_features = 13;
  check_mfcc(other, samples);
  other = FeatureSpec{};
  other.lower_hz = 100;
  other.upper_hz = 4000;
  other.n_bands = 20;
  other.n_features = 20;
  check_mfcc(other, samples);
}

void test_mfcc_of_tensorflow() {
  FeatureSpec spec;
  spec.upper_hz = 4000;
  const std::vector<float> samples = scaled(read_clip("letters_k.wav"));
  const size_t n = 1 + (samples.size() - spec.window_samples) / spec.step_samples;
  std::vector<float> frames(n * spec.n_features);
  WindowFeatures::make(spec)->compute(samples.data(), n, frames.data());
  const std::vector<float> expected = read_numbers("golden/mel4000/letters_k.npy", frames.size());
  for (size_t i = 0; i < frames.size(); ++i) CHECK_NEAR(frames[i], expected[i], 2e-6);
}

void test_silence_and_missing_bands() {
  FeatureSpec spec;
  const std::vector<float> silence(spec.window_samples);
  std::vector<float> frame(spec.n_features);
  WindowFeatures::make(spec)->compute(silence.data(), 1, frame.data());
  CHECK_NEAR(frame[0], std::sqrt(2 * 40.0) * std::log(1e-12), 1e-4);
  CHECK_NEAR(frame[1], 0, 1e-4);

  spec.rate_hz =
      8000;  // its bins end at half the frequency where the bands end; TensorFlow then leaves all of them empty
  const std::vector<float> samples = scaled(read_clip("letters_k.wav"));
  WindowFeatures::make(spec)->compute(samples.data(), 1, frame.data());
  CHECK_NEAR(frame[0], std::sqrt(2 * 40.0) * std::log(1e-12), 1e-4);
}

void test_legacy_by_sums() {
  const std::vector<int16_t> clip = read_clip("digits_h-7.wav");
  for (const auto& [window, hamming] : {std::pair{400u, false}, std::pair{512u, true}}) {
    const FeatureSpec spec = legacy_spec(FeatureSpec::Kind::kLegacy, window, hamming);
    const std::vector<float> frames = deepspeech::legacy_features(spec, clip.data(), clip.size(), 9);
    const size_t n = frames.size() / 26 - 18;
    CHECK(n == 1 + (clip.size() - window + spec.hop_samples - 1) / spec.hop_samples * spec.hop_samples / 320);
    for (size_t i = 0; i < 9 * 26; ++i) CHECK(frames[i] == 0 && frames[frames.size() - 1 - i] == 0);
    for (size_t frame : {size_t{0}, size_t{1}, n / 2, n - 1}) {
      const auto begin = clip.begin() + static_cast<std::ptrdiff_t>(frame * 320);
      const size_t n_here = std::min<size_t>(window, clip.size() - frame * 320);
      const std::vector<double> samples(begin, begin + static_cast<std::ptrdiff_t>(n_here));
      const std::vector<double> expected = legacy_by_sums(spec, frame ? *(begin - 1) : 0, samples);
      for (size_t k = 0; k < 26; ++k) CHECK_NEAR(frames[(9 + frame) * 26 + k], expected[k], 2e-5);
    }
  }
}

void test_number_of_legacy_frames() {
  const std::vector<int16_t> samples(4000, 100);
  const std::pair<size_t, size_t> n_frames[] = {{1, 1},   {400, 1}, {401, 1}, {560, 1},
                                                {561, 2}, {720, 2}, {721, 2}, {881, 3}};
  for (const auto& [n_samples, expected] : n_frames) {
    const FeatureSpec spec = legacy_spec(FeatureSpec::Kind::kLegacy, 400, false);
    CHECK(deepspeech::legacy_features(spec, samples.data(), n_samples, 9).size() == (expected + 18) * 26);
  }
}

// Three frames as release 0.1.1 had them.
void test_whitened_features_of_release_011() {
  const std::pair<size_t, std::vector<double>> recorded[] = {
      {0,
       {0.9167148,   -2.4584754, 0.6732431,  0.6620917,  0.9310699,  0.8445184,  0.29651555,  0.00645558, -0.22878902,
        -0.01363899, -0.2940088, 0.45400026, 1.0933522,  0.5501302,  0.5273264,  -0.04832084, 0.28256992, -0.18882754,
        0.294354,    0.07525564, 0.00633637, 0.06707993, 0.15694726, 0.20414859, 0.2199919,   0.13809702}},
      {5,
       {1.8472291,  -2.0532868,  -0.5540983, 1.180243,   -2.0972252, -0.43094382, 0.08251473, -0.9386868,  0.488216,
        0.36868522, 0.8448114,   0.9503105,  0.61692345, 0.7856196,  0.676882,    -0.2695022, -0.30722827, -0.07905117,
        -0.1427385, -0.34728923, 0.12868582, 0.10975601, 0.22280475, 0.214523,    0.22173582, 0.4644479}},
      {12,
       {1.9137381,  0.41049454,  -1.2279171,  0.75631255, -2.2064018, -2.381161,  0.7067367,  1.3177568,   -1.0452092,
        0.56956995, -1.6101294,  -0.52323186, -1.4801651, -0.0328814, 0.5137641,  0.31739625, -0.29836154, 0.36088634,
        0.0258719,  -0.02436166, 0.43777335,  0.39187622, 0.25932398, 0.18792482, 0.08517833, 0.15835506}}};
  const std::vector<int16_t> clip = read_clip("letters_k.wav");
  FeatureSpec spec = legacy_spec(FeatureSpec::Kind::kLegacy, 400, false);
  spec.whitened = true;
  const std::vector<float> frames = deepspeech::legacy_features(spec, clip.data(), clip.size(), 9);
  CHECK(frames.size() == (36 + 18) * 26);
  if (frames.size() != (36 + 18) * 26) return;
  for (const auto& [frame, expected] : recorded) {
    for (size_t k = 0; k < 26; ++k) CHECK_NEAR(frames[(9 + frame) * 26 + k], expected[k], 2e-6);
  }
}

void test_whitened_windows_have_mean_0_and_deviation_1() {
  for (const size_t n_windows : {size_t{1}, size_t{3}, size_t{40}}) {
    const std::vector<double> drawn = noise((n_windows + 4) * 3, 5);
    std::vector<float> frames(drawn.begin(), drawn.end());
    for (float& value : frames) value += 2;
    deepspeech::whiten(frames.data(), n_windows, 2, 3);
    double sum = 0, squares = 0;
    for (size_t window = 0; window < n_windows; ++window) {
      for (size_t i = 0; i < 5 * 3; ++i) {
        sum += frames[window * 3 + i];
        squares += frames[window * 3 + i] * frames[window * 3 + i];
      }
    }
    const double n_values = static_cast<double>(n_windows * 15);
    CHECK_NEAR(sum / n_values, 0, 1e-6);
    CHECK_NEAR(squares / n_values, 1, 1e-6);
  }
}

void test_windows_alone() {
  const std::vector<int16_t> clip = read_clip("digits_day-2.wav");
  const std::vector<float> samples = scaled(clip);
  for (const auto& [window, hamming] : {std::pair{400u, false}, std::pair{512u, true}}) {
    const FeatureSpec spec = legacy_spec(FeatureSpec::Kind::kLegacyWindow, window, hamming);
    std::vector<float> frames(20 * 26);
    WindowFeatures::make(spec)->compute(samples.data(), 20, frames.data());
    for (size_t frame = 0; frame < 20; frame += 6) {
      const auto begin = clip.begin() + static_cast<std::ptrdiff_t>(frame * 320);
      const std::vector<double> expected = legacy_by_sums(spec, *begin, {begin, begin + window});
      for (size_t k = 0; k < 26; ++k) CHECK_NEAR(frames[frame * 26 + k], expected[k], 2e-5);
    }
  }
}

void test_matrices() {
  FeatureSpec spec;
  spec.kind = FeatureSpec::Kind::kMatrices;
  spec.window_samples = 21;  // no multiple of the rows that are taken together
  spec.step_samples = 5;
  spec.n_features = 2;
  spec.floor = 0.5f;
  const auto floats = [](const std::vector<double>& numbers) {
    return std::vector<float>(numbers.begin(), numbers.end());
  };
  spec.spectrum = floats(noise(21 * 6, 1));
  spec.bands = floats(noise(6 * 3, 1));
  spec.transform = floats(noise(3 * 2, 1));
  const std::vector<float> samples = floats(noise(21 + 3 * 5, 1));
  std::vector<float> frames(4 * 2);
  WindowFeatures::make(spec)->compute(samples.data(), 4, frames.data());
  for (size_t frame = 0; frame < 4; ++frame) {
    double energies[3] = {}, expected[2] = {};
    for (size_t k = 0; k < 6; ++k) {
      double wave = 0;
      for (size_t i = 0; i < 21; ++i) wave += double{samples[frame * 5 + i]} * spec.spectrum[i * 6 + k];
      for (size_t band = 0; band < 3; ++band) energies[band] += wave * wave * spec.bands[k * 3 + band];
    }
    for (size_t band = 0; band < 3; ++band) {
      for (size_t k = 0; k < 2; ++k)
        expected[k] += std::log(std::max(0.5, energies[band])) * spec.transform[band * 2 + k];
    }
    for (size_t k = 0; k < 2; ++k) CHECK_NEAR(frames[frame * 2 + k], expected[k], 1e-5);
  }
}

void test_threads_share_features() {
  const FeatureSpec spec;
  const std::vector<float> samples = scaled(read_clip("digits_day-2.wav"));
  const auto features = WindowFeatures::make(spec);
  std::vector<std::vector<float>> frames(4, std::vector<float>(30 * spec.n_features));
  std::vector<std::thread> threads;
  for (auto& own : frames) threads.emplace_back([&] { features->compute(samples.data(), 30, own.data()); });
  for (std::thread& thread : threads) thread.join();
  for (const auto& own : frames) CHECK(own == frames[0]);
}

void test_senseless_specs() {
  const auto refused = [](auto change) {
    FeatureSpec spec;
    change(spec);
    CHECK_THROWS(ModelError, WindowFeatures::make(spec));
  };
  using Kind = FeatureSpec::Kind;
  refused([](FeatureSpec& spec) { spec.window_samples = 0; });
  refused([](FeatureSpec& spec) { spec.window_samples = 1 << 30; });
  refused([](FeatureSpec& spec) { spec.step_samples = 0; });
  refused([](FeatureSpec& spec) { spec.rate_hz = 0; });
  refused([](FeatureSpec& spec) { spec.n_features = 41; });
  refused([](FeatureSpec& spec) { spec.n_features = spec.n_bands = 1 << 30; });
  refused([](FeatureSpec& spec) { spec.upper_hz = std::numeric_limits<double>::quiet_NaN(); });
  refused([](FeatureSpec& spec) { spec.lower_hz = -1; });
  refused([](FeatureSpec& spec) { spec.kind = Kind::kLegacy; });
  refused([](FeatureSpec& spec) { spec.kind = Kind::kLegacyWindow, spec.window_samples = 513; });
  refused([](FeatureSpec& spec) { spec.kind = Kind::kLegacyWindow, spec.n_features = 27; });
  refused([](FeatureSpec& spec) { spec.kind = Kind::kMatrices; });
  refused([](FeatureSpec& spec) {
    spec.kind = Kind::kMatrices, spec.spectrum.resize(512 * 6), spec.bands.resize(17), spec.transform.resize(3 * 26);
  });
  FeatureSpec endless;
  endless.upper_hz = std::numeric_limits<double>::infinity();  // as TensorFlow: no band has a bin
  std::vector<float> frame(26);
  WindowFeatures::make(endless)->compute(std::vector<float>(512).data(), 1, frame.data());
  CHECK(std::isfinite(frame[0]));
}

}  // namespace

int main() try {
  test_fft();
  test_mfcc_by_sums();
  test_mfcc_of_tensorflow();
  test_silence_and_missing_bands();
  test_legacy_by_sums();
  test_number_of_legacy_frames();
  test_whitened_features_of_release_011();
  test_whitened_windows_have_mean_0_and_deviation_1();
  test_windows_alone();
  test_matrices();
  test_threads_share_features();
  test_senseless_specs();
  return check::result();
} catch (const std::exception& error) {
  std::fprintf(stderr, "%s\n", error.what());
  return 1;
}
