#include "formats/protobuf.h"

namespace deepspeech {

uint64_t read_varint(std::string_view data, size_t* position) {
  uint64_t number = 0;
  for (int shift = 0; shift < 64; shift += 7) {
    if (*position >= data.size()) throw WireError("the data ends within a number");
    const auto byte = static_cast<uint8_t>(data[(*position)++]);
    number |= static_cast<uint64_t>(byte & 0x7F) << shift;
    if (byte < 0x80) return number;
  }
  throw WireError("a number has more than 64 bits");
}

bool Fields::next() {
  if (position_ >= message_.size()) return false;
  const uint64_t key = read_varint(message_, &position_);
  number_ = key >> 3;
  kind_ = static_cast<Kind>(key & 7);
  const std::string where = " (byte " + std::to_string(position_) + ")";
  if (number_ == 0) throw WireError("no field has the number 0" + where);
  uint64_t length = 0;
  switch (kind_) {
    case kVarint: value_ = read_varint(message_, &position_); return true;
    case kBytes: length = read_varint(message_, &position_); break;
    case kFixed64: length = 8; break;
    case kFixed32: length = 4; break;
    default:
      throw WireError("kind " + std::to_string(key & 7) + " of field " + std::to_string(number_) + " is unknown" +
                      where);
  }
  const size_t left = message_.size() - position_;
  if (length > left) {
    throw WireError("field " + std::to_string(number_) + " has " + std::to_string(length) + " bytes, " +
                    std::to_string(left) + " are left");
  }
  bytes_ = message_.substr(position_, length);
  position_ += length;
  return true;
}

uint64_t Fields::value() const {
  if (kind_ != kVarint) throw WireError("field " + std::to_string(number_) + " is no number");
  return value_;
}

std::string_view Fields::bytes() const {
  if (kind_ == kVarint) throw WireError("field " + std::to_string(number_) + " is a number");
  return bytes_;
}

void append_varints(const Fields& field, size_t limit, std::vector<int64_t>* numbers) {
  if (field.kind() == Fields::kVarint) {
    numbers->push_back(field.signed_value());
  } else {
    const std::string_view packed = field.bytes();
    for (size_t position = 0; position < packed.size() && numbers->size() <= limit;) {
      numbers->push_back(static_cast<int64_t>(read_varint(packed, &position)));
    }
  }
  if (numbers->size() > limit) throw WireError("field " + std::to_string(field.number()) + " has too many numbers");
}

}  // namespace deepspeech
