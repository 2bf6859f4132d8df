// Operations that take parts of arrays.
#include <algorithm>

#include "recognition/array.h"

namespace deepspeech {
namespace {

int64_t product(const Shape& shape, size_t begin, size_t end) {
  int64_t n = 1;
  for (size_t axis = begin; axis < end; ++axis) n *= shape[axis];
  return n;
}

// The elements from `begin` on, `n` of them `stride` apart, along an axis.
Array part_of(const Array& x, size_t axis, int64_t begin, int64_t n, int64_t stride, Budget* budget) {
  Shape shape = x.shape;
  shape[axis] = n;
  Array result = zeros(shape, budget);
  const int64_t n_outer = product(x.shape, 0, axis), n_inner = product(x.shape, axis + 1, x.n_axes());
  if (result.values.empty()) return result;
  auto end = result.values.begin();
  for (int64_t outer = 0; outer < n_outer; ++outer) {
    for (int64_t i = 0; i < n; ++i) {
      end = std::copy_n(x.values.begin() + (outer * x.shape[axis] + begin + i * stride) * n_inner, n_inner, end);
    }
  }
  return result;
}

std::vector<Array> split(const Node& node, const Arguments& arguments, Budget* budget) {
  expect(arguments, 2);
  if (arguments[0]->values.size() != 1) throw TrialError("it names no axis");
  const Array& x = *arguments[1];
  const size_t axis = axis_of(arguments[0]->values[0], x.n_axes());
  const int64_t n_parts = node.number("num_split", 0);
  if (n_parts < 1 || n_parts > (1 << 16) || x.shape[axis] % n_parts)
    throw TrialError("it has " + std::to_string(n_parts) + " parts");
  const int64_t size = x.shape[axis] / n_parts;
  std::vector<Array> parts;
  for (int64_t i = 0; i < n_parts; ++i) parts.push_back(part_of(x, axis, i * size, size, 1, budget));
  return parts;
}

void drop_axis(size_t axis, Array* array) {
  array->shape.erase(array->shape.begin() + static_cast<std::ptrdiff_t>(axis));
}

std::vector<Array> unpack(const Node& node, const Arguments& arguments, Budget* budget) {
  expect(arguments, 1);
  const Array& x = *arguments[0];
  const size_t axis = axis_of(static_cast<double>(node.number("axis", 0)), x.n_axes());
  if (x.shape[axis] > (1 << 16)) throw TrialError("it has " + std::to_string(x.shape[axis]) + " parts");
  std::vector<Array> parts;
  for (int64_t i = 0; i < x.shape[axis]; ++i) {
    parts.push_back(part_of(x, axis, i, 1, 1, budget));
    drop_axis(axis, &parts.back());
  }
  return parts;
}

// Where a slice of an axis of `size` begins or ends: from the end if negative, and within it.
int64_t clamped(int64_t place, int64_t size, int64_t least, int64_t most) {
  return std::clamp(place < 0 ? place + size : place, least, most);
}

std::vector<Array> strided_slice(const Node& node, const Arguments& arguments, Budget* budget) {
  expect(arguments, 4);
  if (node.number("ellipsis_mask", 0) || node.number("new_axis_mask", 0)) throw TrialError("it has new axes");
  const std::vector<int64_t> begins = integers_of(*arguments[1]), ends = integers_of(*arguments[2]),
                             strides = integers_of(*arguments[3]);
  Array result = *arguments[0];
  if (begins.size() > result.n_axes() || ends.size() != begins.size() || strides.size() != begins.size()) {
    throw TrialError("it has " + std::to_string(begins.size()) + " slices");
  }
  for (size_t axis = begins.size(); axis-- > 0;) {
    const int64_t size = result.shape[axis], stride = strides[axis];
    if (node.number("shrink_axis_mask", 0) >> axis & 1) {
      const int64_t place = begins[axis] < 0 ? begins[axis] + size : begins[axis];
      if (place < 0 || place >= size) throw TrialError("it takes what is not there");
      result = part_of(result, axis, place, 1, 1, budget);
      drop_axis(axis, &result);
      continue;
    }
    if (stride == 0) throw TrialError("it takes steps of 0");
    const int64_t least = stride > 0 ? 0 : -1, most = stride > 0 ? size : size - 1;
    int64_t begin = clamped(begins[axis], size, least, most), end = clamped(ends[axis], size, least, most);
    if (node.number("begin_mask", 0) >> axis & 1) begin = stride > 0 ? 0 : size - 1;
    if (node.number("end_mask", 0) >> axis & 1) end = stride > 0 ? size : -1;
    const int64_t n = stride > 0 ? (end - begin + stride - 1) / stride : (begin - end - stride - 1) / -stride;
    result = part_of(result, axis, begin, std::max<int64_t>(0, n), stride, budget);
  }
  return {std::move(result)};
}

std::vector<Array> gather(const Node&, const Arguments& arguments, Budget* budget) {
  expect(arguments, 2);
  const Array &x = *arguments[0], &indices = *arguments[1];
  if (x.n_axes() < 1) throw TrialError("it takes parts of a number");
  Shape shape = indices.shape;
  shape.insert(shape.end(), x.shape.begin() + 1, x.shape.end());
  Array result = zeros(shape, budget);
  const int64_t n_inner = product(x.shape, 1, x.n_axes());
  auto end = result.values.begin();
  for (float index : indices.values) {
    if (!(index >= 0 && index < static_cast<float>(x.shape[0]))) throw TrialError("it takes what is not there");
    end = std::copy_n(x.values.begin() + static_cast<int64_t>(index) * n_inner, n_inner, end);
  }
  return {std::move(result)};
}

std::vector<Array> gather_nd(const Node&, const Arguments& arguments, Budget* budget) {
  expect(arguments, 2);
  const Array &x = *arguments[0], &indices = *arguments[1];
  if (indices.n_axes() < 1 || indices.shape.back() < 1 || static_cast<size_t>(indices.shape.back()) > x.n_axes()) {
    throw TrialError("it takes parts of other axes than there are");
  }
  const auto depth = static_cast<size_t>(indices.shape.back());
  Shape shape(indices.shape.begin(), indices.shape.end() - 1);
  shape.insert(shape.end(), x.shape.begin() + static_cast<std::ptrdiff_t>(depth), x.shape.end());
  Array result = zeros(shape, budget);
  const int64_t n_inner = product(x.shape, depth, x.n_axes());
  auto end = result.values.begin();
  for (size_t i = 0; i < indices.values.size(); i += depth) {
    int64_t place = 0;
    for (size_t axis = 0; axis < depth; ++axis) {
      const float index = indices.values[i + axis];
      if (!(index >= 0 && index < static_cast<float>(x.shape[axis]))) throw TrialError("it takes what is not there");
      place = place * x.shape[axis] + static_cast<int64_t>(index);
    }
    end = std::copy_n(x.values.begin() + place * n_inner, n_inner, end);
  }
  return {std::move(result)};
}

// The first lengths[b] elements along `seq_dim` in reverse order, at each index b of `batch_dim`.
std::vector<Array> reverse_sequence(const Node& node, const Arguments& arguments, Budget* budget) {
  expect(arguments, 2);
  const Array &x = *arguments[0], &lengths = *arguments[1];
  const size_t steps = axis_of(static_cast<double>(node.number("seq_dim", 0)), x.n_axes());
  const size_t batch = axis_of(static_cast<double>(node.number("batch_dim", 0)), x.n_axes());
  if (steps == batch || lengths.values.size() != static_cast<size_t>(x.shape[batch]))
    throw TrialError("shapes do not fit");
  Array result = zeros(x.shape, budget);
  const int64_t step_stride = product(x.shape, steps + 1, x.n_axes()),
                batch_stride = product(x.shape, batch + 1, x.n_axes());
  for (int64_t i = 0; i < static_cast<int64_t>(x.values.size()); ++i) {
    const int64_t step = i / step_stride % x.shape[steps];
    const float length = lengths.values[static_cast<size_t>(i / batch_stride % x.shape[batch])];
    if (!(length >= 0 && length <= static_cast<float>(x.shape[steps])))
      throw TrialError("it reverses more than there is");
    const int64_t from = static_cast<float>(step) < length ? static_cast<int64_t>(length) - 1 - step : step;
    result.values[static_cast<size_t>(i)] = x.values[static_cast<size_t>(i + (from - step) * step_stride)];
  }
  return {std::move(result)};
}

constexpr NamedOperation kOperations[] = {
    {"Split", split},   {"Unpack", unpack},      {"StridedSlice", strided_slice},
    {"Gather", gather}, {"GatherNd", gather_nd}, {"ReverseSequence", reverse_sequence},
};

}  // namespace

OperationTable selection_operations() { return {kOperations, std::size(kOperations)}; }

}  // namespace deepspeech
