// Protocol buffers, read field by field. Knowing a format's field numbers is enough. Source: "Encoding", in the
// Protocol Buffers documentation.
//
//   Fields fields(bytes);
//   while (fields.next()) if (fields.number() == 1) text = fields.bytes();
#pragma once

#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace deepspeech {

// The bytes are not a protocol buffer, or not the one that is expected.
class WireError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// The fields of a message, one after the other. Everything throws WireError where bytes are missing or of another kind.
class Fields {
 public:
  enum Kind { kVarint = 0, kFixed64 = 1, kBytes = 2, kFixed32 = 5 };

  explicit Fields(std::string_view message) : message_(message) {}

  // Goes to the next field; false at the end.
  bool next();

  uint64_t number() const { return number_; }
  Kind kind() const { return kind_; }
  bool is(uint64_t number, Kind kind) const { return number_ == number && kind_ == kind; }
  uint64_t value() const;  // of a kVarint
  int64_t signed_value() const { return static_cast<int64_t>(value()); }
  std::string_view bytes() const;  // of any other kind
  std::string text() const { return std::string(bytes()); }

 private:
  std::string_view message_;
  size_t position_ = 0;
  uint64_t number_ = 0, value_ = 0;
  Kind kind_ = kVarint;
  std::string_view bytes_;
};

// Reads a number of at most 64 bits at `*position`, which moves on.
uint64_t read_varint(std::string_view data, size_t* position);

// The numbers of a repeated field: one, or - packed - many. At most `limit` in all.
void append_varints(const Fields& field, size_t limit, std::vector<int64_t>* numbers);

}  // namespace deepspeech
