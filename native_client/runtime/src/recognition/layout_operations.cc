// Operations that give numbers another shape or order, and those that ask for shapes.
#include <algorithm>
#include <cmath>
#include <numeric>

#include "recognition/array.h"

namespace deepspeech {
namespace {

Array list(const std::vector<float>& values, Budget* budget) {
  Array result = zeros({static_cast<int64_t>(values.size())}, budget);
  result.values = values;
  return result;
}

Array scalar(float value, Budget* budget) {
  Array result = zeros({}, budget);
  result.values[0] = value;
  return result;
}

std::vector<Array> with_shape(const Array& x, const Shape& shape, Budget* budget) {
  Array result = zeros(shape, budget);
  if (result.values.size() != x.values.size()) {
    throw TrialError(std::to_string(x.values.size()) + " numbers for a shape of " +
                     std::to_string(result.values.size()));
  }
  result.values = x.values;
  return {std::move(result)};
}

std::vector<Array> reshape(const Node&, const Arguments& arguments, Budget* budget) {
  expect(arguments, 2);
  Shape shape = integers_of(*arguments[1]);
  int64_t n_known = 1, unknown = -1;
  for (size_t axis = 0; axis < shape.size(); ++axis) {
    if (shape[axis] == -1 && unknown < 0) {
      unknown = static_cast<int64_t>(axis);
    } else {
      if (shape[axis] < 0 || shape[axis] > Budget::kMaxArray)
        throw TrialError("a size is " + std::to_string(shape[axis]));
      n_known *= shape[axis];
      if (n_known > Budget::kMaxArray) throw TrialError("a shape is too large");
    }
  }
  if (unknown >= 0) {
    if (n_known == 0) throw TrialError("a size is not known");
    shape[static_cast<size_t>(unknown)] = static_cast<int64_t>(arguments[0]->values.size()) / n_known;
  }
  return with_shape(*arguments[0], shape, budget);
}

std::vector<Array> expand_dims(const Node&, const Arguments& arguments, Budget* budget) {
  expect(arguments, 2);
  if (arguments[1]->values.size() != 1) throw TrialError("it names no axis");
  Shape shape = arguments[0]->shape;
  const size_t axis = axis_of(arguments[1]->values[0], shape.size() + 1);
  shape.insert(shape.begin() + static_cast<std::ptrdiff_t>(axis), 1);
  return with_shape(*arguments[0], shape, budget);
}

std::vector<Array> squeeze(const Node& node, const Arguments& arguments, Budget* budget) {
  expect(arguments, 1);
  const Array& x = *arguments[0];
  const Attribute* named = node.find("squeeze_dims");
  std::vector<bool> is_dropped(x.n_axes());
  if (named && !named->numbers.empty()) {
    for (int64_t axis : named->numbers) is_dropped[axis_of(static_cast<double>(axis), x.n_axes())] = true;
  } else {
    for (size_t axis = 0; axis < x.n_axes(); ++axis) is_dropped[axis] = x.shape[axis] == 1;
  }
  Shape shape;
  for (size_t axis = 0; axis < x.n_axes(); ++axis) {
    if (!is_dropped[axis]) shape.push_back(x.shape[axis]);
  }
  return with_shape(x, shape, budget);
}

std::vector<Array> transpose(const Node&, const Arguments& arguments, Budget* budget) {
  expect(arguments, 2);
  const Array& x = *arguments[0];
  const std::vector<int64_t> order = integers_of(*arguments[1]);
  std::vector<int64_t> sorted(order), all(x.n_axes());
  std::sort(sorted.begin(), sorted.end());
  std::iota(all.begin(), all.end(), 0);
  if (sorted != all) throw TrialError("it names other axes than there are");
  std::vector<size_t> strides(x.n_axes(), 1);
  for (size_t axis = x.n_axes(); axis-- > 1;) strides[axis - 1] = strides[axis] * static_cast<size_t>(x.shape[axis]);
  Shape shape;
  for (int64_t axis : order) shape.push_back(x.shape[static_cast<size_t>(axis)]);
  Array result = zeros(shape, budget);
  std::vector<int64_t> place(shape.size());
  for (float& value : result.values) {
    size_t from = 0;
    for (size_t axis = 0; axis < place.size(); ++axis)
      from += static_cast<size_t>(place[axis]) * strides[static_cast<size_t>(order[axis])];
    value = x.values[from];
    for (size_t axis = shape.size(); axis-- > 0;) {
      if (++place[axis] < shape[axis]) break;
      place[axis] = 0;
    }
  }
  return {std::move(result)};
}

// Joins arrays along an axis.
Array joined(const Arguments& parts, size_t axis, Budget* budget) {
  Shape shape = parts[0]->shape;
  shape[axis] = 0;
  for (const Array* part : parts) {
    Shape other = part->shape;
    if (other.size() != shape.size()) throw TrialError("shapes do not fit");
    shape[axis] += other[axis];
    other[axis] = shape[axis];
    if (other != shape) throw TrialError("shapes do not fit");
  }
  Array result = zeros(shape, budget);
  int64_t n_outer = 1;
  for (size_t i = 0; i < axis; ++i) n_outer *= shape[i];
  auto end = result.values.begin();
  for (int64_t outer = 0; outer < n_outer; ++outer) {
    for (const Array* part : parts) {
      const auto n = static_cast<std::ptrdiff_t>(part->values.size()) / n_outer;
      end = std::copy_n(part->values.begin() + outer * n, n, end);
    }
  }
  return result;
}

std::vector<Array> concat(const Node&, const Arguments& arguments, Budget* budget) {
  if (arguments.size() < 2 || arguments.back()->values.size() != 1) throw TrialError("it names no axis");
  const Arguments parts(arguments.begin(), arguments.end() - 1);
  return {joined(parts, axis_of(arguments.back()->values[0], parts[0]->n_axes()), budget)};
}

std::vector<Array> pack(const Node& node, const Arguments& arguments, Budget* budget) {
  if (arguments.empty()) throw TrialError("it has no inputs");
  const size_t axis = axis_of(static_cast<double>(node.number("axis", 0)), arguments[0]->n_axes() + 1);
  std::vector<Array> expanded;
  for (const Array* each : arguments) {
    if (each->shape != arguments[0]->shape) throw TrialError("shapes do not fit");
    Shape shape = each->shape;
    shape.insert(shape.begin() + static_cast<std::ptrdiff_t>(axis), 1);
    expanded.push_back(std::move(with_shape(*each, shape, budget)[0]));
  }
  Arguments parts;
  for (const Array& each : expanded) parts.push_back(&each);
  return {joined(parts, axis, budget)};
}

std::vector<Array> tile(const Node&, const Arguments& arguments, Budget* budget) {
  expect(arguments, 2);
  const std::vector<int64_t> multiples = integers_of(*arguments[1]);
  Array result = *arguments[0];
  if (multiples.size() != result.n_axes()) throw TrialError("shapes do not fit");
  for (size_t axis = 0; axis < multiples.size(); ++axis) {
    if (multiples[axis] < 0 || multiples[axis] > Budget::kMaxArray) throw TrialError("it repeats too often");
    Shape shape = result.shape;
    if (shape[axis] > 0 && multiples[axis] > Budget::kMaxArray / shape[axis]) throw TrialError("it repeats too often");
    shape[axis] *= multiples[axis];
    if (multiples[axis] == 1) continue;
    Array longer = zeros(shape, budget);
    int64_t n_outer = 1;
    for (size_t i = 0; i < axis; ++i) n_outer *= shape[i];
    if (longer.values.empty()) n_outer = 0;
    auto end = longer.values.begin();
    const auto n = n_outer ? static_cast<std::ptrdiff_t>(result.values.size()) / n_outer : 0;
    for (int64_t outer = 0; outer < n_outer; ++outer) {
      for (int64_t i = 0; i < multiples[axis]; ++i) end = std::copy_n(result.values.begin() + outer * n, n, end);
    }
    result = std::move(longer);
  }
  return {std::move(result)};
}

std::vector<Array> shape_of(const Node&, const Arguments& arguments, Budget* budget) {
  expect(arguments, 1);
  return {list(std::vector<float>(arguments[0]->shape.begin(), arguments[0]->shape.end()), budget)};
}

std::vector<Array> size_of(const Node&, const Arguments& arguments, Budget* budget) {
  expect(arguments, 1);
  return {scalar(static_cast<float>(arguments[0]->values.size()), budget)};
}

std::vector<Array> rank_of(const Node&, const Arguments& arguments, Budget* budget) {
  expect(arguments, 1);
  return {scalar(static_cast<float>(arguments[0]->n_axes()), budget)};
}

std::vector<Array> fill(const Node&, const Arguments& arguments, Budget* budget) {
  expect(arguments, 2);
  if (arguments[1]->values.size() != 1) throw TrialError("it fills with no number");
  Array result = zeros(integers_of(*arguments[0]), budget);
  std::fill(result.values.begin(), result.values.end(), arguments[1]->values[0]);
  return {std::move(result)};
}

std::vector<Array> range(const Node&, const Arguments& arguments, Budget* budget) {
  expect(arguments, 3);
  for (const Array* each : arguments) {
    if (each->values.size() != 1) throw TrialError("it has no limits");
  }
  const double start = arguments[0]->values[0], limit = arguments[1]->values[0], step = arguments[2]->values[0];
  const double n = std::ceil((limit - start) / step);
  if (!(n <= static_cast<double>(Budget::kMaxArray))) throw TrialError("it has no end");
  Array result = zeros({std::max<int64_t>(0, static_cast<int64_t>(std::max(n, 0.0)))}, budget);
  for (size_t i = 0; i < result.values.size(); ++i)
    result.values[i] = static_cast<float>(start + step * static_cast<double>(i));
  return {std::move(result)};
}

constexpr NamedOperation kOperations[] = {
    {"Reshape", reshape}, {"ExpandDims", expand_dims},
    {"Squeeze", squeeze}, {"Transpose", transpose},
    {"ConcatV2", concat}, {"Pack", pack},
    {"Tile", tile},       {"Shape", shape_of},
    {"Size", size_of},    {"Rank", rank_of},
    {"Fill", fill},       {"Range", range},
};

}  // namespace

OperationTable layout_operations() { return {kOperations, std::size(kOperations)}; }

}  // namespace deepspeech
