// Sound at another sample rate: convolved with a low-pass of windowed sinc (Kaiser), which is stored for every phase
// that an output sample can have between input samples. Source: Smith, Digital Audio Resampling; Kaiser 1974.
//
//   Resampler resampler(44100, 16000);
//   resampler.add(samples, n, out);     // any number of times; appends to `out`
//   resampler.finish(out);
//
// There is no delay: output sample j lies where input sample j * from / to does. What is before and behind the sound is
// zero. Frequencies up to 0.9 of the lower rate's half pass, those from its half on are 100 dB down.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace deepspeech::client {

class Resampler {
 public:
  // Rates of at least 1 Hz.
  Resampler(uint32_t from_hz, uint32_t to_hz);

  void add(const float* samples, size_t n, std::vector<float>& out);
  void finish(std::vector<float>& out);  // the rest; nothing can be added afterwards

 private:
  void make_phases(double scale);
  void produce(uint64_t end, std::vector<float>& out);
  float sample_at(const float* window) const;

  uint64_t up_, down_;          // output sample j lies at j * down_ / up_ input samples
  size_t half_;                 // input samples on each side of an output sample that count
  size_t n_phases_;             // up_, or fewer, between which is interpolated
  std::vector<float> taps_;     // [n_phases_ + 1, 2 * half_]
  std::vector<float> waiting_;  // input from half_ - 1 samples before the one at or before the next output sample
  uint64_t phase_ = 0;          // of that output sample, in 1 / up_ input samples
  uint64_t n_in_ = 0, n_out_ = 0;
};

}  // namespace deepspeech::client
