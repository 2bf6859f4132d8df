// Scorer packages of version 6: a KenLM binary without vocabulary strings, a header, and the dictionary as an automaton.
// Ours go on with the alphabet that the dictionary was made with, where readers of the published format look no more.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "alphabet.h"
#include "mapped_file.h"
#include "trie_files.h"
#include "vocabulary.h"

namespace ctcdecode {

// Writes a package through a temporary name. `lm_path`: KenLM binary without vocabulary strings. `alphabet.is_bytes()`
// decides the mode. Throws FormatError or std::invalid_argument (no word left, no space label, alpha or beta not
// finite); the old file at `path` is then untouched.
VocabularyReport write_package(const std::string& path, const std::string& lm_path,
                               const std::vector<std::string>& words, const Alphabet& alphabet, double alpha,
                               double beta);

struct PackageHeader {
  bool bytes_mode;
  double alpha, beta;
  uint64_t end;  // offset of the automaton
};

// Reads the 25 bytes at `offset`. Throws FormatError (kNoTrie, kInvalidTrie, kVersionMismatch).
PackageHeader read_package_header(const MappedFile& file, uint64_t offset);

// The alphabet at `offset`, behind the automaton; nothing where there is none, as in packages that other tools have
// written. Throws FormatError(kInvalidTrie) if it is damaged.
std::optional<Alphabet> read_package_alphabet(const MappedFile& file, uint64_t offset);

}  // namespace ctcdecode
