#include "recognition/array.h"

#include <cmath>

namespace deepspeech {
namespace {

constexpr double kMaxExact = 1 << 24;
constexpr int64_t kOfOperation = 64;  // elements that take as long to compute as the rest of an operation

bool is_integer(NumberType type) {
  return type != NumberType::kFloat32 && type != NumberType::kFloat64 && type != NumberType::kFloat16;
}

}  // namespace

size_t Budget::spend(const Shape& shape) {
  int64_t n = 1;
  for (int64_t size : shape) {
    if (size < 0) throw TrialError("a size is " + std::to_string(size));
    if (size > kMaxArray) throw TrialError("an axis has " + std::to_string(size) + " elements");
    n *= size;  // both are at most kMaxArray
    if (n > kMaxArray) throw TrialError("a result has more than " + std::to_string(kMaxArray) + " elements");
  }
  if (n + kOfOperation > n_left_) throw TrialError("it takes too many steps");
  n_left_ -= n + kOfOperation;
  return static_cast<size_t>(n);
}

Array zeros(const Shape& shape, Budget* budget) {
  const size_t n = budget->spend(shape);
  return {shape, std::vector<float>(n)};
}

Array array_of(const Tensor& tensor, Budget* budget) {
  if (bytes_of(tensor.type) == 0 || tensor.n_scales) throw TrialError("it has numbers of another kind");
  Array array = zeros(tensor.shape, budget);
  for (size_t i = 0; i < array.values.size(); ++i) {
    const double value = tensor.number(i);
    if (is_integer(tensor.type) && std::fabs(value) > kMaxExact) throw TrialError("it has numbers that are too large");
    array.values[i] = static_cast<float>(value);
  }
  return array;
}

Operation find_operation(std::string_view name) {
  for (const OperationTable& table :
       {arithmetic_operations(), layout_operations(), selection_operations(), signal_operations()}) {
    for (size_t i = 0; i < table.size; ++i) {
      if (table.begin[i].name == name) return table.begin[i].operation;
    }
  }
  return nullptr;
}

size_t axis_of(double number, size_t n_axes) {
  const double axis = number < 0 ? number + static_cast<double>(n_axes) : number;
  if (!(axis >= 0 && axis < static_cast<double>(n_axes)))
    throw TrialError("there is no axis " + std::to_string(number));
  return static_cast<size_t>(axis);
}

std::vector<int64_t> integers_of(const Array& array) {
  if (array.values.size() > 64) throw TrialError("a list of " + std::to_string(array.values.size()) + " sizes");
  std::vector<int64_t> integers;
  for (float value : array.values) {
    if (!(std::fabs(value) <= kMaxExact)) throw TrialError("a size is no integer");
    integers.push_back(static_cast<int64_t>(value));
  }
  return integers;
}

void expect(const Arguments& arguments, size_t n) {
  if (arguments.size() != n)
    throw TrialError("it has " + std::to_string(arguments.size()) + " inputs instead of " + std::to_string(n));
}

}  // namespace deepspeech
