// Audio files as models need them: 16 bits, mono, at the model's sample rate.
//
//   AudioFile audio("speech.wav", 16000);
//   while (audio.read(samples, 64000)) { ... }        // AudioError where it is damaged
#pragma once

#include <cstdint>
#include <exception>
#include <fstream>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "resampler.h"
#include "sound_reader.h"

namespace deepspeech::client {

class AudioFile {
 public:
  // `path`: "-" is standard input, of which WAV alone is taken. Throws AudioError.
  AudioFile(const std::string& path, uint32_t rate_hz);

  const std::string& name() const { return name_; }
  uint32_t rate_hz() const { return reader_->rate_hz(); }  // of the file
  uint32_t n_channels() const { return reader_->n_channels(); }

  // Makes `samples` the next `n_samples` samples, or the last ones, which are fewer; false at the end, where there are
  // none. Channels are averaged. 16-bit mono at the model's rate stays what it is. Throws AudioError; what came before
  // is sound.
  bool read(std::vector<int16_t>& samples, size_t n_samples);

 private:
  void open(const std::string& path);
  void read_more(size_t n_samples);
  void add_mono(size_t n_frames);
  void check(const float* frames, size_t n_values) const;

  const std::string name_;
  const uint32_t rate_hz_;  // of the model
  std::ifstream file_;
  std::unique_ptr<SoundReader> reader_;
  std::optional<Resampler> resampler_;
  std::vector<float> frames_, mono_, ready_;  // as they are in the file, mono, and at the model's rate
  size_t n_taken_ = 0;                        // of `ready_`
  uint64_t n_frames_ = 0;                     // read so far
  bool has_sound_ = false, ends_ = false;
  std::exception_ptr damage_;
};

}  // namespace deepspeech::client
