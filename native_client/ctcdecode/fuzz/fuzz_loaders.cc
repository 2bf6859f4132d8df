// Loads damaged files, and uses those that load. Build with AddressSanitizer and UBSan.
//
//   fuzz_loaders KIND CASES SEED SEED_FILE... --alphabet FILE [--text FILE] [--lm FILE] [--case N] [--save PATH]
//
// KIND: package, trie (needs --lm), language_model, arpa, alphabet. --alphabet `bytes` is the bytes alphabet. --text
// holds words that the models know. A case is damaged by SEED and its number alone: --case N runs that one only, and
// --save keeps its file. Fails if a case does anything but load or throw what the headers promise.
#include <sanitizer/common_interface_defs.h>
#include <signal.h>
#include <unistd.h>

#include <chrono>
#include <cmath>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <iterator>
#include <memory>
#include <optional>
#include <sstream>
#include <stdexcept>

#include "guarded_mmap.h"
#include "kenlm_layout.h"
#include "loader_case.h"
#include "mutator.h"

extern "C" const char* __asan_default_options() {
  return "max_allocation_size_mb=256:hard_rss_limit_mb=2048:quarantine_size_mb=16:allocator_may_return_null=0";
}

namespace ctcdecode {
namespace {

constexpr unsigned kCaseSeconds = 20;  // sanitisers and other programs make loading slow

struct Task {
  LoaderCase loader;
  std::string save_path;
  uint64_t n_cases = 0, seed = 0;
  std::optional<uint64_t> only;
  std::vector<std::string> seed_paths;
};

// What the last words of a dying process say.
char last_words[200];
size_t last_words_length = 0;

void set_last_words(const std::string& words) { last_words_length = words.copy(last_words, sizeof(last_words)); }

void say_last_words() {
  if (write(STDERR_FILENO, last_words, last_words_length) < 0) std::_Exit(2);
}

void give_up(int) {
  constexpr char reason[] = "the case takes too long: ";
  if (write(STDERR_FILENO, reason, sizeof(reason) - 1) >= 0) say_last_words();
  std::abort();
}

void abort_loudly(int) {
  say_last_words();
  std::_Exit(2);
}

void write_bytes(const std::string& path, const std::string& bytes) {
  std::ofstream file(path, std::ios::binary);
  if (!file.write(bytes.data(), static_cast<std::streamsize>(bytes.size()))) {
    throw std::runtime_error("cannot write " + path);
  }
}

std::vector<size_t> landmarks(const std::string& path) {
  const MappedFile file(path);
  if (!is_kenlm_binary(file)) return {0, 32, 64};
  const KenlmLayout layout = read_kenlm_layout(file);
  std::vector<size_t> offsets{0, 56, 88, 100, 108};
  offsets.insert(offsets.end(), {layout.vocabulary - 8, layout.unigrams - 32, layout.unigrams, layout.end - 16,
                                 layout.end, layout.end + 25, layout.end + 57, layout.end + 96});
  for (const KenlmLayout::Table& table : layout.tables) {
    offsets.insert(offsets.end(), {table.offset - 16, table.offset});
    if (table.n_high) offsets.insert(offsets.end(), {table.high_offset - 16, table.high_offset + 8});
  }
  return offsets;
}

bool is_text(const std::string& bytes) { return bytes.substr(0, 1000).find('\0') == std::string::npos; }

int run(const Task& task) {
  std::vector<SeedFile> seeds;
  for (const std::string& path : task.seed_paths) {
    const std::string bytes = read_bytes(path);
    seeds.push_back({bytes, landmarks(path), is_text(bytes)});
  }
  uint64_t n_accepted = 0, n_run = 0;
  const auto start = std::chrono::steady_clock::now();
  for (uint64_t i = task.only.value_or(0); i < (task.only ? *task.only + 1 : task.n_cases); ++i, ++n_run) {
    set_last_words("case " + std::to_string(i) + " of seed " + std::to_string(task.seed) + ", " + task.loader.kind +
                   "\n");
    Mutator mutator(seeds, task.seed * 0x9E3779B97F4A7C15u + i);
    const std::string bytes = mutator.mutate();
    write_bytes(task.loader.path, bytes);
    if (!task.save_path.empty()) write_bytes(task.save_path, bytes);
    alarm(kCaseSeconds);
    try {
      n_accepted += load_and_use(task.loader, &mutator.random());
    } catch (const std::exception& error) {
      std::cerr << error.what() << ": ";
      say_last_words();
      return 1;
    }
    alarm(0);
  }
  const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;
  std::cout << n_run << " cases, " << n_run - n_accepted << " refused, " << n_accepted << " accepted and used, "
            << std::llround(seconds.count()) << " s\n";
  return 0;
}

std::vector<std::string> words_of(const std::string& path) {
  std::istringstream text(read_bytes(path));
  return std::vector<std::string>(std::istream_iterator<std::string>(text), std::istream_iterator<std::string>());
}

Task parse(const std::vector<std::string>& arguments) {
  Task task;
  task.loader.words = {"the"};
  std::vector<std::string> plain;
  for (size_t i = 0; i < arguments.size(); ++i) {
    const std::string& name = arguments[i];
    if (name.substr(0, 2) != "--") {
      plain.push_back(name);
      continue;
    }
    if (++i == arguments.size()) throw std::runtime_error(name + " needs a value");
    const std::string& value = arguments[i];
    if (name == "--alphabet") {
      task.loader.alphabet =
          std::make_shared<const Alphabet>(value == "bytes" ? Alphabet::bytes() : Alphabet::from_file(value));
    } else if (name == "--text") {
      task.loader.words = words_of(value);
    } else if (name == "--lm") {
      task.loader.lm_path = value;
    } else if (name == "--case") {
      task.only = std::stoull(value);
    } else if (name == "--save") {
      task.save_path = value;
    } else {
      throw std::runtime_error("unknown option " + name);
    }
  }
  if (plain.size() < 4 || !task.loader.alphabet || task.loader.words.empty()) {
    throw std::runtime_error(
        "usage: fuzz_loaders KIND CASES SEED SEED_FILE... --alphabet FILE [--text FILE] "
        "[--lm FILE] [--case N] [--save PATH]");
  }
  task.loader.kind = plain[0];
  task.n_cases = std::stoull(plain[1]);
  task.seed = std::stoull(plain[2]);
  task.seed_paths.assign(plain.begin() + 3, plain.end());
  return task;
}

}  // namespace
}  // namespace ctcdecode

int main(int argc, char** argv) {
  using namespace ctcdecode;
  try {
    Task task = parse(std::vector<std::string>(argv + 1, argv + argc));
    // In memory: writing to disk would take ten times as long as loading.
    std::string folder = access("/dev/shm", W_OK) == 0 ? "/dev/shm/fuzz_loaders_XXXXXX" : "/tmp/fuzz_loaders_XXXXXX";
    if (!mkdtemp(folder.data())) throw std::runtime_error("cannot make the folder " + folder);
    task.loader.path = folder + "/case";
    __sanitizer_set_death_callback(say_last_words);
    signal(SIGALRM, give_up);
    signal(SIGABRT, abort_loudly);
    const int result = run(task);
    unlink(task.loader.path.c_str());
    rmdir(folder.c_str());
    return result;
  } catch (const std::exception& error) {
    std::cerr << "E " << error.what() << "\n";
    return 1;
  }
}
