// WAV files of all kinds, whole and damaged.
#include "wav.h"

#include <sstream>

#include "check.h"
#include "errors.h"
#include "wav_files.h"

namespace {

using deepspeech::client::AudioError;
using deepspeech::client::WavReader;
using wav_files::bytes_of;
using wav_files::chunk;
using wav_files::format;
using wav_files::samples_of;
using wav_files::wav;

struct Sound {
  bool is_known = false;
  uint32_t rate_hz = 0, n_channels = 0;
  std::vector<float> samples;
  std::string complaint;  // of check_whole
};

Sound read(const std::string& bytes, bool has_length = true, size_t n_at_once = 2) {
  std::istringstream stream(bytes);
  const auto reader =
      WavReader::open(stream, "a.wav", has_length ? std::optional<uint64_t>(bytes.size()) : std::nullopt);
  Sound sound;
  if (!reader) return sound;
  sound.is_known = true;
  sound.rate_hz = reader->rate_hz();
  sound.n_channels = reader->n_channels();
  std::vector<float> frames(n_at_once * sound.n_channels);
  while (const size_t n = reader->read(frames.data(), n_at_once)) {
    sound.samples.insert(sound.samples.end(), frames.begin(),
                         frames.begin() + static_cast<std::ptrdiff_t>(n * sound.n_channels));
  }
  CHECK(reader->read(frames.data(), n_at_once) == 0);
  try {
    reader->check_whole();
  } catch (const AudioError& error) {
    sound.complaint = error.what();
  }
  return sound;
}

void check_samples(const std::string& bytes, const std::vector<float>& expected) {
  for (const bool has_length : {true, false}) {
    const Sound sound = read(bytes, has_length);
    CHECK(sound.is_known);
    CHECK(sound.samples == expected);
    CHECK(sound.complaint.empty());
  }
}

const std::string kPcm16 = format(1, 1, 16000, 16);
const std::string kData = samples_of<int16_t>({0, 16384, -32768, 32767, 1});
const std::vector<float> kSamples = {0, 0.5f, -1, 32767 / 32768.0f, 1 / 32768.0f};

void test_kinds_of_samples() {
  check_samples(wav(kPcm16 + chunk("data", kData)), kSamples);
  check_samples(wav(format(1, 1, 8000, 8) + chunk("data", samples_of<uint8_t>({128, 192, 0}))), {0, 0.5f, -1});
  const std::string three_bytes("\0\0\x40\0\0\x80\xFF\xFF\xFF", 9);
  check_samples(wav(format(1, 1, 48000, 24) + chunk("data", three_bytes)), {0.5f, -1, -1 / 8388608.0f});
  check_samples(wav(format(1, 1, 16000, 32) + chunk("data", samples_of<int32_t>({1 << 30, INT32_MIN}))), {0.5f, -1});
  check_samples(wav(format(3, 1, 16000, 32) + chunk("data", samples_of<float>({0.25f, -1.5f}))), {0.25f, -1.5f});
  check_samples(wav(format(3, 1, 16000, 64) + chunk("data", samples_of<double>({0.25, -2}))), {0.25f, -2});
}

void test_channels_and_rate() {
  const Sound sound = read(wav(format(1, 2, 44100, 16) + chunk("data", samples_of<int16_t>({1, 2, 3, 4, 5, 6, 7}))));
  CHECK(sound.rate_hz == 44100 && sound.n_channels == 2);
  CHECK(sound.samples.size() == 6);  // the last frame is incomplete
}

void test_extensible_format() {
  const auto extensible = [](uint16_t tag, uint16_t bits) {
    const uint16_t width = static_cast<uint16_t>(bits / 8);
    return chunk("fmt ", bytes_of<uint16_t>(0xFFFE) + bytes_of<uint16_t>(1) + bytes_of<uint32_t>(16000) +
                             bytes_of<uint32_t>(16000u * width) + bytes_of(width) + bytes_of(bits) +
                             bytes_of<uint16_t>(22) + bytes_of(bits) + bytes_of<uint32_t>(4) + bytes_of(tag) +
                             std::string(14, 'x'));
  };
  check_samples(wav(extensible(1, 16) + chunk("data", kData)), kSamples);
  check_samples(wav(extensible(3, 32) + chunk("data", samples_of<float>({0.75f}))), {0.75f});
}

void test_chunks_around_the_sound() {
  const std::string other = chunk("LIST", "odd") + std::string(1, '\0');  // of odd size, with the byte that fills it up
  check_samples(wav(other + kPcm16 + other + chunk("data", kData) + other), kSamples);
  check_samples(wav(chunk("LIST", "odd") + kPcm16 + chunk("data", kData)), kSamples);  // without that byte
}

void test_several_parts() {
  const std::string first = samples_of<int16_t>({0, 16384}), second = samples_of<int16_t>({-32768, 32767, 1});
  check_samples(wav(kPcm16 + chunk("data", first) + chunk("LIST", "even") + chunk("data", second)), kSamples);
  check_samples(wav(kPcm16 + chunk("data", "") + chunk("LIST", "even") + chunk("data", kData)), kSamples);
}

void test_sizes_that_were_never_filled_in() {
  for (const int64_t stated : {int64_t{0}, int64_t{0xFFFFFFFF}, int64_t{0x80000000}, int64_t{0x7FFFF000}}) {
    check_samples(wav(kPcm16 + chunk("data", kData, stated), stated), kSamples);
  }
  CHECK(read(wav(kPcm16 + chunk("data", ""))).samples.empty());
}

void test_long_sizes() {
  const auto rf64 = [](uint64_t n_bytes) {
    std::string bytes = wav(chunk("ds64", bytes_of<uint64_t>(0) + bytes_of(n_bytes) + bytes_of<uint64_t>(0)) + kPcm16 +
                                chunk("data", kData, 0xFFFFFFFF) + chunk("LIST", "more"),
                            0xFFFFFFFF);
    return bytes.replace(0, 4, "RF64");
  };
  check_samples(rf64(kData.size()), kSamples);
  CHECK(read(rf64(uint64_t{1} << 62)).samples.size() == kSamples.size() + 6);  // up to the end, the last chunk, too
}

void test_files_that_are_cut_short() {
  std::string bytes = wav(kPcm16 + chunk("data", std::string(32000, 'a')));
  bytes.resize(bytes.size() - 200);
  const Sound sound = read(bytes);
  CHECK(sound.samples.size() == 15900);
  CHECK(sound.complaint.find("a.wav: ends after 0.99 of 1.00 s; the file is cut short") == 0);
  bytes = wav(kPcm16 + chunk("data", std::string(32000, 'a'), 32044));  // a header counted as sound is no loss
  CHECK(read(bytes).complaint.empty());
}

void test_what_is_no_wav_file() {
  for (const std::string& bytes :
       {std::string(), std::string("RIFF"), std::string(100, 'x'), wav(""), wav(kPcm16), wav(chunk("data", kData)),
        wav(chunk("fmt ", "short") + chunk("data", kData)), wav(format(1, 0, 16000, 16) + chunk("data", kData)),
        wav(format(1, 1, 0, 16) + chunk("data", kData)), wav(format(7, 1, 8000, 8) + chunk("data", kData)),
        wav(format(1, 1, 16000, 64) + chunk("data", kData)), wav(format(3, 1, 16000, 16) + chunk("data", kData)),
        wav(format(1, 1, 16000, 0) + chunk("data", kData))}) {
    CHECK(!read(bytes).is_known);
  }
  std::string many;
  for (int i = 0; i < 2000; ++i) many += chunk("JUNK", "");
  CHECK(!read(wav(many + kPcm16 + chunk("data", kData))).is_known);
}

void test_many_channels() {
  const std::string bytes = wav(format(1, 65535, 16000, 8) + chunk("data", std::string(3 * 65535, '\x80')));
  CHECK(read(bytes).samples == std::vector<float>(3 * 65535));
}

}  // namespace

int main() {
  test_kinds_of_samples();
  test_channels_and_rate();
  test_extensible_format();
  test_chunks_around_the_sound();
  test_several_parts();
  test_sizes_that_were_never_filled_in();
  test_long_sizes();
  test_files_that_are_cut_short();
  test_what_is_no_wav_file();
  test_many_channels();
  return check::result();
}
