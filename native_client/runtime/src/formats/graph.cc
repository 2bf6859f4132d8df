#include "formats/graph.h"

#include <cmath>
#include <cstring>
#include <stdexcept>

#include "deepspeech.h"
#include "model/model_error.h"

namespace deepspeech {
namespace {

template <typename T>
T read(const uint8_t* data, size_t index) {
  T value;
  std::memcpy(&value, data + index * sizeof(T), sizeof(T));
  return value;
}

double half_to_double(uint16_t bits) {
  const int exponent = bits >> 10 & 31, fraction = bits & 1023;
  const double magnitude = exponent == 31  ? (fraction ? std::nan("") : HUGE_VAL)
                           : exponent == 0 ? std::ldexp(fraction, -24)
                                           : std::ldexp(1024 + fraction, exponent - 25);
  return bits >> 15 ? -magnitude : magnitude;
}

}  // namespace

size_t bytes_of(NumberType type) {
  switch (type) {
    case NumberType::kFloat64:
    case NumberType::kInt64: return 8;
    case NumberType::kFloat32:
    case NumberType::kInt32: return 4;
    case NumberType::kFloat16:
    case NumberType::kInt16: return 2;
    case NumberType::kInt8:
    case NumberType::kUint8:
    case NumberType::kBool: return 1;
    default: return 0;
  }
}

size_t Tensor::n_elements() const {
  size_t n = 1;
  for (int64_t size : shape) n *= static_cast<size_t>(size);
  return n;
}

double Tensor::number(size_t index) const {
  switch (type) {
    case NumberType::kFloat64: return read<double>(data, index);
    case NumberType::kInt64: return static_cast<double>(read<int64_t>(data, index));
    case NumberType::kFloat32: return read<float>(data, index);
    case NumberType::kInt32: return read<int32_t>(data, index);
    case NumberType::kFloat16: return half_to_double(read<uint16_t>(data, index));
    case NumberType::kInt16: return read<int16_t>(data, index);
    case NumberType::kInt8: return read<int8_t>(data, index);
    case NumberType::kUint8: return data[index];
    case NumberType::kBool: return data[index] != 0;
    default: return 0.0;
  }
}

const Attribute* Node::find(std::string_view attribute) const {
  const auto found = attributes.find(attribute);
  return found == attributes.end() ? nullptr : &found->second;
}

int64_t Node::number(std::string_view attribute, int64_t otherwise) const {
  const Attribute* found = find(attribute);
  return found ? found->number : otherwise;
}

float Node::real(std::string_view attribute, float otherwise) const {
  const Attribute* found = find(attribute);
  return found ? found->real : otherwise;
}

uint8_t* Arena::take(size_t n_bytes) {
  if (n_bytes > kMaxBytes - n_bytes_) {
    throw ModelError(DS_ERR_FAIL_CREATE_SESS, "its constants stand for more than " + std::to_string(kMaxBytes) +
                                                  " bytes that are not in the file; get it again.");
  }
  n_bytes_ += n_bytes;
  pieces_.emplace_back(n_bytes / sizeof(double) + 1);
  return reinterpret_cast<uint8_t*>(pieces_.back().data());
}

std::string shown(const Shape& shape) {
  std::string text = "(";
  for (size_t i = 0; i < shape.size() && i < 8; ++i) text += (i ? ", " : "") + std::to_string(shape[i]);
  return text + (shape.size() == 1 ? ",)" : ")");
}

int64_t n_elements_of(const Shape& shape) {
  int64_t n = 1;
  bool is_empty = false;
  for (int64_t size : shape) {
    if (size < 0) throw std::length_error("a size is unknown");
    if (size == 0) {
      is_empty = true;
    } else if (size > kMaxElements / n) {
      throw std::length_error("an array of more than " + std::to_string(kMaxElements) + " elements");
    } else {
      n *= size;
    }
  }
  return is_empty ? 0 : n;
}

}  // namespace deepspeech
