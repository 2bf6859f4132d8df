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

#include "beam_search.h"
#include "errors.h"
#include "guarded_mmap.h"
#include "kenlm_layout.h"
#include "mutator.h"
#include "scorer.h"

extern "C" const char* __asan_default_options() {
  return "max_allocation_size_mb=256:hard_rss_limit_mb=2048:quarantine_size_mb=16:allocator_may_return_null=0";
}

namespace ctcdecode {
namespace {

constexpr unsigned kCaseSeconds = 20;  // sanitisers and other programs make loading slow
constexpr size_t kMaxWords = 1000;     // scored per case

struct Task {
  std::string kind, lm_path, save_path, case_path;
  uint64_t n_cases = 0, seed = 0;
  std::optional<uint64_t> only;
  std::shared_ptr<const Alphabet> alphabet;
  std::vector<std::string> words;
  std::vector<std::string> seed_paths;
};

// What the last words of a dying process say.
char last_words[200];
size_t last_words_length = 0;

void set_last_words(const std::string& words) {
  last_words_length = words.copy(last_words, sizeof(last_words));
}

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

void require(bool holds, const char* what) {
  if (!holds) throw std::logic_error(what);
}

std::string read_bytes(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) throw std::runtime_error("cannot read " + path);
  return std::string(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>());
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

// Cases of one kind, and what becomes of those that load.
class Fuzzer {
 public:
  Fuzzer(const Task& task, Mutator* random) : task_(task), random_(*random) {}

  // Returns whether the file was accepted. Throws whatever a loader must not throw, or logic_error.
  bool run() {
    try {
      load();
      return true;
    } catch (const FormatError&) {
      return false;
    }
  }

 private:
  void load() {
    if (task_.kind == "package") {
      use(Scorer::load(task_.case_path, *task_.alphabet));
    } else if (task_.kind == "trie") {
      use(Scorer::load_trio(task_.lm_path, task_.case_path, *task_.alphabet));
    } else if (task_.kind == "arpa") {
      use(Scorer::load_trio(task_.case_path, "", *task_.alphabet));
    } else if (task_.kind == "language_model") {
      use(*LanguageModel::load(task_.case_path));
      use_words();
    } else {
      use_serialized();
      use(Alphabet::from_file(task_.case_path));
    }
  }

  void use(const Alphabet& alphabet) {
    const std::string text = alphabet.decode({0, alphabet.size() - 1});
    if (alphabet.can_encode(text)) alphabet.encode(text);
    const Alphabet copy = Alphabet::from_serialized(alphabet.serialize());
    require(copy.labels() == alphabet.labels(), "serialising changes labels");
  }

  void use_words() {
    try {
      LanguageModel::each_word(task_.case_path, [&](std::string_view word) { task_.alphabet->can_encode(word); });
    } catch (const FormatError&) {  // most models are stored without their words
    }
  }

  void use_serialized() {
    try {
      use(Alphabet::from_serialized(read_bytes(task_.case_path)));
    } catch (const std::invalid_argument&) {
    }
  }

  // Runs of text, so that long n-grams are found, with gaps, so that some are not.
  void use(const LanguageModel& model) {
    require(model.order() >= 2 && model.order() <= LanguageModel::kMaxOrder, "order out of range");
    LanguageModel::State before = model.start_of_sentence(), after;
    size_t at = 0;
    for (size_t i = 0; i < kMaxWords; ++i) {
      if (random_.below(8) == 0) at = random_.below(task_.words.size());
      if (random_.below(16) == 0) before = random_.below(2) ? model.start_of_sentence() : model.empty_context();
      const std::string& next = task_.words[at++ % task_.words.size()];
      const LanguageModel::WordId id = random_.below(32) ? model.id(next) : model.end_of_sentence();
      const float score = model.score(before, id, &after);
      require(score >= LanguageModel::kLeastLog10 && score <= 0.0f, "score out of range");
      before = after;
    }
    model.id("");
  }

  void use(std::shared_ptr<const Scorer> scorer) {
    use(scorer->model());
    if (scorer->dictionary()) walk(*scorer);
    decode(scorer);
  }

  void walk(const Scorer& scorer) {
    const Dictionary& dictionary = *scorer.dictionary();
    Dictionary::State state = Dictionary::kStart;
    std::vector<Label> labels;
    uint32_t index = 0;
    for (size_t i = 0; i < kMaxWords; ++i) {
      const auto n_arcs = static_cast<size_t>(dictionary.end(state) - dictionary.begin(state));
      require(n_arcs > 0, "a dead end in the dictionary");
      const Dictionary::Arc* arc = dictionary.begin(state) + random_.below(n_arcs);
      require(dictionary.find(state, arc->label) == arc, "an arc is not found");
      labels.push_back(arc->label);
      index += arc->words_before;
      state = arc->target;
      if (!arc->ends_word()) continue;
      require(index < dictionary.n_words(), "word index out of range");
      scorer.word_id(index, [&] { return task_.alphabet->decode(labels); });
      labels.clear();
      index = 0;
    }
  }

