// Sound of a file, read from its beginning to its end.
#pragma once

#include <cstddef>
#include <cstdint>

namespace deepspeech::client {

class SoundReader {
 public:
  virtual ~SoundReader() = default;
  SoundReader() = default;
  SoundReader(const SoundReader&) = delete;
  SoundReader& operator=(const SoundReader&) = delete;

  virtual uint32_t rate_hz() const = 0;
  virtual uint32_t n_channels() const = 0;  // at least 1

  // Reads up to `n_frames` frames, one sample of every channel each, full scale 1; returns how many there were, 0 at
  // the end. frames: [n_frames, n_channels]. Throws AudioError.
  virtual size_t read(float* frames, size_t n_frames) = 0;

  // After the last frame: throws AudioError if the file states that there is more.
  virtual void check_whole() const = 0;
};

}  // namespace deepspeech::client
