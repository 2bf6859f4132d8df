#include "arguments.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <functional>

#include "errors.h"

namespace deepspeech::client {
namespace {

constexpr unsigned kMaxBeams = 1u << 24, kMaxThreads = 4096, kMaxSamples = 2147483647u;
constexpr unsigned kStreamStep = 160;  // samples; sizes of streams are multiples of it, as in the published client
constexpr double kMaxWeight = 1e6;
constexpr size_t kMaxShown = 100;

struct Option {
  const char* name;
  char letter;             // 0: none
  const char* value_name;  // nullptr: it takes no value
  const char* help;
  std::function<void(Arguments&, const std::string&)> set;
};

std::string shown(const std::string& text) {
  return "'" + (text.size() <= kMaxShown ? text : text.substr(0, kMaxShown) + " ...") + "'";
}

unsigned whole(const std::string& text, unsigned smallest, unsigned largest) {
  const bool has_digits = !text.empty() && text.find_first_not_of("0123456789") == std::string::npos;
  const unsigned long long value = has_digits && text.size() < 19 ? std::strtoull(text.c_str(), nullptr, 10) : 0;
  if (!has_digits || (text.size() < 19 && value < smallest)) {
    throw UsageError(shown(text) + " is not a whole number of at least " + std::to_string(smallest));
  }
  if (text.size() >= 19 || value > largest) {
    throw UsageError(shown(text) + " is too large, at most " + std::to_string(largest) + " is taken");
  }
  return static_cast<unsigned>(value);
}

double number(const std::string& text) {
  char* end = nullptr;
  const bool is_decimal = !text.empty() && text.find_first_not_of("0123456789+-.eE") == std::string::npos;
  const double value = is_decimal ? std::strtod(text.c_str(), &end) : 0;
  if (!is_decimal || *end != '\0') throw UsageError(shown(text) + " is not a number");
  if (!(std::fabs(value) <= kMaxWeight)) throw UsageError(shown(text) + " is not a number between -1e6 and 1e6");
  return value;
}

unsigned stream_samples(const std::string& text) {
  const unsigned samples = whole(text, 0, kMaxSamples);
  if (samples % kStreamStep) {
    throw UsageError(shown(text) + " samples are no multiple of " + std::to_string(kStreamStep));
  }
  return samples;
}

std::string weights(const std::string& text) {
  for (const char* known : {"auto", "stored", "float32", "bf16", "int8"}) {
    if (text == known) return text;
  }
  throw UsageError(shown(text) + " is none of auto, stored, float32, bf16, int8");
}

std::vector<std::pair<std::string, float>> hot_words(const std::string& text) {
  std::vector<std::pair<std::string, float>> pairs;
  for (size_t begin = 0; begin <= text.size();) {
    const size_t end = std::min(text.find(',', begin), text.size());
    const std::string pair = text.substr(begin, end - begin);
    const size_t colon = pair.rfind(':');
    try {
      if (colon == std::string::npos || colon == 0) throw UsageError("");
      pairs.emplace_back(pair.substr(0, colon), static_cast<float>(number(pair.substr(colon + 1))));
    } catch (const UsageError&) {
      throw UsageError(shown(pair) + " is not WORD:BOOST with a number for BOOST, such as light:7.5");
    }
    begin = end + 1;
  }
  return pairs;
}

const std::vector<Option>& options() {
  using A = Arguments;
  using Text = const std::string&;
  static const std::vector<Option> table = {
      {"model", 'm', "MODEL", "exported model (.pb, .pbmm, .tflite)", [](A& a, Text text) { a.model = text; }},
      {"scorer", 'l', "SCORER", "scorer package; without one no language model is used",
       [](A& a, Text text) { a.scorer = text, a.scorer_is_empty = text.empty(); }},
      {"audio", 'a', "AUDIO", "audio file, directory of them, or - for standard input; may be given several times",
       [](A& a, Text text) { a.audio.push_back(text); }},
      {"beam_width", 'b', "N", "beams kept while decoding (default: as stored in the model)",
       [](A& a, Text text) { a.beam_width = whole(text, 0, kMaxBeams); }},
      {"lm_alpha", 'c', "X", "weight of the language model (default: as stored in the scorer)",
       [](A& a, Text text) { a.lm_alpha = number(text); }},
      {"lm_beta", 'd', "X", "bonus per word (default: as stored in the scorer)",
       [](A& a, Text text) { a.lm_beta = number(text); }},
      {"hot_words", 'w', "WORD:BOOST,...", "words to hear more (or, boost below 0, less) readily; needs a scorer",
       [](A& a, Text text) { a.hot_words = hot_words(text); }},
      {"extended", 'e', nullptr, "text put together from single letters; wins over the others",
       [](A& a, Text) { a.extended = true; }},
      {"json", 'j', nullptr, "several transcripts with the times of their words, as JSON",
       [](A& a, Text) { a.json = true; }},
      {"candidate_transcripts", 0, "N", "transcripts in JSON (default: 3)",
       [](A& a, Text text) { a.candidate_transcripts = whole(text, 1, kMaxBeams); }},
      {"stream", 's', "N",
       "hand over N samples at a time, a multiple of 160, and print each change of the text on a line",
       [](A& a, Text text) { a.stream_samples = stream_samples(text); }},
      {"extended_stream", 0, "N", "the same", [](A& a, Text text) { a.stream_samples = stream_samples(text); }},
      {"t", 't', nullptr, "print the CPU time after each result", [](A& a, Text) { a.cpu_time = true; }},
      {"weights", 0, "FORMAT", "auto, stored, float32, bf16 or int8 (default auto: what is fastest without a loss)",
       [](A& a, Text text) { a.weights = weights(text); }},
      {"n_threads", 0, "N", "threads for one recording (default 0: one, or several for large models)",
       [](A& a, Text text) { a.n_threads = whole(text, 0, kMaxThreads); }},
      {"alphabet", 0, "FILE", "alphabet of a model of release 0.1 to 0.4", [](A& a, Text text) { a.alphabet = text; }},
      {"lm", 0, "FILE", "language model (lm.binary) of a release before 0.7, instead of a scorer",
       [](A& a, Text text) { a.lm = text; }},
      {"trie", 0, "FILE", "the trie that belongs to --lm", [](A& a, Text text) { a.trie = text; }},
      {"version", 'v', nullptr, "print the version", [](A& a, Text) { a.version = true; }},
      {"help", 'h', nullptr, "print this", [](A& a, Text) { a.help = true; }},
  };
  return table;
}

// The option of that name, or the only one that begins so.
const Option& named(const std::string& name) {
  std::vector<const Option*> found;
  for (const Option& option : options()) {
    if (option.name == name) return option;
    if (std::string(option.name).compare(0, name.size(), name) == 0) found.push_back(&option);
  }
  if (found.size() == 1 && !name.empty()) return *found[0];
  const std::string what = found.size() > 1 ? "may be several options" : "is no option";
  throw UsageError("--" + name + " " + what + "; deepspeech --help lists what there is.");
}

const Option& lettered(char letter) {
  const auto is_it = [letter](const Option& option) { return option.letter == letter; };
  const auto found = std::find_if(options().begin(), options().end(), is_it);
  if (found == options().end()) {
    throw UsageError(std::string("-") + letter + " is no option; deepspeech --help lists what there is.");
  }
  return *found;
}

// Goes through the words of a command line.
class Parser {
 public:
  explicit Parser(const std::vector<std::string>& words) : words_(words) {}

