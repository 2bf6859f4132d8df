// TensorFlow's BlockLSTM: all steps of a direction in one operation.
#include "recognition/recurrent.h"

namespace deepspeech {

void set_kernel(const MatrixView& kernel, size_t units, Direction* direction) {
  if (kernel.n_rows <= units) refuse("a recurrent layer has no inputs");
  direction->n_inputs = kernel.n_rows - units;
  direction->cell.of_input = rows_of(kernel, 0, direction->n_inputs);
  direction->cell.of_state = rows_of(kernel, direction->n_inputs, kernel.n_rows);
}

Direction block_lstm(Context* context, const Output& hidden) {
  const IndexedGraph& graph = context->graph;
  const Node& node = graph.node(hidden);
  const std::vector<Output>& inputs = graph.inputs(hidden);
  const std::string name = "node " + node.name.substr(0, 200);
  if (inputs.size() != 9 || hidden.index != 6) refuse(name + " is no BlockLSTM that clients know");
  if (node.number("use_peephole", 0)) refuse(name + " has peephole connections");
  const Tensor* kernel = graph.constant(inputs[4]);
  const Tensor* bias = graph.constant(inputs[8]);
  if (!kernel || !bias) refuse(name + " has weights that are no constants");
  const MatrixView view = matrix_view(*kernel, false);
  if (view.n_columns % 4) refuse(name + " has " + std::to_string(view.n_columns) + " columns of weights");
  const size_t units = view.n_columns / 4;
  Direction direction;
  set_kernel(view, units, &direction);
  direction.cell.bias = vector_view(*bias, view.n_columns, context->arena);
  direction.cell.forget_bias = node.real("forget_bias", 1.0f);
  const float clip = node.real("cell_clip", 3.0f);
  direction.cell.cell_clip = clip > 0.0f ? clip : 0.0f;
  direction.n_valid = inputs[0];
  direction.heard = {inputs[1]};
  direction.initial_c = inputs[2];
  direction.initial_h = inputs[3];
  direction.hidden = {hidden};
  direction.hidden_shape = {static_cast<int64_t>(context->n_steps), static_cast<int64_t>(context->n_batch),
                            static_cast<int64_t>(units)};
  direction.last_c = {hidden.node, 1};
  direction.last_h = hidden;
  return direction;
}

}  // namespace deepspeech
