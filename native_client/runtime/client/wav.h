// WAV files of plain samples (8, 16, 24 and 32 bits, float and double), from files and pipes alike.
//
// A file is walked from its beginning to its end and nothing is gone back to, so that sound can be used while it is
// still being recorded. Sizes in it are statements: what is there decides. Source: RIFF/WAVE as in Microsoft's
// "Multiple channel audio data and WAVE files" (format tags, extensible format); RF64 as in EBU Tech 3306.
#pragma once

#include <array>
#include <cstdint>
#include <istream>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "sound_reader.h"

namespace deepspeech::client {

// The fields of a `fmt ` chunk that matter.
struct WavFormat {
  uint16_t tag = 0;  // the true one of an extensible format
  uint16_t n_channels = 0;
  uint32_t rate_hz = 0;
  uint16_t width = 0;  // bytes of a sample

  size_t frame_bytes() const { return size_t{width} * n_channels; }
  bool is_known() const;  // whether WavReader can read it
};

class WavReader : public SoundReader {
 public:
  // Returns nothing if this is no WAV file of plain samples, or a damaged one; some bytes of `stream` have been read
  // then. `stream` has to live as long as the reader; `name`: of the file, in messages; `length`: of it in bytes, if it
  // has one.
  static std::unique_ptr<WavReader> open(std::istream& stream, const std::string& name, std::optional<uint64_t> length);

  uint32_t rate_hz() const override { return format_.rate_hz; }
  uint32_t n_channels() const override { return format_.n_channels; }
  size_t read(float* frames, size_t n_frames) override;
  void check_whole() const override;

 private:
  static constexpr uint64_t kEndless = ~uint64_t{0};

  WavReader(std::istream& stream, const std::string& name, std::optional<uint64_t> length)
      : stream_(stream), name_(name), length_(length) {}

  bool read_head();
  bool find_sound();
  void read_format(uint64_t n_bytes);
  void read_long_sizes(uint64_t n_bytes);
  void begin_part(uint64_t stated);
  bool is_filled_in(uint64_t stated);
  void end_chunk();
  size_t read_part(size_t n_bytes);

  size_t read_bytes(void* bytes, size_t n_bytes);
  bool peek_name();
  void skip(uint64_t n_bytes);

  std::istream& stream_;
  const std::string name_;
  const std::optional<uint64_t> length_;
  WavFormat format_;
  bool has_format_ = false;
  uint32_t riff_bytes_ = 0;
  uint64_t long_bytes_ = 0;  // of the sound, as RF64 states them; 0: it does not
  uint64_t position_ = 0;
  std::string ahead_;  // read from the stream and put back
  unsigned n_chunks_ = 0;

  uint64_t left_ = 0;  // bytes of the chunk that are not read
  bool is_odd_ = false, is_in_chunk_ = false, ends_ = false;
  std::optional<uint64_t> stated_ = 0;  // bytes of sound by the header so far; none: a recorder could not fill them in
  uint64_t n_read_ = 0;                 // of them
  std::vector<unsigned char> buffer_;
};

}  // namespace deepspeech::client
