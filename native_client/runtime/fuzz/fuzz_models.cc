// Opens damaged models, and runs those that open. Build with AddressSanitizer and UBSan (-DNATIVE_SANITIZE=address).
//
//   fuzz_models CASES SEED MODEL... [--case N] [--save PATH]
//   fuzz_models MODEL                                          one file as it is, in all ways
//
// A case is damaged by SEED and its number alone: --case N runs that one only, and --save keeps its file. Of three models
// one runs in plain C++ with float32, two in the processor's best kernels with bf16 and int8. Fails if a case does
// anything but run or throw ModelError. With libFuzzer, compile with -DMODELS_BY_LIBFUZZER: the function of that name is
// here.
#include <signal.h>
#include <unistd.h>

#include <chrono>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iostream>
#include <iterator>
#include <map>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "features/window_features.h"
#include "model/model_error.h"
#include "model/model_file.h"
#include "mutator.h"
#include "network/network.h"

namespace deepspeech {
namespace {

constexpr size_t kWindows = 2;  // that a model that opens hears

// Numbers like those of speech.
std::vector<float> noise(size_t n) {
  std::vector<float> numbers(n);
  uint32_t state = 1;
  for (float& number : numbers) {
    state = state * 1664525u + 1013904223u;
    number = static_cast<float>(state >> 8) / static_cast<float>(1 << 24) - 0.5f;
  }
  return numbers;
}

// How a model is run: numbers of its weights, and kernels.
struct Way {
  WeightFormat format;
  const Kernels& kernels;
};

constexpr size_t kWays = 3;

Way way_of(size_t number) {
  const Kernels &plain = *Kernels::available().front(), &best = Kernels::best();
  const Way ways[kWays] = {
      {WeightFormat::kFloat32, plain}, {WeightFormat::kBfloat16, best}, {WeightFormat::kInt8, best}};
  return ways[number % kWays];
}

void run(const std::shared_ptr<const AcousticModel>& model, const Way& way) {
  const FeatureSpec& spec = model->features;
  if (model->n_steps == 0) {
    const std::vector<int16_t> samples(spec.window_samples, 100);
    legacy_features(spec, samples.data(), samples.size(), model->n_context);
  } else {
    std::vector<float> frame(spec.n_features);
    WindowFeatures::make(spec)->compute(noise(spec.window_samples).data(), 1, frame.data());
  }
  const Network network(model, way.format, way.kernels, 1);
  const std::vector<float> frames = noise((kWindows + 2 * model->n_context) * spec.n_features);
  size_t n_heard = 0;
  const Network::Sink count = [&](const float* probabilities, size_t n) {
    double sum = 0.0;
    for (size_t i = 0; i < n * model->n_classes(); ++i) sum += probabilities[i];
    if (!(std::fabs(sum - static_cast<double>(n)) < 1e-2)) throw std::logic_error("no probabilities");
    n_heard += n;
  };
  if (model->n_steps == 0) {
    network.run_whole(frames.data(), kWindows, count);
  } else {
    Network::State state = network.zero_state();
    network.run(frames.data(), std::min(kWindows, network.most_windows()), state, count);
  }
  if (n_heard == 0) throw std::logic_error("nothing is heard");
}

// Opens and runs a model in the way of that number; returns 0, or the code of the error.
int open_and_run(const uint8_t* data, size_t size, size_t number) {
  // Memory of exactly that size: reading behind its end is found out.
  const std::shared_ptr<uint8_t[]> copy(new uint8_t[size]);
  if (size) std::memcpy(copy.get(), data, size);
  try {
    run(read_model(std::string_view(reinterpret_cast<const char*>(copy.get()), size), copy), way_of(number));
    return 0;
  } catch (const ModelError& error) {
    return error.code();
  }
}

}  // namespace
}  // namespace deepspeech

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  deepspeech::open_and_run(data, size, size);
  return 0;
}

#ifndef MODELS_BY_LIBFUZZER

extern "C" const char* __asan_default_options() {
  return "max_allocation_size_mb=512:hard_rss_limit_mb=3072:quarantine_size_mb=16:allocator_may_return_null=0";
}

