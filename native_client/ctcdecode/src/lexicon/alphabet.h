// The labels of an acoustic model: 0..size()-1, the CTC blank is size().
//
//   Alphabet alphabet = Alphabet::from_file("alphabet.txt");
//   std::vector<Label> labels = alphabet.encode("hello");   // throws std::invalid_argument on a foreign character
//   std::string text = alphabet.decode(labels);
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace ctcdecode {

using Label = uint32_t;

class Alphabet {
 public:
  static constexpr Label kNoSpace = 4294967294u;
  static constexpr size_t kMaxLabels = 65535;  // the serialised form counts in 16 bits

  // Labels in order; throws std::invalid_argument if there are none, too many, or one is too long. The 255 labels of
  // bytes() make the bytes alphabet again.
  explicit Alphabet(std::vector<std::string> labels);

  // UTF-8, one label per line; `#` starts a comment, `\#` is the label `#`. Throws FormatError.
  static Alphabet from_file(const std::string& path);

  // The 255 bytes from 1 on; label i is byte i+1.
  static Alphabet bytes();

  // u16 count, then per label u16 label, u16 byte length, bytes. Throws std::invalid_argument on damage.
  static Alphabet from_serialized(std::string_view data);
  std::string serialize() const;

  Label size() const { return static_cast<Label>(labels_.size()); }
  Label space() const { return space_; }  // kNoSpace if there is none
  bool is_bytes() const { return is_bytes_; }
  const std::vector<std::string>& labels() const { return labels_; }

  bool can_encode(std::string_view text) const;
  // One label per code point (per byte in the bytes alphabet).
  std::vector<Label> encode(std::string_view text) const;
  // Throws std::invalid_argument if a label is out of range.
  std::string decode(const std::vector<Label>& labels) const;

 private:
  // The pieces of a text that have labels.
  std::vector<std::string_view> units(std::string_view text) const;

  std::vector<std::string> labels_;
  std::unordered_map<std::string, Label> label_of_;  // of a repeated label the last one
  Label space_ = kNoSpace;
  bool is_bytes_ = false;
};

// Splits UTF-8 at every byte that does not continue a character. Never fails: damaged text gives damaged pieces.
std::vector<std::string_view> split_code_points(std::string_view text);

}  // namespace ctcdecode
