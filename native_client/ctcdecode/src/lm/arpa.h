// What can be said of a language model in ARPA text before KenLM reads it.
#pragma once

#include <cstdint>
#include <functional>
#include <string_view>
#include <vector>

#include "mapped_file.h"

namespace ctcdecode {

// True if the first line that is neither blank nor a comment is `\data\`.
bool is_arpa(const MappedFile& file);

// The number of n-grams per order as the header says. KenLM allocates that much, so the counts must be of a size that
// the file can hold. Throws FormatError(kInvalidLanguageModel).
std::vector<uint64_t> read_arpa_counts(const MappedFile& file);

// Whether every n-gram is a weight of a sensible size, words, and perhaps a second weight. KenLM checks the same, but to
// report a weight of twenty digits it writes over the end of a buffer. Throws as above.
void check_arpa_ngrams(const MappedFile& file);

// Calls `visit` with every word of the 1-grams. Throws FormatError if there are fewer than the header says.
void each_arpa_word(const MappedFile& file, const std::function<void(std::string_view)>& visit);

}  // namespace ctcdecode
