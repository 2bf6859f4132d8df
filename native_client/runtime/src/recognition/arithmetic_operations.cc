// Operations that compute numbers from numbers.
#include <algorithm>
#include <cmath>

#include "recognition/array.h"

namespace deepspeech {
namespace {

// The shape of two arrays together, as NumPy and TensorFlow repeat axes of size 1.
Shape broadcast(const Shape& x, const Shape& y) {
  Shape shape(std::max(x.size(), y.size()));
  for (size_t i = 0; i < shape.size(); ++i) {
    const int64_t of_x = i < x.size() ? x[x.size() - 1 - i] : 1, of_y = i < y.size() ? y[y.size() - 1 - i] : 1;
    if (of_x != of_y && of_x != 1 && of_y != 1) throw TrialError("shapes do not fit");
    shape[shape.size() - 1 - i] = of_x == 1 ? of_y : of_x;
  }
  return shape;
}

// How far apart elements of `from` are along each axis of the broadcast shape; 0 where they are repeated.
std::vector<size_t> strides_in(const Shape& from, const Shape& shape) {
  std::vector<size_t> strides(shape.size());
  size_t stride = 1;
  for (size_t i = 0; i < from.size(); ++i) {
    const int64_t size = from[from.size() - 1 - i];
    strides[shape.size() - 1 - i] = size == 1 ? 0 : stride;
    stride *= static_cast<size_t>(size);
  }
  return strides;
}

// Moves a position on by one element, the last axis first.
void move_on(const Shape& shape, std::vector<int64_t>* place) {
  for (size_t axis = shape.size(); axis-- > 0;) {
    if (++(*place)[axis] < shape[axis]) return;
    (*place)[axis] = 0;
  }
}

size_t offset_of(const std::vector<int64_t>& place, const std::vector<size_t>& strides) {
  size_t offset = 0;
  for (size_t axis = 0; axis < place.size(); ++axis) offset += static_cast<size_t>(place[axis]) * strides[axis];
  return offset;
}

template <float (*kFunction)(float, float)>
std::vector<Array> binary(const Node&, const Arguments& arguments, Budget* budget) {
  expect(arguments, 2);
  const Array &x = *arguments[0], &y = *arguments[1];
  Array result = zeros(broadcast(x.shape, y.shape), budget);
  if (x.shape == y.shape) {
    for (size_t i = 0; i < result.values.size(); ++i) result.values[i] = kFunction(x.values[i], y.values[i]);
    return {std::move(result)};
  }
  const std::vector<size_t> of_x = strides_in(x.shape, result.shape), of_y = strides_in(y.shape, result.shape);
  std::vector<int64_t> place(result.n_axes());
  for (float& value : result.values) {
    value = kFunction(x.values[offset_of(place, of_x)], y.values[offset_of(place, of_y)]);
    move_on(result.shape, &place);
  }
  return {std::move(result)};
}

template <float (*kFunction)(float)>
std::vector<Array> unary(const Node&, const Arguments& arguments, Budget* budget) {
  expect(arguments, 1);
  Array result = zeros(arguments[0]->shape, budget);
  std::transform(arguments[0]->values.begin(), arguments[0]->values.end(), result.values.begin(), kFunction);
  return {std::move(result)};
}

float add(float x, float y) { return x + y; }
float subtract(float x, float y) { return x - y; }
float multiply(float x, float y) { return x * y; }
float least(float x, float y) { return std::min(x, y); }
float greatest(float x, float y) { return std::max(x, y); }
float is_less(float x, float y) { return x < y ? 1.0f : 0.0f; }
float squared_difference(float x, float y) { return (x - y) * (x - y); }
float rsqrt(float x) { return 1.0f / std::sqrt(x); }
float relu(float x) { return std::max(x, 0.0f); }
float relu6(float x) { return std::min(std::max(x, 0.0f), 6.0f); }
float logarithm(float x) { return std::log(x); }
float same(float x) { return x; }
float zero(float) { return 0.0f; }
float one(float) { return 1.0f; }

std::vector<Array> cast(const Node& node, const Arguments& arguments, Budget* budget) {
  const int64_t type = node.number("DstT", 0);
  if (type == 1 || type == 2) return unary<same>(node, arguments, budget);
  if (type == 10) throw TrialError("it makes truths of numbers");
  return unary<std::trunc>(node, arguments, budget);
}

enum class Reduction { kSum, kMean, kMax, kMin };

template <Reduction kKind>
std::vector<Array> reduce(const Node& node, const Arguments& arguments, Budget* budget) {
  expect(arguments, 2);
  const Array& x = *arguments[0];
  std::vector<bool> is_reduced(x.n_axes());
  for (int64_t axis : integers_of(*arguments[1])) is_reduced[axis_of(static_cast<double>(axis), x.n_axes())] = true;
  Shape kept(x.shape), shape;
  for (size_t axis = 0; axis < x.n_axes(); ++axis) {
    if (is_reduced[axis]) kept[axis] = 1;
    if (!is_reduced[axis] || node.number("keep_dims", 0)) shape.push_back(kept[axis]);
  }
  const size_t n = budget->spend(kept);
  budget->spend(x.shape);
  const double empty = kKind == Reduction::kMax ? -HUGE_VAL : kKind == Reduction::kMin ? HUGE_VAL : 0.0;
  std::vector<double> sums(n, empty);
  const std::vector<size_t> strides = strides_in(kept, x.shape);
  std::vector<int64_t> place(x.n_axes());
  for (float value : x.values) {
    double& sum = sums[offset_of(place, strides)];
    sum = kKind == Reduction::kMax   ? std::max<double>(sum, value)
          : kKind == Reduction::kMin ? std::min<double>(sum, value)
                                     : sum + value;
    move_on(x.shape, &place);
  }
  Array result{shape, std::vector<float>(n)};
  const double scale = kKind == Reduction::kMean && !x.values.empty()
                           ? static_cast<double>(n) / static_cast<double>(x.values.size())
                           : 1.0;
  std::transform(sums.begin(), sums.end(), result.values.begin(),
                 [scale](double sum) { return static_cast<float>(sum * scale); });
  return {std::move(result)};
}

std::vector<Array> matmul(const Node& node, const Arguments& arguments, Budget* budget) {
  expect(arguments, 2);
  const Array &a = *arguments[0], &b = *arguments[1];
  if (a.n_axes() != 2 || b.n_axes() != 2 || node.number("transpose_a", 0))
    throw TrialError("it multiplies no matrices");
  const bool is_transposed = node.number("transpose_b", 0) != 0;
  const auto n_rows = static_cast<size_t>(a.shape[0]), n_inner = static_cast<size_t>(a.shape[1]);
  const auto n_columns = static_cast<size_t>(b.shape[is_transposed ? 0 : 1]);
  if (static_cast<size_t>(b.shape[is_transposed ? 1 : 0]) != n_inner) throw TrialError("shapes do not fit");
  budget->spend({a.shape[0], static_cast<int64_t>(n_columns), a.shape[1]});
  Array result = zeros({a.shape[0], static_cast<int64_t>(n_columns)}, budget);
  for (size_t row = 0; row < n_rows; ++row) {
    for (size_t column = 0; column < n_columns; ++column) {
      double sum = 0.0;
      for (size_t i = 0; i < n_inner; ++i) {
        sum += double{a.values[row * n_inner + i]} *
               b.values[is_transposed ? column * n_inner + i : i * n_columns + column];
      }
      result.values[row * n_columns + column] = static_cast<float>(sum);
    }
  }
  return {std::move(result)};
}

constexpr NamedOperation kOperations[] = {
    {"Add", binary<add>},
    {"AddV2", binary<add>},
    {"BiasAdd", binary<add>},
    {"Sub", binary<subtract>},
    {"Mul", binary<multiply>},
    {"Minimum", binary<least>},
    {"Maximum", binary<greatest>},
    {"Less", binary<is_less>},
    {"SquaredDifference", binary<squared_difference>},
    {"Rsqrt", unary<rsqrt>},
    {"Relu", unary<relu>},
    {"Relu6", unary<relu6>},
    {"Log", unary<logarithm>},
    {"Identity", unary<same>},
    {"StopGradient", unary<same>},
    {"ZerosLike", unary<zero>},
    {"OnesLike", unary<one>},
    {"Cast", cast},
    {"Sum", reduce<Reduction::kSum>},
    {"Mean", reduce<Reduction::kMean>},
    {"Max", reduce<Reduction::kMax>},
    {"Min", reduce<Reduction::kMin>},
    {"MatMul", matmul},
};

}  // namespace

OperationTable arithmetic_operations() { return {kOperations, std::size(kOperations)}; }

}  // namespace deepspeech
