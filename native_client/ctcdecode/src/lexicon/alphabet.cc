#include "alphabet.h"

#include <algorithm>
#include <cstdio>
#include <optional>
#include <stdexcept>

#include "content.h"
#include "errors.h"
#include "mapped_file.h"

namespace ctcdecode {
namespace {

constexpr size_t kLongestWord = 8;        // of the labels that could be mistaken for the beginning of another file
constexpr size_t kMaxLabelBytes = 65535;  // the serialised form counts in 16 bits
constexpr size_t kByteLabels = 255;

// Of the labels that make an alphabet, says what is wrong, or nothing.
std::string fault(size_t n_labels, size_t longest_bytes) {
  if (n_labels == 0) return "no label in the alphabet; write one character per line.";
  if (n_labels > Alphabet::kMaxLabels) {
    return "more than " + std::to_string(Alphabet::kMaxLabels) +
           " labels do not fit the model format; is this an "
           "alphabet?";
  }
  if (longest_bytes > kMaxLabelBytes) {
    return "a label of " + std::to_string(longest_bytes) + " bytes, at most " + std::to_string(kMaxLabelBytes) +
           " fit the model format; is this an alphabet?";
  }
  return "";
}

bool is_byte_alphabet(const std::vector<std::string>& labels) {
  if (labels.size() != kByteLabels) return false;
  for (size_t i = 0; i < kByteLabels; ++i) {
    if (labels[i].size() != 1 || static_cast<unsigned char>(labels[i][0]) != i + 1) return false;
  }
  return true;
}

bool continues(char byte) { return (static_cast<unsigned char>(byte) & 0xC0) == 0x80; }

// Length of the UTF-8 character at the start of `text`, 0 if it is damaged.
size_t utf8_length(std::string_view text) {
  const auto byte = [text](size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char lead = byte(0);
  const size_t length = lead < 0x80 ? 1 : lead < 0xC2 ? 0 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : lead < 0xF5 ? 4 : 0;
  if (length == 0 || length > text.size()) return 0;
  for (size_t i = 1; i < length; ++i) {
    if (!continues(text[i])) return 0;
  }
  if (length == 1) return 1;
  const bool overlong = (lead == 0xE0 && byte(1) < 0xA0) || (lead == 0xF0 && byte(1) < 0x90);
  const bool surrogate = lead == 0xED && byte(1) >= 0xA0;
  const bool beyond_unicode = lead == 0xF4 && byte(1) >= 0x90;
  return overlong || surrogate || beyond_unicode ? 0 : length;
}

std::optional<size_t> first_damage(std::string_view text) {
  for (size_t i = 0; i < text.size();) {
    const size_t length = utf8_length(text.substr(i));
    if (length == 0) return i;
    i += length;
  }
  return std::nullopt;
}

// Takes the first line off `text`; it ends with "\n", "\r\n" or "\r".
std::string_view take_line(std::string_view* text) {
  const size_t end = std::min(text->find_first_of("\r\n"), text->size());
  const std::string_view line = text->substr(0, end);
  text->remove_prefix(end);
  if (text->substr(0, 2) == "\r\n") text->remove_prefix(1);
  if (!text->empty()) text->remove_prefix(1);
  return line;
}

std::string in_hex(std::string_view bytes) {
  std::string text;
  for (const char byte : bytes) {
    char digits[4];
    std::snprintf(digits, sizeof(digits), " %02X", static_cast<unsigned>(static_cast<unsigned char>(byte)));
    text += digits;
  }
  return text;
}

void append_u16(std::string* out, size_t value) {
  out->push_back(static_cast<char>(value & 0xFF));
  out->push_back(static_cast<char>(value >> 8));
}

// Reads the serialised form piece by piece.
class SerializedReader {
 public:
  explicit SerializedReader(std::string_view data) : rest_(data) {}

  std::string_view take(size_t n_bytes) {
    if (n_bytes > rest_.size()) {
      throw std::invalid_argument("serialised alphabet: it ends too early; export the model again.");
    }
    const std::string_view taken = rest_.substr(0, n_bytes);
    rest_.remove_prefix(n_bytes);
    return taken;
  }

  size_t take_u16() {
    const std::string_view bytes = take(2);
    return static_cast<unsigned char>(bytes[0]) | static_cast<size_t>(static_cast<unsigned char>(bytes[1])) << 8;
  }

  size_t n_left() const { return rest_.size(); }

 private:
  std::string_view rest_;
};

}  // namespace

Alphabet::Alphabet(std::vector<std::string> labels) : labels_(std::move(labels)) {
  size_t longest = 0;
  for (const std::string& label : labels_) longest = std::max(longest, label.size());
  const std::string reason = fault(labels_.size(), longest);
  if (!reason.empty()) throw std::invalid_argument(reason);
  for (Label label = 0; label < size(); ++label) label_of_[labels_[label]] = label;
  const auto space = label_of_.find(" ");
  if (space != label_of_.end()) space_ = space->second;
  is_bytes_ = is_byte_alphabet(labels_);
}

Alphabet Alphabet::from_file(const std::string& path) {
  const MappedFile file(path);
  std::string_view text(reinterpret_cast<const char*>(file.data()), file.size());
  const std::string foreign = explain_content(text);
  // A label such as BZh begins like another file, but its line does not go on.
  if (!foreign.empty() && std::min(text.find_first_of("\r\n"), text.size()) > kLongestWord) {
    throw FormatError(FormatError::kInvalidAlphabet, path, foreign);
  }
  std::vector<std::string> labels;
  size_t longest = 0;
  if (text.substr(0, 3) == "\xEF\xBB\xBF") text.remove_prefix(3);
  while (!text.empty() && longest <= kMaxLabelBytes && labels.size() <= kMaxLabels) {
    std::string_view line = take_line(&text);
    if (line == "\\#") {
      line.remove_prefix(1);
    } else if (line.empty() || line[0] == '#') {
      continue;
    }
    longest = std::max(longest, line.size());
    if (const auto damage = first_damage(line)) {
      const auto offset = line.data() + *damage - reinterpret_cast<const char*>(file.data());
      throw FormatError(FormatError::kInvalidAlphabet, path,
                        "not UTF-8 at byte " + std::to_string(offset) + "; save the alphabet as UTF-8.");
    }
    labels.emplace_back(line);
  }
  const std::string reason = fault(labels.size(), longest);
  if (!reason.empty()) throw FormatError(FormatError::kInvalidAlphabet, path, reason);
  return Alphabet(std::move(labels));
}

Alphabet Alphabet::bytes() {
  std::vector<std::string> labels(kByteLabels);
  for (size_t i = 0; i < kByteLabels; ++i) labels[i] = std::string(1, static_cast<char>(i + 1));
  return Alphabet(std::move(labels));
}

Alphabet Alphabet::from_serialized(std::string_view data) {
  SerializedReader reader(data);
  const size_t n_labels = reader.take_u16();
  std::vector<std::string> labels(n_labels);
  std::vector<bool> seen(n_labels, false);
  for (size_t i = 0; i < n_labels; ++i) {
    const size_t label = reader.take_u16();
    const size_t n_bytes = reader.take_u16();
    if (label >= n_labels || seen[label]) {
      throw std::invalid_argument("serialised alphabet: label " + std::to_string(label) +
                                  (label >= n_labels ? " of " + std::to_string(n_labels) : " twice") +
                                  "; export the model again.");
    }
    seen[label] = true;
    labels[label] = std::string(reader.take(n_bytes));
  }
  if (reader.n_left()) {
    throw std::invalid_argument("serialised alphabet: " + std::to_string(reader.n_left()) +
                                " bytes too many; export the model again.");
  }
  return Alphabet(std::move(labels));
}

std::string Alphabet::serialize() const {
  std::string out;
  append_u16(&out, labels_.size());
  for (Label label = 0; label < size(); ++label) {
    append_u16(&out, label);
    append_u16(&out, labels_[label].size());
    out += labels_[label];
  }
  return out;
}

bool Alphabet::can_encode(std::string_view text) const {
  for (const std::string_view unit : units(text)) {
    if (!label_of_.count(std::string(unit))) return false;
  }
  return true;
}

std::vector<Label> Alphabet::encode(std::string_view text) const {
  std::vector<Label> labels;
  for (const std::string_view unit : units(text)) {
    const auto found = label_of_.find(std::string(unit));
    if (found == label_of_.end()) {
      const std::string shown = first_damage(unit) ? "a damaged character" : "character '" + std::string(unit) + "'";
      throw std::invalid_argument(shown + " (bytes" + in_hex(unit) + ") is not in the alphabet.");
    }
    labels.push_back(found->second);
  }
  return labels;
}

std::string Alphabet::decode(const std::vector<Label>& labels) const {
  std::string text;
  for (const Label label : labels) {
    if (label >= size()) {
      throw std::invalid_argument("label " + std::to_string(label) + " is outside 0.." + std::to_string(size() - 1) +
                                  "; the model and the alphabet do not belong together.");
    }
    text += labels_[label];
  }
  return text;
}

std::vector<std::string_view> Alphabet::units(std::string_view text) const {
  if (!is_bytes_) return split_code_points(text);
  std::vector<std::string_view> bytes;
  for (size_t i = 0; i < text.size(); ++i) bytes.push_back(text.substr(i, 1));
  return bytes;
}

std::vector<std::string_view> split_code_points(std::string_view text) {
  std::vector<std::string_view> pieces;
  for (size_t begin = 0; begin < text.size();) {
    size_t end = begin + 1;
    while (end < text.size() && continues(text[end])) ++end;
    pieces.push_back(text.substr(begin, end - begin));
    begin = end;
  }
  return pieces;
}

}  // namespace ctcdecode
