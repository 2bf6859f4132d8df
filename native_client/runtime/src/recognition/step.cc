#include "recognition/step.h"

#include <algorithm>

namespace deepspeech {
namespace {

// The nodes of a step, found from its end. All functions return whether they found what they look for.
class StepFinder {
 public:
  StepFinder(const IndexedGraph& graph, Step* step) : graph_(graph), step_(*step) {}

  bool find(const Output& hidden) {
    step_.h = graph_.passed_on(hidden);
    if (graph_.op(step_.h) == "LSTMBlockCell") return block_cell();
    Output o, tanh;
    if (!pair_of(step_.h, "Mul", "Sigmoid", "Tanh", &o, &tanh)) return false;
    step_.c = only_input(tanh);
    return gate(only_input(o), 3) && memory() && gates();
  }

 private:
  Output only_input(const Output& output) const { return graph_.passed_on(graph_.inputs(output)[0]); }

  // The inputs of a node of two, of the operations `first` and `second` in either order; "" is any.
  bool pair_of(const Output& output, const std::string& op, const std::string& first, const std::string& second,
               Output* a, Output* b) const {
    const std::vector<Output>& inputs = graph_.inputs(output);
    if (graph_.op(output) != op || inputs.size() != 2) return false;
    for (size_t i = 0; i < 2; ++i) {
      *a = graph_.passed_on(inputs[i]);
      *b = graph_.passed_on(inputs[1 - i]);
      if (has_op(*a, first) && has_op(*b, second)) return true;
    }
    return false;
  }

  bool has_op(const Output& output, const std::string& op) const {
    if (op.empty()) return true;
    if (graph_.op(output) != op) return false;
    return (op != "Sigmoid" && op != "Tanh") || graph_.inputs(output).size() == 1;
  }

  // c = sigmoid(i) tanh(candidate) + sigmoid(f + forget bias) previous c
  bool memory() {
    Output new_part, kept, i, candidate, f;
    const std::string op = graph_.op(step_.c) == "AddV2" ? "AddV2" : "Add";
    if (!pair_of(step_.c, op, "Mul", "Mul", &new_part, &kept)) return false;
    if (!pair_of(new_part, "Mul", "Sigmoid", "Tanh", &i, &candidate)) std::swap(new_part, kept);
    if (!pair_of(new_part, "Mul", "Sigmoid", "Tanh", &i, &candidate)) return false;
    if (!pair_of(kept, "Mul", "Sigmoid", "", &f, &step_.previous_c)) return false;
    return gate(only_input(i), 0) && gate(only_input(candidate), 1) && forget_gate(only_input(f));
  }

  bool forget_gate(Output output) {
    if ((graph_.op(output) == "Add" || graph_.op(output) == "AddV2") && graph_.inputs(output).size() == 2) {
      for (size_t i = 0; i < 2; ++i) {
        const Tensor* bias = graph_.constant(graph_.inputs(output)[i]);
        if (!bias || bias->n_elements() != 1 || bias->type != NumberType::kFloat32) continue;
        step_.forget_bias = static_cast<float>(bias->number(0));
        output = graph_.passed_on(graph_.inputs(output)[1 - i]);
        break;
      }
    }
    return gate(output, 2);
  }

  // Whether that is gate `number` of the node that all gates are parts of.
  bool gate(const Output& output, uint32_t number) {
    if (graph_.op(output) != "Split" || output.index != number) return false;
    if (!has_split_) split_ = output.node;
    has_split_ = true;
    return split_ == output.node;
  }

  bool gates() {
    const std::vector<Output>& inputs = graph_.inputs(split_);
    if (inputs.size() != 2 || graph_.node(split_).number("num_split", 0) != 4 || !is_last_axis(inputs[0])) return false;
    const Output sums = graph_.passed_on(inputs[1]);
    return graph_.op(sums) == "BiasAdd" ? joint_product(sums) : hoisted_product(sums);
  }

  bool is_last_axis(const Output& output) const {
    const Tensor* axis = graph_.constant(output);
    return axis && axis->n_elements() == 1 && (axis->number(0) == 1 || axis->number(0) == -1);
  }

