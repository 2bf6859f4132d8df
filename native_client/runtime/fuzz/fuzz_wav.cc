// Reads damaged WAV files as the program does. Built with a sanitizer, it finds whatever reads outside or overflows.
//
//   fuzz_wav [SECONDS [SEED]]              damages files that it makes itself; prints what it has done
//
// libfuzzer_wav (clang, -DNATIVE_LIBFUZZER=ON) is the entry of libFuzzer: -DDEEPSPEECH_LIBFUZZER leaves its function only.
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <optional>
#include <sstream>
#include <string>
#include <vector>

#include "errors.h"
#include "wav.h"

namespace {

using deepspeech::client::AudioError;
using deepspeech::client::WavReader;

struct Outcome {
  bool is_known = false, is_whole = false;
  size_t n_frames = 0;
};

Outcome read(const std::string& bytes, bool has_length) {
  std::istringstream stream(bytes);
  Outcome outcome;
  const auto reader =
      WavReader::open(stream, "a.wav", has_length ? std::optional<uint64_t>(bytes.size()) : std::nullopt);
  if (!reader) return outcome;
  outcome.is_known = true;
  constexpr size_t kFrames = 64;
  std::vector<float> frames(kFrames * reader->n_channels());
  while (const size_t n = reader->read(frames.data(), kFrames)) outcome.n_frames += n;
  // There are no more frames than bytes.
  if (outcome.n_frames * reader->n_channels() > bytes.size()) std::abort();
  try {
    reader->check_whole();
    outcome.is_whole = true;
  } catch (const AudioError&) {
  }
  return outcome;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string bytes(reinterpret_cast<const char*>(data), size);
  read(bytes, true);
  read(bytes, false);
  return 0;
}

#ifndef DEEPSPEECH_LIBFUZZER

#include "../../ctcdecode/fuzz/mutator.h"
#include "../client/tests/wav_files.h"

namespace {

std::vector<ctcdecode::SeedFile> seeds() {
  using namespace wav_files;
  const std::string sound(600, '\x20');
  std::vector<std::string> files = {
      wav(format(1, 1, 16000, 16) + chunk("data", sound)),
      wav(format(1, 2, 44100, 24) + chunk("LIST", "odd") + '\0' + chunk("data", sound)),
      wav(format(3, 1, 48000, 32) + chunk("data", sound) + chunk("LIST", "even") + chunk("data", sound)),
      wav(format(1, 1, 8000, 8) + chunk("data", sound, 0xFFFFFFFF), 0xFFFFFFFF)};
  files.push_back(wav(chunk("ds64", bytes_of<uint64_t>(0) + bytes_of<uint64_t>(sound.size()) + bytes_of<uint64_t>(0)) +
                          format(3, 3, 16000, 64) + chunk("data", sound, 0xFFFFFFFF),
                      0xFFFFFFFF));
  files.back().replace(0, 4, "RF64");
  std::vector<ctcdecode::SeedFile> result;
  for (const std::string& file : files) result.push_back({file, {4, 12, 20, 36, 44}, false});
  return result;
}

}  // namespace

int main(int argc, char** argv) {
  const double seconds = argc > 1 ? std::atof(argv[1]) : 10;
  const uint64_t seed = argc > 2 ? std::strtoull(argv[2], nullptr, 10) : 1;
  const std::vector<ctcdecode::SeedFile> files = seeds();
  ctcdecode::Mutator mutator(files, seed);
  const auto begin = std::chrono::steady_clock::now();
  size_t n_files = 0, n_known = 0, n_whole = 0;
  while (std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count() < seconds) {
    const std::string bytes = mutator.mutate();
    const Outcome outcome = read(bytes, n_files++ % 2 == 0);
    n_known += outcome.is_known;
    n_whole += outcome.is_whole;
  }
  std::printf("%zu damaged files: %zu are read as WAV, of these %zu without a complaint\n", n_files, n_known, n_whole);
  return 0;
}

#endif
