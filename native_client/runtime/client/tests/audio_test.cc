// Files as models need them: mono, at another rate, and up to where they are damaged.
#include "audio.h"

#include <unistd.h>

#include <cmath>
#include <cstdio>
#include <cstdlib>

#include "check.h"
#include "errors.h"
#include "wav_files.h"

namespace {

using deepspeech::client::AudioError;
using deepspeech::client::AudioFile;
using wav_files::chunk;
using wav_files::format;
using wav_files::samples_of;
using wav_files::wav;

// A file that is gone with it.
class MadeFile {
 public:
  explicit MadeFile(const std::string& bytes) {
    close(mkstemp(path_.data()));
    std::ofstream(path_, std::ios::binary) << bytes;
  }
  ~MadeFile() { std::remove(path_.c_str()); }
  const std::string& path() const { return path_; }

 private:
  std::string path_ = "/tmp/audio_test_XXXXXX";
};

struct Heard {
  std::vector<int16_t> samples;
  std::string complaint;
};

Heard read(const std::string& bytes, uint32_t rate_hz = 16000, size_t n_block = 3) {
  const MadeFile file(bytes);
  Heard heard;
  try {
    AudioFile audio(file.path(), rate_hz);
    std::vector<int16_t> block;
    while (audio.read(block, n_block)) {
      CHECK(!block.empty() && block.size() <= n_block);
      heard.samples.insert(heard.samples.end(), block.begin(), block.end());
    }
  } catch (const AudioError& error) {
    heard.complaint = error.what();
    CHECK(heard.complaint.find(file.path()) == 0);
    heard.complaint.erase(0, file.path().size());
  }
  return heard;
}

void test_16_bits_stay_what_they_are() {
  std::string bytes;
  std::vector<int16_t> samples;
  for (int value = -32768; value < 32768; value += 37) {
    samples.push_back(static_cast<int16_t>(value));
    bytes += wav_files::bytes_of(samples.back());
  }
  samples.push_back(32767);
  bytes += wav_files::bytes_of(samples.back());
  CHECK(read(wav(format(1, 1, 16000, 16) + chunk("data", bytes))).samples == samples);
}

void test_channels_are_averaged() {
  const std::string frames = samples_of<int16_t>({100, 300, -32768, -32768, 7, -7, 2, 3, 3, 4});
  const Heard heard = read(wav(format(1, 2, 16000, 16) + chunk("data", frames)));
  CHECK((heard.samples == std::vector<int16_t>{200, -32768, 0, 2, 4}));  // halves go to the even number
}

void test_loud_floats_are_clipped() {
  const Heard heard = read(wav(format(3, 1, 16000, 32) + chunk("data", samples_of<float>({2, -2, 0.5f}))));
  CHECK((heard.samples == std::vector<int16_t>{32767, -32768, 16384}));
}

void test_damage_costs_what_comes_after_it_only() {
  std::string floats;
  for (int i = 0; i < 200000; ++i) floats += wav_files::bytes_of(i == 150000 ? std::nanf("") : 0.5f);
  Heard heard = read(wav(format(3, 1, 16000, 32) + chunk("data", floats)), 16000, 64000);
  CHECK(heard.complaint == ": the sample at 9.375 s is no number: nan; write the file anew.");
  CHECK(heard.samples.size() >= 64000 && heard.samples.size() <= 150000);
  heard = read(wav(format(1, 1, 16000, 16) + chunk("data", std::string(2000, 'a'), 32000)));
  CHECK(heard.samples.size() == 1000);
  CHECK(heard.complaint.find(": ends after 0.06 of 1.00 s; ") == 0);
}

void test_senseless_files() {
  CHECK(read("").complaint.find(": it is empty; ") == 0);
  CHECK(read(wav(format(1, 1, 16000, 16) + chunk("data", "") + chunk("LIST", "even")))
            .complaint.find(": there is no sound in it; ") == 0);
  CHECK(
      read(wav(format(1, 1, 999, 16) + chunk("data", "abcd"))).complaint.find(": 999 Hz, expected 1000 to 768000; ") ==
      0);
  CHECK(read(wav(format(3, 1, 16000, 32) + chunk("data", samples_of<float>({17}))))
            .complaint.find(": the sample at 0.000 s is 17, and 1 is full scale in a file of floats; ") == 0);
  CHECK(!read("no sound at all").complaint.empty());
  CHECK_THROWS(AudioError, AudioFile("/tmp", 16000));
  CHECK_THROWS(AudioError, AudioFile("/tmp/there is no such file", 16000));
}

// The sound of a tone at 8 kHz, 44.1 kHz and 48 kHz, with two channels, is that of the tone at 16 kHz.
void test_other_rates() {
  constexpr double kTurn = 2 * 3.14159265358979323846 * 700;
  for (const uint32_t rate_hz : {8000u, 44100u, 48000u}) {
    std::string frames;
    for (uint32_t i = 0; i < rate_hz; ++i) {
      const auto sample = static_cast<int16_t>(std::lround(20000 * std::sin(kTurn * i / rate_hz)));
      frames += wav_files::bytes_of(sample) + wav_files::bytes_of(sample);
    }
    const Heard heard = read(wav(format(1, 2, rate_hz, 16) + chunk("data", frames)), 16000, 5000);
    CHECK(heard.samples.size() == 16000);
    for (size_t i = 200; i + 200 < heard.samples.size(); ++i) {
      CHECK_NEAR(heard.samples[i], 20000 * std::sin(kTurn * static_cast<double>(i) / 16000), 2);
    }
  }
}

}  // namespace

int main() {
  test_16_bits_stay_what_they_are();
  test_channels_are_averaged();
  test_loud_floats_are_clipped();
  test_damage_costs_what_comes_after_it_only();
  test_senseless_files();
  test_other_rates();
  return check::result();
}
