#include "scorer.h"

#include <mutex>
#include <optional>
#include <stdexcept>

#include "automaton.h"
#include "content.h"
#include "errors.h"
#include "fst.h"
#include "kenlm_layout.h"
#include "look_ahead.h"
#include "mapped_file.h"
#include "package.h"
#include "trie_files.h"
#include "vocabulary.h"

namespace ctcdecode {
namespace {

// A few bytes of automaton can spell billions of words; a vocabulary has some millions.
constexpr uint32_t kMostWordIds = 1 << 24;

// The trio stores no weights; these are the defaults of the releases that used it.
constexpr double kTrioAlpha = 0.75, kTrioBeta = 1.85;

[[noreturn]] void refuse(const std::string& path, const std::string& reason) {
  throw FormatError(FormatError::kInvalidTrie, path, reason);
}

// Words end with a space and have none within, or the search would take parts of words for words.
void check_spaces(const std::string& path, const Dictionary& dictionary, Label space) {
  for (Dictionary::State state = 0; state < dictionary.n_states(); ++state) {
    for (const Dictionary::Arc* arc = dictionary.begin(state); arc != dictionary.end(state); ++arc) {
      if (arc->ends_word() != (arc->label == space)) {
        refuse(path, "its words do not end with this alphabet's space (label " + std::to_string(space) +
                         "); make it again with this alphabet.");
      }
    }
  }
}

std::unique_ptr<Dictionary> make_dictionary(const std::string& path, const Dictionary::Tables& tables,
                                            const Alphabet& alphabet) {
  std::unique_ptr<Dictionary> dictionary;
  try {
    dictionary = std::make_unique<Dictionary>(tables);
  } catch (const std::invalid_argument& error) {
    refuse(path, std::string("the dictionary cannot be used: ") + error.what());
  }
  if (dictionary->max_label() >= alphabet.size()) {
    refuse(path, "a word has label " + std::to_string(dictionary->max_label()) + ", the alphabet has labels 0 to " +
                     std::to_string(alphabet.size() - 1) + "; make it again with this alphabet.");
  }
  if (!alphabet.is_bytes()) check_spaces(path, *dictionary, alphabet.space());
  return dictionary;
}

// The words of a model that was made with them.
std::unique_ptr<Dictionary> dictionary_of_model(const std::string& lm_path, const Alphabet& alphabet) {
  std::vector<std::string> words;
  LanguageModel::each_word(lm_path, [&words](std::string_view word) { words.emplace_back(word); });
  VocabularyReport report;
  std::vector<std::vector<Label>> labels;
  try {
    labels = label_words(words, alphabet, &report);
    require_words(report);
  } catch (const std::invalid_argument& error) {
    refuse(lm_path, error.what());
  }
  return make_dictionary(lm_path, minimal_automaton(std::move(labels)), alphabet);
}

// Labels are numbers in a dictionary: with an alphabet in another order it spells other words. Labels that no word has
// may differ.
void check_labels(const std::string& path, const Dictionary& dictionary, const Alphabet& made_with,
                  const Alphabet& alphabet) {
  std::vector<bool> is_used(dictionary.max_label() + size_t{1}, false);
  for (Dictionary::State state = 0; state < dictionary.n_states(); ++state) {
    for (const Dictionary::Arc* arc = dictionary.begin(state); arc != dictionary.end(state); ++arc) {
      is_used[arc->label] = true;
    }
  }
  for (Label label = 0; label < is_used.size(); ++label) {
    const bool is_known = label < made_with.size() && label < alphabet.size();
    if (is_used[label] && (!is_known || made_with.labels()[label] != alphabet.labels()[label])) {
      const auto shown = [label](const Alphabet& of) {
        return label < of.size() ? "'" + of.labels()[label] + "'" : std::string("none");
      };
      refuse(path, "made with another alphabet: label " + std::to_string(label) + " is " + shown(made_with) +
                       " there and " + shown(alphabet) + " in that of the model; make it again with this alphabet.");
    }
  }
}

void check_space(const std::string& path, const Alphabet& alphabet) {
  if (!alphabet.is_bytes() && alphabet.space() == Alphabet::kNoSpace) {
    refuse(path, "words need an alphabet with a space; add a line with one blank to the alphabet.");
  }
}

// The dictionary of a package; fills in its header.
std::unique_ptr<Dictionary> read_package(const std::string& path, const Alphabet& alphabet, PackageHeader* header) {
  const MappedFile file(path);
  if (!is_kenlm_binary(file)) {
    throw FormatError(
        FormatError::kInvalidLanguageModel, path,
        explain_content(file.data(), file.size(), "not a scorer package; pass one made by generate_scorer_package."));
  }
  const KenlmLayout layout = read_kenlm_layout(file);
  if (layout.has_vocabulary_strings) {
    refuse(path,
           "a language model with vocabulary strings is not a scorer package; build it with `build_binary -v` "
           "and make a package of it.");
  }
  *header = read_package_header(file, layout.end);
  if (header->bytes_mode != alphabet.is_bytes()) {
    refuse(path, header->bytes_mode ? "made for bytes output, not for an alphabet; use another scorer."
                                    : "made for an alphabet, not for bytes output; use another scorer.");
  }
  check_space(path, alphabet);
  uint64_t end = 0;
  std::unique_ptr<Dictionary> dictionary = make_dictionary(path, read_const_fst(file, header->end, &end), alphabet);
  const std::optional<Alphabet> made_with = read_package_alphabet(file, end);
  if (made_with) check_labels(path, *dictionary, *made_with, alphabet);
  return dictionary;
}

}  // namespace

Scorer::Scorer(std::unique_ptr<LanguageModel> model, std::unique_ptr<Dictionary> dictionary, bool bytes_mode,
               double alpha, double beta)
    : model_(std::move(model)),
      dictionary_(std::move(dictionary)),
      word_ids_(dictionary_ && dictionary_->n_words() <= kMostWordIds
                    ? new std::atomic<uint32_t>[dictionary_->n_words()]()
                    : nullptr),
      bytes_mode_(bytes_mode),
      alpha_(alpha),
      beta_(beta) {}

const float* Scorer::best_words(const Alphabet& alphabet) const {
  if (const std::vector<float>* known = best_words_.load()) return known->data();
  // The lock spares threads the same work. Where a fork has left it locked for ever, the work is done without.
  std::unique_lock<ProcessLock> lock(best_words_lock_, std::defer_lock);
  if (best_words_lock_.acquire()) lock = std::unique_lock<ProcessLock>(best_words_lock_, std::adopt_lock);
  const std::vector<float>* known = best_words_.load();
  if (known) return known->data();
  std::unique_ptr<const std::vector<float>> made(
      new std::vector<float>(best_words_of_arcs(*model_, *dictionary_, alphabet)));
  if (best_words_.compare_exchange_strong(known, made.get())) known = made.release();
  return known->data();
}

std::shared_ptr<const Scorer> Scorer::load(const std::string& path, const Alphabet& alphabet) {
  PackageHeader header;
  // The language model is opened when the tables of the dictionary are gone, for the sake of peak memory.
  std::unique_ptr<Dictionary> dictionary = read_package(path, alphabet, &header);
  return std::make_shared<const Scorer>(LanguageModel::load(path), std::move(dictionary), header.bytes_mode,
                                        header.alpha, header.beta);
}

std::shared_ptr<const Scorer> Scorer::load_trio(const std::string& lm_path, const std::string& trie_path,
                                                const Alphabet& alphabet) {
  std::unique_ptr<LanguageModel> model = LanguageModel::load(lm_path);
  check_space(trie_path.empty() ? lm_path : trie_path, alphabet);
  std::unique_ptr<Dictionary> dictionary;
  if (trie_path.empty()) {
    dictionary = dictionary_of_model(lm_path, alphabet);
  } else if (const auto tables = read_trie(MappedFile(trie_path), alphabet)) {
    dictionary = make_dictionary(trie_path, *tables, alphabet);
  } else if (!alphabet.is_bytes()) {
    refuse(trie_path, "made for a language model of characters, which only works with bytes output; use another trie.");
  }
  return std::make_shared<const Scorer>(std::move(model), std::move(dictionary), alphabet.is_bytes(), kTrioAlpha,
                                        kTrioBeta);
}

}  // namespace ctcdecode
