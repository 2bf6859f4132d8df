#include "formats/tensor_proto.h"

#include <algorithm>
#include <cstring>

#include "formats/protobuf.h"

namespace deepspeech {
namespace {

constexpr size_t kMaxAxes = 16;
constexpr size_t kMaxStrings = 1 << 10;
constexpr size_t kMaxIntegers = 1 << 20;  // one by one; more are always in one piece

// A TensorProto as it is stored.
struct Stored {
  uint64_t type = 0;
  Shape shape;
  std::string_view content;
  std::vector<std::string_view> strings;
  std::vector<std::string_view> reals;  // pieces of float32 or float64
  std::vector<int64_t> integers;
};

Stored read_stored(std::string_view data) {
  Stored stored;
  for (Fields fields(data); fields.next();) {
    switch (fields.number()) {
      case 1: stored.type = fields.value(); break;
      case 2: {
        const std::optional<Shape> shape = read_shape(fields.bytes());
        if (!shape) throw WireError("a constant of unknown shape");
        stored.shape = *shape;
        break;
      }
      case 4: stored.content = fields.bytes(); break;
      case 5:
      case 6:
        if (stored.reals.size() == kMaxIntegers) throw WireError("a constant has too many pieces");
        stored.reals.push_back(fields.bytes());
        break;
      case 7:
      case 10:
      case 11:
      case 13: append_varints(fields, kMaxIntegers, &stored.integers); break;
      case 8:
        if (stored.strings.size() == kMaxStrings) throw WireError("a constant has too many strings");
        stored.strings.push_back(fields.bytes());
        break;
      default: break;
    }
  }
  return stored;
}

// An integer in the bytes of a type; little-endian, so that the lower ones come first. Halves are stored as integers.
void write_integer(int64_t value, NumberType type, uint8_t* out) {
  if (type == NumberType::kFloat32) {
    const auto real = static_cast<float>(value);
    std::memcpy(out, &real, sizeof(real));
  } else if (type == NumberType::kFloat64) {
    const auto real = static_cast<double>(value);
    std::memcpy(out, &real, sizeof(real));
  } else {
    std::memcpy(out, &value, bytes_of(type));
  }
}

// All the numbers that are stored, in one piece; `n_stored` says how many there are.
const uint8_t* in_one_piece(const Stored& stored, NumberType type, Arena* arena, size_t* n_stored) {
  const size_t width = bytes_of(type);
  if (!stored.content.empty()) {
    if (stored.content.size() % width) throw WireError("a constant ends within a number");
    *n_stored = stored.content.size() / width;
    return reinterpret_cast<const uint8_t*>(stored.content.data());
  }
  if (!stored.reals.empty()) {
    if (type != NumberType::kFloat32 && type != NumberType::kFloat64)
      throw WireError("a constant has numbers of another type");
    size_t n_bytes = 0;
    for (std::string_view piece : stored.reals) {
      if (piece.size() % width) throw WireError("a constant ends within a number");
      n_bytes += piece.size();
    }
    *n_stored = n_bytes / width;
    if (stored.reals.size() == 1) return reinterpret_cast<const uint8_t*>(stored.reals[0].data());
    uint8_t* const copy = arena->take(n_bytes);
    uint8_t* end = copy;
    for (std::string_view piece : stored.reals) end = std::copy(piece.begin(), piece.end(), end);
    return copy;
  }
  *n_stored = stored.integers.size();
  uint8_t* const copy = arena->take(stored.integers.size() * width);
  for (size_t i = 0; i < stored.integers.size(); ++i) write_integer(stored.integers[i], type, copy + i * width);
  return copy;
}

}  // namespace

NumberType number_type(uint64_t number) {
  switch (number) {
    case 1: return NumberType::kFloat32;
    case 2: return NumberType::kFloat64;
    case 3: return NumberType::kInt32;
    case 4: return NumberType::kUint8;
    case 5: return NumberType::kInt16;
    case 6: return NumberType::kInt8;
    case 7: return NumberType::kString;
    case 9: return NumberType::kInt64;
    case 10: return NumberType::kBool;
    case 19: return NumberType::kFloat16;
    default: return NumberType::kNone;
  }
}

float read_float(std::string_view data) {
  if (data.size() != sizeof(float)) throw WireError("a number of " + std::to_string(data.size()) + " bytes");
  float value;
  std::memcpy(&value, data.data(), sizeof(value));
  return value;
}

std::optional<Shape> read_shape(std::string_view data) {
  Shape shape;
  for (Fields fields(data); fields.next();) {
    if (fields.number() == 3 && fields.value()) return std::nullopt;
    if (fields.number() != 2) continue;
    int64_t size = 0;
    for (Fields parts(fields.bytes()); parts.next();) {
      if (parts.number() == 1) size = parts.signed_value();
    }
    if (shape.size() == kMaxAxes) throw WireError("a shape has more than " + std::to_string(kMaxAxes) + " axes");
    shape.push_back(size < 0 ? -1 : size);
  }
  return shape;
}

std::shared_ptr<const Tensor> read_tensor(std::string_view data, Arena* arena) {
  const Stored stored = read_stored(data);
  auto tensor = std::make_shared<Tensor>();
  tensor->type = number_type(stored.type);
  tensor->shape = stored.shape;
  const auto n_elements = static_cast<size_t>(n_elements_of(stored.shape));
  if (tensor->type == NumberType::kString) {
    if (stored.strings.size() != n_elements) {
      throw WireError("a constant has " + std::to_string(stored.strings.size()) + " of " + std::to_string(n_elements) +
                      " strings");
    }
    tensor->strings = stored.strings;
    return tensor;
  }
  const size_t width = bytes_of(tensor->type);
  if (width == 0) {  // nothing that a client needs is of such a type
    tensor->shape = {0};
    return tensor;
  }
  size_t n_stored = 0;
  tensor->data = in_one_piece(stored, tensor->type, arena, &n_stored);
  if (n_stored > n_elements) throw WireError("a constant has more numbers than its shape");
  if (n_stored == n_elements) return tensor;
  uint8_t* const all =
      arena->take(n_elements * width);  // the last number stands for those left out; without any they are 0
  std::copy(tensor->data, tensor->data + n_stored * width, all);
  for (size_t i = n_stored; n_stored > 0 && i < n_elements; ++i) {
    std::memcpy(all + i * width, tensor->data + (n_stored - 1) * width, width);
  }
  tensor->data = all;
  return tensor;
}

}  // namespace deepspeech
