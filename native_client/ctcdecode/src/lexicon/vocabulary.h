// Words as the labels of an alphabet, and an account of those that cannot be written with it.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "alphabet.h"

namespace ctcdecode {

// Words that could not be written with the alphabet are counted; a few are kept to show.
struct VocabularyReport {
  size_t n_words = 0;                           // in the dictionary
  size_t n_dropped = 0;                         // left out; markers such as <s> and repeated words are in neither count
  std::vector<std::string> examples;            // at most 5 words left out
  std::vector<std::string> foreign_characters;  // at most 10 characters that are not in the alphabet
};

// <s>, </s> and <unk>, which language models list among their words.
bool is_marker(std::string_view word);

// The dictionary's words as labels, in the order given: markers such as <s> dropped, duplicates joined, in word mode a
// space added. Throws std::invalid_argument if the alphabet has no space, in bytes mode if a word has several
// characters.
std::vector<std::vector<Label>> label_words(const std::vector<std::string>& words, const Alphabet& alphabet,
                                            VocabularyReport* report);

// Throws std::invalid_argument, naming the examples, if the report says that no word is left.
void require_words(const VocabularyReport& report);

}  // namespace ctcdecode