  void decode(std::shared_ptr<const Scorer> scorer) {
    DecoderOptions options;
    options.beam_width = static_cast<uint32_t>(1 + random_.below(16));
    BeamSearch search(task_.alphabet, std::move(scorer), options);
    constexpr size_t n_frames = 12;
    std::vector<double> frames;
    for (size_t i = 0; i < n_frames; ++i) add_frame(search.n_classes(), &frames);
    search.next(frames.data(), n_frames);
    for (const Hypothesis& hypothesis : search.results(4)) {
      require(std::isfinite(hypothesis.score), "a score that is not finite");
      require(hypothesis.label_probability >= 0.0 && hypothesis.label_probability <= 1.0, "label probability out of range");
    }
  }

  void add_frame(uint32_t n_classes, std::vector<double>* frames) {
    double sum = 0.0;
    const size_t start = frames->size();
    for (uint32_t c = 0; c < n_classes; ++c) {
      frames->push_back(std::pow(static_cast<double>(1 + random_.below(1000)), 3.0));
      sum += frames->back();
    }
    for (size_t i = start; i < frames->size(); ++i) (*frames)[i] /= sum;
  }

  const Task& task_;
  Mutator& random_;
};

bool is_text(const std::string& bytes) {
  return bytes.substr(0, 1000).find('\0') == std::string::npos;
}

int run(const Task& task) {
  std::vector<SeedFile> seeds;
  for (const std::string& path : task.seed_paths) {
    const std::string bytes = read_bytes(path);
    seeds.push_back({bytes, landmarks(path), is_text(bytes)});
  }
  uint64_t n_accepted = 0, n_run = 0;
  const auto start = std::chrono::steady_clock::now();
  for (uint64_t i = task.only.value_or(0); i < (task.only ? *task.only + 1 : task.n_cases); ++i, ++n_run) {
    set_last_words("case " + std::to_string(i) + " of seed " + std::to_string(task.seed) + ", " + task.kind + "\n");
    Mutator mutator(seeds, task.seed * 0x9E3779B97F4A7C15u + i);
    const std::string bytes = mutator.mutate();
    write_bytes(task.case_path, bytes);
    if (!task.save_path.empty()) write_bytes(task.save_path, bytes);
    alarm(kCaseSeconds);
    try {
      n_accepted += Fuzzer(task, &mutator).run();
    } catch (const std::exception& error) {
      std::cerr << error.what() << ": ";
      say_last_words();
      return 1;
    }
    alarm(0);
  }
  const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;
  std::cout << n_run << " cases, " << n_run - n_accepted << " refused, " << n_accepted
            << " accepted and used, " << std::llround(seconds.count()) << " s\n";
  return 0;
}

std::vector<std::string> words_of(const std::string& path) {
  std::istringstream text(read_bytes(path));
  return std::vector<std::string>(std::istream_iterator<std::string>(text), std::istream_iterator<std::string>());
}

Task parse(const std::vector<std::string>& arguments) {
  Task task;
  task.words = {"the"};
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
      task.alphabet =
          std::make_shared<const Alphabet>(value == "bytes" ? Alphabet::bytes() : Alphabet::from_file(value));
    } else if (name == "--text") {
      task.words = words_of(value);
    } else if (name == "--lm") {
      task.lm_path = value;
    } else if (name == "--case") {
      task.only = std::stoull(value);
    } else if (name == "--save") {
      task.save_path = value;
    } else {
      throw std::runtime_error("unknown option " + name);
    }
  }
  if (plain.size() < 4 || !task.alphabet || task.words.empty()) {
    throw std::runtime_error("usage: fuzz_loaders KIND CASES SEED SEED_FILE... --alphabet FILE [--text FILE] "
                             "[--lm FILE] [--case N] [--save PATH]");
  }
  task.kind = plain[0];
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
    task.case_path = folder + "/case";
    __sanitizer_set_death_callback(say_last_words);
    signal(SIGALRM, give_up);
    signal(SIGABRT, abort_loudly);
    const int result = run(task);
    unlink(task.case_path.c_str());
    rmdir(folder.c_str());
    return result;
  } catch (const std::exception& error) {
    std::cerr << "E " << error.what() << "\n";
    return 1;
  }
}
