// Dictionaries as they were stored before packages: the file `trie` beside `lm.binary`.
//
// Versions 1 (text) and 2 (binary) are tries of letters with the number of words below each node and the lowest unigram
// score among them; versions 3 and 5 are automata (OpenFst `vector` and `const`). There is no version 4.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "alphabet.h"
#include "dictionary.h"
#include "mapped_file.h"
#include "vocabulary.h"

namespace ctcdecode {

constexpr int32_t kTrieMagic = 0x54524945;  // of packages and of trie files; in version 1 as a decimal number

// Writes a trie file of version 1 or 2 - with word counts and the unigram scores (log10) of the model at `lm_path` - or
// 3 or 5 (`lm_path` not used). Throws like write_package().
VocabularyReport write_trie(const std::string& path, const std::string& lm_path, const std::vector<std::string>& words,
                            const Alphabet& alphabet, int version);

// A trie file of version 1, 2, 3 or 5; no tables if it says that the model is character based and holds no words.
// Throws FormatError (kNoTrie, kInvalidTrie, kVersionMismatch).
std::unique_ptr<Dictionary::Tables> read_trie(const MappedFile& file, const Alphabet& alphabet);

}  // namespace ctcdecode
