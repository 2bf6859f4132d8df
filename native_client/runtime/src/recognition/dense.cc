#include "recognition/dense.h"

#include "deepspeech.h"
#include "recognition/norm.h"

namespace deepspeech {
namespace {

std::string named(const Context& context, const Output& output) {
  return "node " + context.graph.node(output).name.substr(0, 200) + " (" + context.graph.op(output) + ")";
}

}  // namespace

Product recognise_product(const Context& context, const Output& output) {
  const IndexedGraph& graph = context.graph;
  const std::string& op = graph.op(output);
  const std::vector<Output>& inputs = graph.inputs(output);
  if ((op != "BiasAdd" && op != "Add" && op != "AddV2") || inputs.size() != 2)
    refuse(named(context, output) + " adds no bias");
  const Attribute* format = graph.node(output).find("data_format");
  if (format && format->text != "NHWC") refuse(named(context, output) + " has another order of axes");
  Output product = graph.passed_on(inputs[0]);
  const Tensor* bias = graph.constant(inputs[1]);
  if (!bias && op != "BiasAdd") {
    product = graph.passed_on(inputs[1]);
    bias = graph.constant(inputs[0]);
  }
  const std::vector<Output>& factors = graph.inputs(product);
  if (!bias || graph.op(product) != "MatMul" || factors.size() != 2)
    refuse(named(context, output) + " adds a bias to no product");
  const Node& matmul = graph.node(product);
  const Tensor* weights = graph.constant(factors[1]);
  if (!weights || matmul.number("transpose_a", 0))
    refuse(named(context, product) + " multiplies with something else than weights");
  const MatrixView view = matrix_view(*weights, matmul.number("transpose_b", 0) != 0);
  return {factors[0], view, vector_view(*bias, view.n_columns, context.arena)};
}

ActivatedLayer recognise_activated(Context* context, const Output& output) {
  ActivatedLayer layer;
  std::optional<Activation> activation = find_activation(context->graph, output);
  std::optional<NormParts> norm;
  if (!activation) {
    norm = find_norm(*context, output);
    if (norm) activation = find_activation(context->graph, norm->input);
  }
  if (!activation) refuse(named(*context, output) + " is no layer that ends in a clipped ReLU");
  const Product product = recognise_product(*context, context->graph.passed_on(activation->linear));
  layer.input = product.input;
  layer.dense.weights = product.weights;
  layer.dense.bias = product.bias;
  layer.dense.clip = activation->clip;
  if (norm) layer.dense.norm = checked_norm(context, *norm, output, product.bias.size);
  return layer;
}

}  // namespace deepspeech
