#include "recognition/norm.h"

#include <cmath>
#include <cstring>
#include <limits>
#include <set>

namespace deepspeech {
namespace {

constexpr double kTolerance = 1e-3;  // float32, differently ordered sums

bool is_one_of(const std::string& op, std::initializer_list<const char*> names) {
  for (const char* name : names) {
    if (op == name) return true;
  }
  return false;
}

std::vector<double> numbers_of(const VectorView& view) {
  std::vector<double> numbers(view.size);
  for (size_t i = 0; i < view.size; ++i) {
    float value;
    std::memcpy(&value, static_cast<const uint8_t*>(view.data) + i * sizeof(value), sizeof(value));
    numbers[i] = value;
  }
  return numbers;
}

// Takes the constant that a node of a norm has beside the other input, if any.
void note_constant(const IndexedGraph& graph, size_t number, NormParts* parts) {
  const std::string& op = graph.node(number).op;
  for (const Output& input : graph.inputs(number)) {
    const Tensor* constant = graph.constant(input);
    if (!constant || constant->type != NumberType::kFloat32 || constant->n_elements() == 0) continue;
    const bool is_one = constant->n_elements() == 1;
    if (op == "Mul" && !parts->gamma) parts->gamma = constant;
    if (!is_one_of(op, {"Add", "AddV2", "Sub"})) continue;
    if (is_one && parts->epsilon == 0.0f) {
      parts->epsilon = static_cast<float>(constant->number(0));
    } else if (!parts->beta) {
      parts->beta = constant;
    }
  }
}

}  // namespace

std::optional<Activation> find_activation(const IndexedGraph& graph, const Output& output) {
  const std::string& op = graph.op(output);
  const std::vector<Output>& inputs = graph.inputs(output);
  if (op == "Relu6" && inputs.size() == 1) return Activation{inputs[0], 6.0f};
  if (op == "Relu" && inputs.size() == 1) return Activation{inputs[0], std::numeric_limits<float>::infinity()};
  if (op != "Minimum" || inputs.size() != 2) return std::nullopt;
  for (size_t i = 0; i < 2; ++i) {
    const Tensor* limit = graph.constant(inputs[1 - i]);
    const Output relu = graph.passed_on(inputs[i]);
    if (!limit || limit->n_elements() != 1 || limit->type != NumberType::kFloat32 || limit->n_scales) continue;
    if (graph.op(relu) != "Relu" || graph.inputs(relu).size() != 1) continue;
    const auto clip = static_cast<float>(limit->number(0));
    if (clip > 0.0f) return Activation{graph.inputs(relu)[0], clip};
  }
  return std::nullopt;
}

std::optional<NormParts> find_norm(const Context& context, const Output& output) {
  const IndexedGraph& graph = context.graph;
  NormParts parts;
  std::set<Output> activations;
  std::set<size_t> seen{output.node};
  std::vector<Output> waiting{output};
  while (!waiting.empty()) {
    const Output next = waiting.back();
    waiting.pop_back();
    if (find_activation(graph, next)) {
      activations.insert(next);
      continue;
    }
    if (!is_one_of(graph.op(next), {"Add", "AddV2", "Sub", "Mul", "SquaredDifference", "Rsqrt", "Mean", "Identity",
                                    "StopGradient", "Squeeze", "Reshape", "ExpandDims"})) {
      return std::nullopt;
    }
    note_constant(graph, next.node, &parts);
    for (const Output& input : graph.inputs(next)) {
      if (context.is_data[input.node] && seen.insert(input.node).second) waiting.push_back(input);
    }
  }
  if (activations.size() != 1 || !parts.gamma || !parts.beta) return std::nullopt;
  parts.input = *activations.begin();
  return parts;
}

LayerNorm checked_norm(Context* context, const NormParts& parts, const Output& output, size_t width) {
  const LayerNorm norm{vector_view(*parts.gamma, width, context->arena),
                       vector_view(*parts.beta, width, context->arena), parts.epsilon};
  // Rows of very different deviations show what is added to the variance.
  Array x = varied({static_cast<int64_t>(context->n_rows()), static_cast<int64_t>(width)}, &context->budget);
  for (size_t i = 0; i < x.values.size(); ++i) x.values[i] *= std::pow(10.0f, -static_cast<float>(i / width % 8));
  Trial trial = context->trial(context->n_steps);
  trial.give(parts.input, x);
  const Array found = trial.compute(output);
  if (found.values.size() != x.values.size()) refuse("a norm changes the number of values");
  const std::vector<double> gamma = numbers_of(norm.gamma), beta = numbers_of(norm.beta);
  for (size_t row = 0; row < context->n_rows(); ++row) {
    const float* const values = x.values.data() + row * width;
    double mean = 0.0, variance = 0.0;
    for (size_t i = 0; i < width; ++i) mean += values[i] / static_cast<double>(width);
    for (size_t i = 0; i < width; ++i) variance += (values[i] - mean) * (values[i] - mean) / static_cast<double>(width);
    for (size_t i = 0; i < width; ++i) {
      const double expected = (values[i] - mean) / std::sqrt(variance + double{norm.epsilon}) * gamma[i] + beta[i];
      const double limit = kTolerance * (std::fabs(gamma[i]) + std::fabs(beta[i]));
      if (!(std::fabs(found.values[row * width + i] - expected) <= limit)) {
        refuse("node " + context->graph.node(output).name.substr(0, 200) +
               " is another norm than that of the units of a frame");
      }
    }
  }
  return norm;
}

}  // namespace deepspeech
