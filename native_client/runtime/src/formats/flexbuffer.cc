#include "formats/flexbuffer.h"

#include "formats/flatbuffer.h"

namespace deepspeech {
namespace {

enum Type : uint64_t { kInt = 1, kUint = 2, kFloat = 3, kMap = 9, kBool = 26 };
constexpr size_t kMaxNameBytes = 64;
constexpr uint64_t kMaxNames = 1000;
constexpr double kMaxInteger = 9e15;  // all up to it are doubles, too

uint64_t read_unsigned(const FlatFile& file, uint64_t position, uint64_t width) {
  switch (width) {
    case 1: return file.number<uint8_t>(position);
    case 2: return file.number<uint16_t>(position);
    case 4: return file.number<uint32_t>(position);
    case 8: return file.number<uint64_t>(position);
    default: throw FlatBufferError("options of numbers of " + std::to_string(width) + " bytes");
  }
}

int64_t sign_extended(uint64_t value, uint64_t width) {
  const int shift = 64 - 8 * static_cast<int>(width);
  return static_cast<int64_t>(value << shift) >> shift;
}

Attribute read_number(const FlatFile& file, uint64_t position, uint64_t type, uint64_t width) {
  Attribute result;
  if (type == kFloat && (width == 4 || width == 8)) {
    const double real = width == 4 ? file.number<float>(position) : file.number<double>(position);
    result.real = static_cast<float>(real);
    if (real > -kMaxInteger && real < kMaxInteger) result.number = static_cast<int64_t>(real);
    return result;
  }
  const uint64_t bits = read_unsigned(file, position, width);
  if (type == kInt) {
    result.number = sign_extended(bits, width);
  } else if (type == kUint) {
    result.number = static_cast<int64_t>(bits);
  } else if (type == kBool) {
    result.number = bits != 0;
  } else {
    throw FlatBufferError("an option of the type " + std::to_string(type) + " in " + std::to_string(width) + " bytes");
  }
  result.real = static_cast<float>(result.number);
  return result;
}

std::string read_name(std::string_view data, uint64_t position) {
  if (position >= data.size()) throw FlatBufferError("a name is outside of the options");
  const std::string_view text = data.substr(position, kMaxNameBytes);
  return std::string(text.substr(0, text.find('\0')));
}

}  // namespace

std::map<std::string, Attribute, std::less<>> read_flexbuffer(std::string_view data) {
  if (data.size() < 3) throw FlatBufferError("options of less than three bytes");
  const FlatFile file(data);
  const uint64_t root_width = static_cast<uint8_t>(data[data.size() - 1]);
  const auto packed_type = static_cast<uint8_t>(data[data.size() - 2]);
  if (packed_type >> 2 != kMap) throw FlatBufferError("options are no map");
  const uint64_t root = data.size() - 2 - root_width;
  const uint64_t values = root - read_unsigned(file, root, root_width);
  const uint64_t width = uint64_t{1} << (packed_type & 3);
  // Positions before the beginning wrap around to far behind the end, where nothing is read.
  const uint64_t count = read_unsigned(file, values - width, width);
  const uint64_t key_width = read_unsigned(file, values - 2 * width, width);
  const uint64_t keys = values - 3 * width - read_unsigned(file, values - 3 * width, width);
  if (count > kMaxNames) throw FlatBufferError("options of " + std::to_string(count) + " names");
  std::map<std::string, Attribute, std::less<>> numbers;
  for (uint64_t i = 0; i < count; ++i) {
    const uint64_t position = keys + i * key_width;
    const std::string name = read_name(data, position - read_unsigned(file, position, key_width));
    const uint64_t type = read_unsigned(file, values + count * width + i, 1) >> 2;
    numbers[name] = read_number(file, values + i * width, type, width);
  }
  return numbers;
}

}  // namespace deepspeech