  // [x, h] kernel + bias
  bool joint_product(const Output& sums) {
    const std::vector<Output>& inputs = graph_.inputs(sums);
    if (inputs.size() != 2) return false;
    step_.bias = graph_.constant(inputs[1]);
    const Output product = graph_.passed_on(inputs[0]);
    if (!step_.bias || !matrix(product)) return false;
    const Output pair = graph_.passed_on(graph_.inputs(product)[0]);
    const std::vector<Output>& parts = graph_.inputs(pair);
    if (graph_.op(pair) != "ConcatV2" || parts.size() != 3 || !is_last_axis(parts[2])) return false;
    step_.heard = parts[0];
    step_.previous_h = graph_.passed_on(parts[1]);
    return true;
  }

  // A part of the product of all inputs + h kernel
  bool hoisted_product(const Output& sums) {
    step_.is_hoisted = true;
    const std::string op = graph_.op(sums) == "AddV2" ? "AddV2" : "Add";
    Output product;
    if (!pair_of(sums, op, "", "MatMul", &step_.heard, &product) || !matrix(product)) return false;
    step_.previous_h = graph_.passed_on(graph_.inputs(product)[0]);
    return true;
  }

  bool matrix(const Output& product) {
    const std::vector<Output>& inputs = graph_.inputs(product);
    if (graph_.op(product) != "MatMul" || inputs.size() != 2 || graph_.node(product).number("transpose_a", 0))
      return false;
    const Tensor* weights = graph_.constant(inputs[1]);
    if (!weights) return false;
    step_.kernel = matrix_view(*weights, graph_.node(product).number("transpose_b", 0) != 0);
    return true;
  }

  // TensorFlow's operation for one step.
  bool block_cell() {
    const std::vector<Output>& inputs = graph_.inputs(step_.h);
    const Node& node = graph_.node(step_.h);
    if (inputs.size() != 8 || step_.h.index != 6 || node.number("use_peephole", 0)) return false;
    const Tensor* kernel = graph_.constant(inputs[3]);
    step_.bias = graph_.constant(inputs[7]);
    if (!kernel || !step_.bias) return false;
    step_.kernel = matrix_view(*kernel, false);
    step_.c = {step_.h.node, 1};
    step_.heard = inputs[0];
    step_.previous_c = graph_.passed_on(inputs[1]);
    step_.previous_h = graph_.passed_on(inputs[2]);
    step_.forget_bias = node.real("forget_bias", 1.0f);
    step_.cell_clip = std::max(0.0f, node.real("cell_clip", 3.0f));
    return true;
  }

  const IndexedGraph& graph_;
  Step& step_;
  size_t split_ = 0;
  bool has_split_ = false;
};

bool have_equal_weights(const Step& a, const Step& b) {
  return a.kernel.data == b.kernel.data && a.kernel.n_rows == b.kernel.n_rows &&
         a.kernel.n_columns == b.kernel.n_columns && a.kernel.is_transposed == b.kernel.is_transposed &&
         a.kernel.scales == b.kernel.scales && a.kernel.type == b.kernel.type &&
         (a.bias == b.bias || (a.bias && b.bias && a.bias->data == b.bias->data)) && a.is_hoisted == b.is_hoisted &&
         a.forget_bias == b.forget_bias && a.cell_clip == b.cell_clip;
}

}  // namespace

std::optional<Step> find_step(const IndexedGraph& graph, const Output& hidden) {
  Step step;
  if (!StepFinder(graph, &step).find(hidden)) return std::nullopt;
  return step;
}

std::vector<Step> find_steps(const IndexedGraph& graph, const Output& last_hidden, size_t n_steps) {
  std::vector<Step> steps;
  Output hidden = last_hidden;
  while (std::optional<Step> step = find_step(graph, hidden)) {
    if (steps.size() == n_steps) refuse("its recurrent layer has more steps than its input");
    if (!steps.empty() &&
        (!have_equal_weights(*step, steps.back()) || graph.passed_on(step->c) != steps.back().previous_c)) {
      refuse("the steps of its recurrent layer are different");
    }
    steps.push_back(*step);
    hidden = step->previous_h;
  }
  if (steps.size() != n_steps) {
    refuse("its recurrent layer has " + std::to_string(steps.size()) + " steps that can be recognised instead of " +
           std::to_string(n_steps));
  }
  std::reverse(steps.begin(), steps.end());
  return steps;
}

}  // namespace deepspeech
