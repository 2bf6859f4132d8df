#include "recognition/trial.h"

namespace deepspeech {

std::vector<bool> Trial::needed_for(const std::vector<Output>& outputs) const {
  std::vector<bool> is_needed(graph_.size());
  std::vector<size_t> waiting;
  const auto ask_for = [&](const Output& output) {
    if (given_.count(output) || is_needed[output.node]) return;
    is_needed[output.node] = true;
    waiting.push_back(output.node);
  };
  for (const Output& output : outputs) ask_for(output);
  while (!waiting.empty()) {
    const size_t number = waiting.back();
    waiting.pop_back();
    for (const Output& input : graph_.inputs(number)) ask_for(input);
  }
  return is_needed;
}

const Array* Trial::value_of(const Output& output, const Values& values) const {
  const auto given = given_.find(output);
  if (given != given_.end()) return &given->second;
  const std::vector<Array>& computed = values[output.node];
  if (output.index >= computed.size()) throw TrialError("an input is missing");
  return &computed[output.index];
}

void Trial::run(size_t number, Values* values) {
  const Node& node = graph_.node(number);
  try {
    if (node.op == "Const") {
      (*values)[number].push_back(array_of(*node.find("value")->tensor, budget_));
      return;
    }
    const Operation operation = find_operation(node.op);
    if (!operation) throw TrialError("it is not expected here");
    Arguments arguments;
    for (const Output& input : graph_.inputs(number)) arguments.push_back(value_of(input, *values));
    (*values)[number] = operation(node, arguments, budget_);
  } catch (const TrialError& error) {
    refuse("node " + node.name.substr(0, 200) + " (" + node.op + ") cannot be computed: " + error.what());
  }
}

std::vector<Array> Trial::compute(const std::vector<Output>& outputs) {
  budget_->spend({static_cast<int64_t>(graph_.size())});
  const std::vector<bool> is_needed = needed_for(outputs);
  std::vector<size_t> n_uses(graph_.size());
  for (size_t number : graph_.in_order()) {
    if (!is_needed[number]) continue;
    for (const Output& input : graph_.inputs(number)) ++n_uses[input.node];
  }
  for (const Output& output : outputs) ++n_uses[output.node];
  Values values(graph_.size());
  for (size_t number : graph_.in_order()) {
    if (!is_needed[number]) continue;
    run(number, &values);
    for (const Output& input : graph_.inputs(number)) {
      if (--n_uses[input.node] == 0) values[input.node] = {};
    }
  }
  std::vector<Array> results;
  for (const Output& output : outputs) {
    try {
      results.push_back(*value_of(output, values));
    } catch (const TrialError&) {
      refuse("node " + graph_.node(output).name.substr(0, 200) + " cannot be computed");
    }
  }
  return results;
}

Array numbered(const Shape& shape, Budget* budget, size_t first) {
  Array array = zeros(shape, budget);
  for (size_t i = 0; i < array.values.size(); ++i) array.values[i] = static_cast<float>(first + i + 1);
  return array;
}

Array varied(const Shape& shape, Budget* budget) {
  Array array = zeros(shape, budget);
  uint32_t state = 1;
  for (float& value : array.values) {
    state = state * 1664525u + 1013904223u;  // Numerical Recipes
    value = static_cast<float>(state >> 8) / static_cast<float>(1 << 22) - 2.0f;
  }
  return array;
}

}  // namespace deepspeech