  Arguments parse() {
    for (; at_ < words_.size(); ++at_) {
      const std::string& word = words_[at_];
      if (word.compare(0, 2, "--") == 0 && word.size() > 2) {
        parse_long(word.substr(2));
      } else if (word.size() > 1 && word[0] == '-') {
        parse_letters(word);
      } else if (!arguments_.audio.empty()) {
        arguments_.audio.push_back(word);  // as in --audio A B
      } else {
        throw UsageError(shown(word) + " belongs to no option; name audio files behind --audio.");
      }
    }
    return arguments_;
  }

 private:
  void parse_long(const std::string& text) {
    const size_t equals = text.find('=');
    const Option& option = named(text.substr(0, equals));
    if (equals == std::string::npos) return set(option, option.value_name ? next_word(option) : "");
    if (!option.value_name) throw UsageError(std::string("--") + option.name + " takes no value; leave it out.");
    set(option, text.substr(equals + 1));
  }

  void parse_letters(const std::string& word) {
    for (size_t i = 1; i < word.size(); ++i) {
      const Option& option = lettered(word[i]);
      if (!option.value_name) {
        set(option, "");
      } else {
        return set(option, i + 1 < word.size() ? word.substr(i + 1) : next_word(option));
      }
    }
  }

  std::string next_word(const Option& option) {
    if (at_ + 1 < words_.size()) return words_[++at_];
    throw UsageError(std::string("--") + option.name + " needs a value: " + option.value_name +
                     "; deepspeech --help lists what there is.");
  }

  void set(const Option& option, const std::string& value) {
    try {
      option.set(arguments_, value);
    } catch (const UsageError& error) {
      throw UsageError(std::string("--") + option.name + ": " + error.what() +
                       "; deepspeech --help lists what there is.");
    }
  }

  const std::vector<std::string>& words_;
  size_t at_ = 0;
  Arguments arguments_;
};

void check(const Arguments& arguments) {
  const auto need = [](bool condition, const char* message) {
    if (!condition) throw UsageError(message);
  };
  need(!arguments.model.empty(), "no model is given; name one with --model MODEL.");
  need(!arguments.audio.empty(), "no audio is given; name files with --audio AUDIO.");
  const bool has_lm = !arguments.lm.empty(), has_scorer = !arguments.scorer.empty();
  need(!has_lm || !has_scorer, "--lm and --scorer cannot be used together; leave one out.");
  need(has_lm || arguments.trie.empty(), "--trie needs the language model it was made from; name it with --lm.");
  need(arguments.hot_words.empty() || has_lm || has_scorer, "--hot_words needs a scorer; name one with --scorer.");
}

}  // namespace

Arguments parse_arguments(const std::vector<std::string>& words) {
  const Arguments arguments = Parser(words).parse();
  if (!arguments.help && !arguments.version) check(arguments);
  return arguments;
}

std::string usage() {
  std::string text =
      "usage: deepspeech --model MODEL [--scorer SCORER] --audio AUDIO [options]\n\nTranscribes speech.\n";
  for (const Option& option : options()) {
    const std::string value = option.value_name ? std::string(" ") + option.value_name : "";
    const std::string letter = option.letter ? std::string(", -") + option.letter : "";
    const std::string names = std::string("  --") + option.name + letter + value;
    text += "\n" + names + std::string(names.size() < 28 ? 30 - names.size() : 2, ' ') + option.help;
  }
  return text;
}

}  // namespace deepspeech::client
