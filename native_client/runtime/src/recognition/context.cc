#include "recognition/context.h"

#include <algorithm>
#include <cstring>
#include <set>

#include "deepspeech.h"

namespace deepspeech {
namespace {

// Which inputs of a node's hold the numbers that it moves; none if it does something else.
std::vector<Output> moved_inputs(const Context& context, const Output& output) {
  const std::string& op = context.graph.op(output);
  const std::vector<Output>& inputs = context.graph.inputs(output);
  if (inputs.empty()) return {};
  if (op == "Identity" || op == "StopGradient" || op == "Reshape" || op == "Transpose" || op == "ExpandDims" ||
      op == "Squeeze" || op == "Cast" || op == "Tile" || op == "GatherNd" || op == "Gather" ||
      op == "ReverseSequence" || op == "StridedSlice" || op == "Unpack") {
    return {inputs[0]};
  }
  if (op == "Split" && inputs.size() == 2) return {inputs[1]};
  if (op == "Pack") return inputs;
  if (op == "ConcatV2") return {inputs.begin(), inputs.end() - 1};
  if (op == "Mul" && inputs.size() == 2) {  // a mask of valid steps
    for (size_t i = 0; i < 2; ++i) {
      if (context.is_data[inputs[i].node] && !context.is_data[inputs[1 - i].node] &&
          context.is_of_lengths[inputs[1 - i].node]) {
        return {inputs[i]};
      }
    }
  }
  return {};
}

}  // namespace

Trial Context::trial(size_t n_valid) {
  Trial trial(graph, &budget);
  if (has_lengths()) {
    Array values = zeros({static_cast<int64_t>(n_batch)}, &budget);
    std::fill(values.values.begin(), values.values.end(), static_cast<float>(n_valid));
    trial.give({lengths, 0}, std::move(values));
  }
  return trial;
}

std::vector<Output> origins(const Context& context, const Output& output) {
  std::set<Output> seen{output};
  std::vector<Output> waiting{output}, found;
  while (!waiting.empty()) {
    const Output next = waiting.back();
    waiting.pop_back();
    const std::vector<Output> inputs = moved_inputs(context, next);
    if (inputs.empty()) {
      if (context.is_data[next.node]) found.push_back(next);
      continue;
    }
    for (const Output& input : inputs) {
      if (seen.insert(input).second) waiting.push_back(input);
    }
  }
  return found;
}

Output origin(const Context& context, const Output& output) {
  const std::vector<Output> found = origins(context, output);
  if (found.size() != 1) {
    refuse("node " + context.graph.node(output).name.substr(0, 200) + " is made of " + std::to_string(found.size()) +
           " values instead of one");
  }
  return found[0];
}

void expect_same_order(Context* context, const Output& from, size_t width, const Output& to) {
  if (from == to) return;
  Trial trial = context->trial(context->n_steps);
  const Array given =
      numbered({static_cast<int64_t>(context->n_rows()), static_cast<int64_t>(width)}, &context->budget);
  trial.give(from, given);
  if (trial.compute(to).values != given.values) {
    refuse("node " + context->graph.node(to).name.substr(0, 200) + " brings what is computed into another order");
  }
}

VectorView vector_view(const Tensor& tensor, size_t size, Arena* arena) {
  if (tensor.n_elements() != size || tensor.shape.empty() || static_cast<size_t>(tensor.shape.back()) != size) {
    refuse(DS_ERR_INVALID_SHAPE,
           "a layer has " + std::to_string(tensor.n_elements()) + " biases for " + std::to_string(size) + " units");
  }
  if (tensor.type == NumberType::kFloat32 && !tensor.n_scales) return {tensor.data, size};
  if (tensor.type != NumberType::kInt8 || tensor.n_scales != 1 || tensor.has_zero_points)
    refuse("biases are of an unknown type");
  float scale;
  std::memcpy(&scale, tensor.scales, sizeof(scale));
  float* const copy = arena->take_floats(size);
  for (size_t i = 0; i < size; ++i) copy[i] = scale * static_cast<float>(tensor.number(i));
  return {copy, size};
}

MatrixView matrix_view(const Tensor& tensor, bool is_transposed) {
  if (tensor.shape.size() != 2 || tensor.n_elements() == 0)
    refuse(DS_ERR_INVALID_SHAPE, "the weights of a layer are no matrix");
  MatrixView view;
  const auto n_stored = static_cast<size_t>(tensor.shape[0]);
  view.stride = static_cast<size_t>(tensor.shape[1]);
  view.n_rows = is_transposed ? view.stride : n_stored;
  view.n_columns = is_transposed ? n_stored : view.stride;
  view.is_transposed = is_transposed;
  view.data = tensor.data;
  if (tensor.type == NumberType::kFloat32 && !tensor.n_scales) return view;
  if (tensor.type != NumberType::kInt8 || !tensor.n_scales) refuse("the weights of a layer are of an unknown type");
  if (tensor.has_zero_points) refuse("the 8-bit weights of a layer are not symmetric");
  if (tensor.n_scales > 1 && (tensor.n_scales != view.n_columns || tensor.scale_axis != (is_transposed ? 0u : 1u))) {
    refuse("the 8-bit weights of a layer have scales of their inputs");
  }
  view.type = MatrixView::Type::kInt8;
  view.scales = tensor.scales;
  view.n_scales = tensor.n_scales;
  return view;
}

MatrixView rows_of(const MatrixView& matrix, size_t begin, size_t end) {
  MatrixView part = matrix;
  const size_t width = matrix.type == MatrixView::Type::kFloat32 ? sizeof(float) : 1;
  part.data = static_cast<const uint8_t*>(matrix.data) + width * begin * (matrix.is_transposed ? 1 : matrix.stride);
  part.n_rows = end - begin;
  return part;
}

}  // namespace deepspeech
