// Trie files of versions 1 (text) and 2 (binary): magic, version, number of labels, and a trie of letters. A node is
// the number of words that pass through it, the id and the unigram score of the worst of them, and for each label the
// node behind it or -1.
#pragma once

#include <string>
#include <vector>

#include "alphabet.h"
#include "dictionary.h"
#include "file_writer.h"
#include "mapped_file.h"

namespace ctcdecode {

// One word of a trie to be written; `labels` without a space behind them.
struct ScoredWord {
  std::vector<Label> labels;
  uint32_t id;  // in the language model
  float score;  // log10
};

// Appends the whole file. `text`: version 1 instead of 2. No word may be there twice.
void write_trie_v1_v2(const std::vector<ScoredWord>& words, const Alphabet& alphabet, bool text, FileWriter* file);

// The words of such a file, whose magic and version have been looked at, as an automaton; each word is followed by the
// space if the alphabet has one. Throws FormatError(kInvalidTrie).
Dictionary::Tables read_trie_v1_v2(const MappedFile& file, const Alphabet& alphabet, bool text);

}  // namespace ctcdecode
