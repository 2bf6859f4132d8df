#include "arpa.h"

#include <algorithm>
#include <string>

#include "errors.h"

namespace ctcdecode {
namespace {

constexpr size_t kMaxWholeDigits = 9, kMaxExponentDigits = 1;  // of weights; smaller ones may have longer exponents

[[noreturn]] void refuse(const MappedFile& file, const std::string& reason) {
  throw FormatError(FormatError::kInvalidLanguageModel, file.path(), reason);
}

// The lines of a text, without line ends.
class Lines {
 public:
  explicit Lines(const MappedFile& file) : rest_(reinterpret_cast<const char*>(file.data()), file.size()) {}

  bool next(std::string_view* line) {
    if (rest_.empty()) return false;
    const size_t end = std::min(rest_.find('\n'), rest_.size());
    *line = rest_.substr(0, end);
    rest_.remove_prefix(std::min(end + 1, rest_.size()));
    if (!line->empty() && line->back() == '\r') line->remove_suffix(1);
    return true;
  }

 private:
  std::string_view rest_;
};

bool is_blank(std::string_view line) { return line.find_first_not_of(" \t\n\v\f\r") == std::string_view::npos; }

bool find_data(Lines* lines) {
  std::string_view line;
  while (lines->next(&line)) {
    if (!is_blank(line) && line[0] != '#') return line == "\\data\\";
  }
  return false;
}

// Takes a decimal number off `text`; no signs, unlike KenLM, which reads -1 as 2^64-1.
bool take_number(std::string_view* text, uint64_t* number) {
  text->remove_prefix(std::min(text->find_first_not_of(' '), text->size()));
  const size_t n_digits = std::min(text->find_first_not_of("0123456789"), text->size());
  if (n_digits == 0 || n_digits > 18) return false;
  *number = std::stoull(std::string(text->substr(0, n_digits)));
  text->remove_prefix(n_digits);
  return true;
}

bool read_count_line(std::string_view line, uint64_t* order, uint64_t* count) {
  constexpr std::string_view start = "ngram ";
  if (line.substr(0, start.size()) != start) return false;
  line.remove_prefix(start.size());
  if (!take_number(&line, order) || line.empty() || line[0] != '=') return false;
  line.remove_prefix(1);
  return take_number(&line, count) && is_blank(line);
}

std::vector<uint64_t> read_counts(const MappedFile& file, Lines* lines) {
  if (!find_data(lines)) refuse(file, "not ARPA text: its first line is not \\data\\; pass a file made by lmplz.");
  std::vector<uint64_t> counts;
  uint64_t n_left = file.size();
  for (std::string_view line; lines->next(&line) && !is_blank(line);) {
    uint64_t order = 0, count = 0;
    if (!read_count_line(line, &order, &count) || order != counts.size() + 1) {
      refuse(file, "the line \"" + std::string(line.substr(0, 80)) + "\" is no count of " +
                       std::to_string(counts.size() + 1) + "-grams; build the model again.");
    }
    const uint64_t least_line_bytes = 2 * order + 2;  // "0", a space and a letter per word, a line end
    if (count > n_left / least_line_bytes) {
      refuse(file, std::to_string(count) + " " + std::to_string(order) + "-grams do not fit in a file of " +
                       std::to_string(file.size()) + " bytes; copy or build the model again.");
    }
    n_left -= count * least_line_bytes;
    counts.push_back(count);
  }
  return counts;
}

// What separates words; other kinds of space may be part of one.
bool is_space(char byte) { return byte == ' ' || byte == '\t' || byte == '\r' || byte == '\n'; }

std::string_view take_token(std::string_view* line) {
  size_t begin = 0;
  while (begin < line->size() && is_space((*line)[begin])) ++begin;
  size_t end = begin;
  while (end < line->size() && !is_space((*line)[end])) ++end;
  const std::string_view token = line->substr(begin, end - begin);
  line->remove_prefix(end);
  return token;
}

size_t take_digits(std::string_view* text) {
  size_t n_digits = 0;
  while (n_digits < text->size() && (*text)[n_digits] >= '0' && (*text)[n_digits] <= '9') ++n_digits;
  text->remove_prefix(n_digits);
  return n_digits;
}

bool take_one_of(std::string_view* text, char a, char b) {
  if (text->empty() || (text->front() != a && text->front() != b)) return false;
  text->remove_prefix(1);
  return true;
}

// Whether `text` is a decimal number below 10^18, or minus infinity.
bool is_weight(std::string_view text) {
  if (text == "-inf") return true;
  take_one_of(&text, '-', '+');
  const size_t n_whole = take_digits(&text);
  const size_t n_fraction = take_one_of(&text, '.', '.') ? take_digits(&text) : 0;
  if (n_whole > kMaxWholeDigits || n_whole + n_fraction == 0) return false;
  if (!take_one_of(&text, 'e', 'E')) return text.empty();
  const bool is_negative = !text.empty() && text.front() == '-';
  take_one_of(&text, '-', '+');
  while (text.size() > 1 && text.front() == '0') text.remove_prefix(1);
  const size_t n_exponent = take_digits(&text);
  return text.empty() && n_exponent > 0 && (is_negative || n_exponent <= kMaxExponentDigits);
}

// Whether a line is a weight, n words, and perhaps a second weight.
bool is_ngram(std::string_view line, size_t n) {
  if (!is_weight(take_token(&line))) return false;
  for (size_t i = 0; i < n; ++i) {
    if (take_token(&line).empty()) return false;
  }
  const std::string_view second = take_token(&line);
  return second.empty() || (is_weight(second) && take_token(&line).empty());
}

}  // namespace

bool is_arpa(const MappedFile& file) {
  Lines lines(file);
  return find_data(&lines);
}

std::vector<uint64_t> read_arpa_counts(const MappedFile& file) {
  Lines lines(file);
  return read_counts(file, &lines);
}

void check_arpa_ngrams(const MappedFile& file) {
  Lines lines(file);
  read_counts(file, &lines);
  size_t n = 0;
  for (std::string_view line; lines.next(&line);) {
    if (is_blank(line)) continue;
    if (line[0] == '\\') {
      ++n;  // KenLM makes sure that the sections are there, in their order
    } else if (!is_ngram(line, n)) {
      refuse(file, "the line \"" + std::string(line.substr(0, 80)) + "\" is no " + std::to_string(n) +
                       "-gram with its weights; copy or build the model again.");
    }
  }
}

void each_arpa_word(const MappedFile& file, const std::function<void(std::string_view)>& visit) {
  Lines lines(file);
  const std::vector<uint64_t> counts = read_counts(file, &lines);
  uint64_t n_left = counts.empty() ? 0 : counts[0];
  std::string_view line;
  while (lines.next(&line) && is_blank(line)) {
  }
  if (line != "\\1-grams:") refuse(file, "ARPA text without a section \\1-grams:; build the model again.");
  while (n_left > 0 && lines.next(&line)) {
    if (is_blank(line)) continue;
    if (line[0] == '\\') break;
    take_token(&line);  // the probability
    const std::string_view word = take_token(&line);
    if (word.empty()) break;
    visit(word);
    --n_left;
  }
  if (n_left > 0) {
    refuse(file, "ARPA text with " + std::to_string(n_left) +
                     " words fewer than its header says; copy or build it "
                     "again.");
  }
}

}  // namespace ctcdecode