namespace deepspeech {
namespace {

constexpr unsigned kCaseSeconds = 30;  // sanitisers and other programs make everything slow
constexpr size_t kNameBytes = 5;       // what reads like a name is one

char last_words[200];
size_t last_words_length = 0;

void say_last_words(int) {
  if (write(STDERR_FILENO, last_words, last_words_length) < 0) std::_Exit(3);
  std::_Exit(2);
}

std::string read_bytes(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) throw std::runtime_error("cannot read " + path);
  return std::string(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>());
}

// Around whatever reads like a name, and the end of the file, the structure is; all else are weights.
std::vector<size_t> landmarks(const std::string& bytes) {
  std::vector<size_t> places;
  size_t n_letters = 0;
  for (size_t i = 0; i < bytes.size(); ++i) {
    n_letters = bytes[i] > 0x20 && bytes[i] < 0x7F ? n_letters + 1 : 0;
    if (n_letters == kNameBytes) places.insert(places.end(), {i >= 32 ? i - 32 : 0, i});
  }
  for (size_t back = 32; back <= 4096 && back < bytes.size(); back += 32) places.push_back(bytes.size() - back);
  return places;
}

struct Task {
  uint64_t n_cases = 0, seed = 0;
  std::optional<uint64_t> only;
  std::string save_path;
  std::vector<std::string> models;
};

Task parse(const std::vector<std::string>& arguments) {
  Task task;
  std::vector<std::string> plain;
  for (size_t i = 0; i < arguments.size(); ++i) {
    if (arguments[i].substr(0, 2) != "--") {
      plain.push_back(arguments[i]);
    } else if (i + 1 < arguments.size() && arguments[i] == "--case") {
      task.only = std::stoull(arguments[++i]);
    } else if (i + 1 < arguments.size() && arguments[i] == "--save") {
      task.save_path = arguments[++i];
    } else {
      throw std::runtime_error("unknown option " + arguments[i]);
    }
  }
  if (plain.size() < 3) throw std::runtime_error("usage: fuzz_models CASES SEED MODEL... [--case N] [--save PATH]");
  task.n_cases = std::stoull(plain[0]);
  task.seed = std::stoull(plain[1]);
  task.models.assign(plain.begin() + 2, plain.end());
  return task;
}

int run_cases(const Task& task) {
  std::vector<ctcdecode::SeedFile> seeds;
  for (const std::string& path : task.models) {
    const std::string bytes = read_bytes(path);
    seeds.push_back({bytes, landmarks(bytes), false, 3});
    for (size_t number = 0; number < kWays; ++number) {
      if (open_and_run(reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size(), number) == 0) continue;
      throw std::runtime_error(path + " is no model that runs, even undamaged");
    }
  }
  std::map<int, uint64_t> outcomes;
  std::chrono::duration<double> longest{0};
  const auto start = std::chrono::steady_clock::now();
  for (uint64_t i = task.only.value_or(0); i < (task.only ? *task.only + 1 : task.n_cases); ++i) {
    const std::string words =
        "case " + std::to_string(i) + " of seed " + std::to_string(task.seed) + " crashes or takes too long\n";
    last_words_length = words.copy(last_words, sizeof(last_words));
    ctcdecode::Mutator mutator(seeds, task.seed * 0x9E3779B97F4A7C15u + i);
    const std::string bytes = mutator.mutate();
    if (!task.save_path.empty()) std::ofstream(task.save_path, std::ios::binary) << bytes;
    const auto begin = std::chrono::steady_clock::now();
    alarm(kCaseSeconds);
    try {
      ++outcomes[open_and_run(reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size(), i)];
    } catch (const std::exception& error) {
      std::cerr << error.what() << ": " << words;
      return 1;
    }
    alarm(0);
    longest = std::max<std::chrono::duration<double>>(longest, std::chrono::steady_clock::now() - begin);
  }
  const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;
  std::cout << task.n_cases << " cases, " << std::llround(seconds.count()) << " s, the longest " << longest.count()
            << " s:";
  for (const auto& [code, n] : outcomes) std::cout << std::hex << " 0x" << code << std::dec << " " << n;
  std::cout << "\n";
  return 0;
}

}  // namespace
}  // namespace deepspeech

int main(int argc, char** argv) {
  using namespace deepspeech;
  try {
    if (argc == 2) {
      const std::string bytes = read_bytes(argv[1]);
      for (size_t number = 0; number < kWays; ++number) {
        std::cout << std::hex << "0x"
                  << open_and_run(reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size(), number) << "\n";
      }
      return 0;
    }
    signal(SIGALRM, say_last_words);
    signal(SIGABRT, say_last_words);
    return run_cases(parse(std::vector<std::string>(argv + 1, argv + argc)));
  } catch (const std::exception& error) {
    std::cerr << "E " << error.what() << "\n";
    return 1;
  }
}

#endif
