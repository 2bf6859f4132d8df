#include "audio.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <iostream>

#include "errors.h"
#include "sound_library.h"
#include "wav.h"

namespace deepspeech::client {
namespace {

constexpr uint32_t kLeastHz = 1000, kMostHz = 768000;  // anything else is a damaged header
constexpr size_t kReadSamples = size_t{1} << 16;       // read at once, all channels together
constexpr float kFullScale = 32768;                    // 16-bit samples of 1.0; models divide by the same number
constexpr float kLoudest = 16;  // in files of floats; louder ones were not written with 1.0 as full scale

int16_t rounded(float sample) {
  const float scaled = std::nearbyint(std::clamp(sample, -1.0f, 1.0f) * kFullScale);
  return static_cast<int16_t>(std::min(scaled, kFullScale - 1));
}

// The length of a file in bytes; none of a pipe. Throws AudioError for what is no file.
std::optional<uint64_t> checked_length(const std::string& path) {
  struct stat state;
  if (stat(path.c_str(), &state) != 0) throw AudioError(path + ": cannot be opened (" + std::strerror(errno) + ").");
  if (S_ISDIR(state.st_mode)) throw AudioError(path + ": this is a directory; name the audio files in it.");
  if (!S_ISREG(state.st_mode)) return std::nullopt;
  if (state.st_size == 0) throw AudioError(path + ": it is empty; record or get it again, or leave it out.");
  return static_cast<uint64_t>(state.st_size);
}

}  // namespace

AudioFile::AudioFile(const std::string& path, uint32_t rate_hz)
    : name_(path == "-" ? "standard input" : path), rate_hz_(rate_hz) {
  open(path);
  const uint32_t own_hz = reader_->rate_hz();
  if (own_hz < kLeastHz || own_hz > kMostHz) {
    throw AudioError(name_ + ": " + std::to_string(own_hz) + " Hz, expected " + std::to_string(kLeastHz) + " to " +
                     std::to_string(kMostHz) + "; its header is damaged, get the file again.");
  }
  if (own_hz != rate_hz) resampler_.emplace(own_hz, rate_hz);
}

void AudioFile::open(const std::string& path) {
  if (path == "-") {
    if (isatty(STDIN_FILENO)) {
      throw AudioError("standard input: nothing is piped into it; try for instance arecord ... | deepspeech ...");
    }
    reader_ = WavReader::open(std::cin, name_, std::nullopt);
    if (!reader_) throw AudioError(name_ + ": it is not WAV of plain samples; write it to a file and name that.");
    return;
  }
  const std::optional<uint64_t> length = checked_length(path);
  file_.open(path, std::ios::binary);
  if (!file_) throw AudioError(path + ": cannot be opened (" + std::strerror(errno) + ").");
  reader_ = WavReader::open(file_, name_, length);
  if (reader_) return;
  if (!length) throw AudioError(path + ": this pipe is not WAV of plain samples; write it to a file and name that.");
  file_.close();
  reader_ = open_with_library(path);
}

bool AudioFile::read(std::vector<int16_t>& samples, size_t n_samples) {
  while (ready_.size() - n_taken_ < n_samples && !ends_) {
    try {
      read_more(n_samples - (ready_.size() - n_taken_));
    } catch (const AudioError&) {
      damage_ = std::current_exception();  // for when what came before it has been handed out
      ends_ = true;
    }
  }
  const size_t n = std::min(n_samples, ready_.size() - n_taken_);
  samples.resize(n);
  std::transform(ready_.begin() + static_cast<std::ptrdiff_t>(n_taken_),
                 ready_.begin() + static_cast<std::ptrdiff_t>(n_taken_ + n), samples.begin(), rounded);
  n_taken_ += n;
  if (n > 0) return has_sound_ = true;
  if (damage_) std::rethrow_exception(damage_);
  reader_->check_whole();
  if (!has_sound_) throw AudioError(name_ + ": there is no sound in it; record or get it again, or leave it out.");
  return false;
}

// Reads about as much as makes `n_samples` samples: whoever is being listened to is heard without delay.
void AudioFile::read_more(size_t n_samples) {
  ready_.erase(ready_.begin(), ready_.begin() + static_cast<std::ptrdiff_t>(n_taken_));
  n_taken_ = 0;
  const double n_needed = std::ceil(static_cast<double>(n_samples) * rate_hz() / rate_hz_);
  const size_t n_most = std::max<size_t>(1, kReadSamples / n_channels());
  const size_t n_wanted = static_cast<size_t>(std::min(n_needed, static_cast<double>(n_most)));
  frames_.resize(n_wanted * n_channels());
  const size_t n_frames = reader_->read(frames_.data(), n_wanted);
  if (n_frames == 0) {
    ends_ = true;
    if (resampler_) resampler_->finish(ready_);
    return;
  }
  check(frames_.data(), n_frames * n_channels());
  n_frames_ += n_frames;
  add_mono(n_frames);
}

void AudioFile::add_mono(size_t n_frames) {
  mono_.resize(n_frames);
  const size_t n = n_channels();
  for (size_t i = 0; i < n_frames; ++i) {
    float sum = 0;
    for (size_t channel = 0; channel < n; ++channel) sum += frames_[i * n + channel];
    mono_[i] = std::clamp(sum / static_cast<float>(n), -1.0f, 1.0f);
  }
  if (resampler_) {
    resampler_->add(mono_.data(), n_frames, ready_);
  } else {
    ready_.insert(ready_.end(), mono_.begin(), mono_.end());
  }
}

// Throws AudioError if a sample is not a number or absurdly loud.
void AudioFile::check(const float* frames, size_t n_values) const {
  const auto is_sound = [](float sample) { return std::fabs(sample) <= kLoudest; };
  const float* const bad = std::find_if_not(frames, frames + n_values, is_sound);
  if (bad == frames + n_values) return;
  const uint64_t frame = n_frames_ + static_cast<uint64_t>(bad - frames) / n_channels();
  char what[96];
  std::snprintf(what, sizeof(what), ": the sample at %.3f s is %s%g", static_cast<double>(frame) / rate_hz(),
                std::isfinite(*bad) ? "" : "no number: ", static_cast<double>(*bad));
  throw AudioError(name_ + what +
                   (std::isfinite(*bad) ? ", and 1 is full scale in a file of floats; divide the samples by "
                                          "their full scale and write it anew."
                                        : "; write the file anew."));
}

}  // namespace deepspeech::client
