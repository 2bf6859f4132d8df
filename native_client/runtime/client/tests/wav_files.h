// WAV files made for tests.
#pragma once

#include <cstdint>
#include <cstring>
#include <string>

namespace wav_files {

template <typename Number>
std::string bytes_of(Number number) {
  std::string bytes(sizeof(number), '\0');
  std::memcpy(bytes.data(), &number, sizeof(number));
  return bytes;
}

inline std::string chunk(const std::string& name, const std::string& content, int64_t stated = -1) {
  return name + bytes_of(static_cast<uint32_t>(stated < 0 ? content.size() : stated)) + content;
}

inline std::string format(uint16_t tag, uint16_t n_channels, uint32_t rate_hz, uint16_t bits) {
  const uint16_t frame_bytes = static_cast<uint16_t>(n_channels * ((bits + 7) / 8));
  return chunk("fmt ", bytes_of(tag) + bytes_of(n_channels) + bytes_of(rate_hz) + bytes_of(rate_hz * frame_bytes) +
                           bytes_of(frame_bytes) + bytes_of(bits));
}

inline std::string wav(const std::string& chunks, int64_t riff_bytes = -1) {
  return "RIFF" + bytes_of(static_cast<uint32_t>(riff_bytes < 0 ? 4 + chunks.size() : riff_bytes)) + "WAVE" + chunks;
}

template <typename Number>
std::string samples_of(std::initializer_list<Number> numbers) {
  std::string bytes;
  for (const Number number : numbers) bytes += bytes_of(number);
  return bytes;
}

}  // namespace wav_files
