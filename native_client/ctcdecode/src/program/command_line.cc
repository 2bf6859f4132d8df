#include "command_line.h"

#include <algorithm>
#include <cctype>
#include <iomanip>
#include <limits>
#include <locale>
#include <ostream>
#include <sstream>
#include <stdexcept>
#include <string_view>

#include "errors.h"
#include "text_file.h"

namespace ctcdecode {
namespace {

constexpr size_t kMaxWordBytes = 10000;

template <typename Number>
Number parse(const std::string& flag, const std::string& text, const char* kind) {
  std::istringstream stream(text);
  stream.imbue(std::locale::classic());
  Number value;
  if (!(stream >> value) || stream.peek() != std::istringstream::traits_type::eof()) {
    throw std::invalid_argument("--" + flag + " is \"" + text + "\"; it must be " + kind + ".");
  }
  return value;
}

// The number of a character, by which invisible and look-alike ones can be told apart.
std::string code_point_name(std::string_view character) {
  if (character.size() > 4) return "damaged UTF-8";
  uint32_t code = static_cast<unsigned char>(character[0]);
  if (character.size() > 1) code &= 0xFFu >> (character.size() + 1);
  for (size_t i = 1; i < character.size(); ++i) code = (code << 6) | (static_cast<unsigned char>(character[i]) & 0x3F);
  std::ostringstream name;
  name << "U+" << std::hex << std::uppercase << std::setw(4) << std::setfill('0') << code;
  return name.str();
}

}  // namespace

CommandLine::CommandLine(const std::vector<std::string>& args, const std::vector<std::string>& known) {
  for (size_t i = 0; i < args.size(); ++i) {
    if (args[i] == "--help" || args[i] == "-h") {
      wants_help_ = true;
    } else if (args[i].compare(0, 2, "--") != 0) {
      words_.push_back(args[i]);
    } else {
      const size_t equals = args[i].find('=');
      const std::string flag = args[i].substr(2, equals == std::string::npos ? equals : equals - 2);
      if (std::find(known.begin(), known.end(), flag) == known.end()) {
        throw std::invalid_argument("There is no flag --" + flag + "; see --help.");
      }
      if (equals == std::string::npos && i + 1 == args.size()) {
        throw std::invalid_argument("--" + flag + " needs a value; see --help.");
      }
      values_[flag] = equals == std::string::npos ? args[++i] : args[i].substr(equals + 1);
    }
  }
}

std::optional<std::string> CommandLine::optional(const std::string& flag) const {
  const auto found = values_.find(flag);
  return found == values_.end() ? std::nullopt : std::optional<std::string>(found->second);
}

std::string CommandLine::required(const std::string& flag) const {
  const std::optional<std::string> value = optional(flag);
  if (!value || value->empty()) throw std::invalid_argument("--" + flag + " is required; see --help.");
  return *value;
}

double CommandLine::required_number(const std::string& flag) const {
  return parse<double>(flag, required(flag), "a number");
}

std::optional<int> CommandLine::optional_integer(const std::string& flag) const {
  const std::optional<std::string> value = optional(flag);
  return value ? std::optional<int>(parse<int>(flag, *value, "a whole number")) : std::nullopt;
}

std::optional<bool> CommandLine::optional_bool(const std::string& flag) const {
  const std::optional<std::string> value = optional(flag);
  if (!value) return std::nullopt;
  std::string lower = *value;  // True and FALSE are what Python and old recipes write
  for (char& letter : lower) letter = 'A' <= letter && letter <= 'Z' ? static_cast<char>(letter - 'A' + 'a') : letter;
  for (const char* yes : {"true", "t", "1", "on", "yes", "y"}) {
    if (lower == yes) return true;
  }
  for (const char* no : {"false", "f", "0", "off", "no", "n"}) {
    if (lower == no) return false;
  }
  throw std::invalid_argument("--" + flag + " is \"" + *value + "\"; it must be true or false.");
}

std::vector<std::string> read_words(const std::string& path) {
  const std::string text = read_text(path);
  std::vector<std::string> words;
  size_t n_lines = 1, begin = text.compare(0, 3, "\xEF\xBB\xBF") == 0 ? 3 : 0;
  for (size_t end = begin; end <= text.size(); ++end) {
    if (end < text.size() && !std::isspace(static_cast<unsigned char>(text[end]))) continue;
    if (end - begin > kMaxWordBytes) {
      throw FormatError(FormatError::kUnreadable, path,
                        "a word of " + std::to_string(end - begin) + " bytes in line " + std::to_string(n_lines) +
                            ", at most " + std::to_string(kMaxWordBytes) +
                            " are taken; put white space between words.");
    }
    if (end > begin) words.push_back(text.substr(begin, end - begin));
    if (end < text.size() && text[end] == '\n') ++n_lines;
    begin = end + 1;
  }
  return words;
}

bool looks_character_based(const std::vector<std::string>& words) {
  bool any = false;
  for (const std::string& word : words) {
    if (is_marker(word)) continue;
    if (split_code_points(word).size() > 1) return false;
    any = true;
  }
  return any;
}

Alphabet choose_alphabet(const std::vector<std::string>& words, const std::optional<std::string>& alphabet_path,
                         std::optional<bool> force_bytes, std::ostream& err) {
  const bool single_characters = looks_character_based(words);
  if (single_characters && alphabet_path && !force_bytes) {
    throw std::invalid_argument(
        "Every word is a single character, which is usual for bytes mode, but there is an alphabet; add "
        "--force_bytes_output_mode false to spell with the alphabet, or true for bytes.");
  }
  if (force_bytes.value_or(single_characters)) {
    err << "Bytes mode: each character is a word of its own" << (alphabet_path ? "; the alphabet is not used" : "")
        << ".\n";
    return Alphabet::bytes();
  }
  if (!alphabet_path) {
    throw std::invalid_argument("--alphabet is required, as the words are not single characters; see --help.");
  }
  return Alphabet::from_file(*alphabet_path);
}

void print_report(const VocabularyReport& report, std::ostream& err) {
  err << report.n_words << " words in the dictionary.\n";
  if (report.n_dropped == 0) return;
  err << "W " << report.n_dropped << " words left out, for example";
  const char* separator = " ";
  for (const std::string& word : report.examples) {
    err << separator << word;
    separator = ", ";
  }
  separator = "; not in the alphabet: ";
  for (const std::string& character : report.foreign_characters) {
    err << separator << character << " (" << code_point_name(character) << ")";
    separator = ", ";
  }
  err << "\n";
}

}  // namespace ctcdecode
