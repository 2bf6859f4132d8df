// What the command-line tools share: flags, word lists, the choice between words and bytes, and reports.
#pragma once

#include <iosfwd>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "alphabet.h"
#include "vocabulary.h"

namespace ctcdecode {

// `--flag value`, `--flag=value` and words without dashes, in any order.
class CommandLine {
 public:
  // `known`: the flags allowed, without dashes. Throws std::invalid_argument for others and for missing values.
  CommandLine(const std::vector<std::string>& args, const std::vector<std::string>& known);

  bool wants_help() const { return wants_help_; }
  const std::vector<std::string>& words() const { return words_; }

  // These throw std::invalid_argument naming the flag if the value is missing or malformed.
  std::string required(const std::string& flag) const;
  std::optional<std::string> optional(const std::string& flag) const;
  double required_number(const std::string& flag) const;
  std::optional<int> optional_integer(const std::string& flag) const;
  std::optional<bool> optional_bool(const std::string& flag) const;  // true/false/1/0/on/off/yes/no, in any case

 private:
  bool wants_help_ = false;
  std::map<std::string, std::string> values_;
  std::vector<std::string> words_;
};

// The words of a UTF-8 text, separated by ASCII white space, each of at most 10000 bytes. Throws FormatError.
std::vector<std::string> read_words(const std::string& path);

// True if all words but the markers are single characters, and there is at least one.
bool looks_character_based(const std::vector<std::string>& words);

// The alphabet to write `words` with: bytes if that is forced, or not denied and the words are single characters - but
// not in spite of an alphabet. Throws std::invalid_argument if the choice must be made by the user.
Alphabet choose_alphabet(const std::vector<std::string>& words, const std::optional<std::string>& alphabet_path,
                         std::optional<bool> force_bytes, std::ostream& err);

// How many words were taken, how many left out, and why.
void print_report(const VocabularyReport& report, std::ostream& err);

}  // namespace ctcdecode
