#include "vocabulary.h"

#include <algorithm>
#include <stdexcept>
#include <unordered_set>

namespace ctcdecode {
namespace {

constexpr size_t kMaxExamples = 5, kMaxForeign = 10;

// A first byte and as many bytes that continue it as it announces.
bool is_whole_code_point(std::string_view piece) {
  const auto first = static_cast<unsigned char>(piece[0]);
  if (first < 0x80) return piece.size() == 1;
  if (first < 0xC2 || first > 0xF4) return false;
  return piece.size() == (first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4);
}

void add_foreign(std::string_view word, const Alphabet& alphabet, std::vector<std::string>* foreign) {
  for (const std::string_view character : split_code_points(word)) {
    if (foreign->size() == kMaxForeign) return;
    if (!alphabet.can_encode(character) && std::find(foreign->begin(), foreign->end(), character) == foreign->end()) {
      foreign->emplace_back(character);
    }
  }
}

// In word mode a word ends at its space; in bytes mode one code point must not be the beginning of another.
bool can_hold(std::string_view word, const Alphabet& alphabet) {
  if (alphabet.is_bytes()) return is_whole_code_point(word) && alphabet.can_encode(word);
  return word.find(' ') == std::string_view::npos && alphabet.can_encode(word);
}

}  // namespace

bool is_marker(std::string_view word) { return word == "<s>" || word == "</s>" || word == "<unk>"; }

std::vector<std::vector<Label>> label_words(const std::vector<std::string>& words, const Alphabet& alphabet,
                                            VocabularyReport* report) {
  if (!alphabet.is_bytes() && alphabet.space() == Alphabet::kNoSpace) {
    throw std::invalid_argument("A dictionary of words needs an alphabet with a space; add a line with one blank.");
  }
  *report = VocabularyReport();
  std::vector<std::vector<Label>> labels;
  std::unordered_set<std::string_view> seen;
  for (const std::string& word : words) {
    if (word.empty() || is_marker(word) || !seen.insert(word).second) continue;
    if (alphabet.is_bytes() && split_code_points(word).size() > 1) {
      throw std::invalid_argument("In bytes mode each character is a word of its own, but the vocabulary holds \"" +
                                  word + "\"; separate its characters or use an alphabet.");
    }
    if (!can_hold(word, alphabet)) {
      ++report->n_dropped;
      if (report->examples.size() < kMaxExamples) report->examples.push_back(word);
      add_foreign(word, alphabet, &report->foreign_characters);
      continue;
    }
    labels.push_back(alphabet.encode(word));
    if (!alphabet.is_bytes()) labels.back().push_back(alphabet.space());
  }
  report->n_words = labels.size();
  return labels;
}

void require_words(const VocabularyReport& report) {
  if (report.n_words != 0) return;
  if (report.n_dropped == 0) throw std::invalid_argument("The vocabulary is empty; name a file with words.");
  std::string examples;
  for (const std::string& word : report.examples) examples += (examples.empty() ? "" : ", ") + word;
  throw std::invalid_argument("None of " + std::to_string(report.n_dropped) +
                              " words can be written with the alphabet, such as " + examples +
                              "; check the vocabulary and the alphabet.");
}

}  // namespace ctcdecode
