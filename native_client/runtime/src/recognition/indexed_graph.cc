#include "recognition/indexed_graph.h"

#include <unordered_set>

#include "deepspeech.h"
#include "model/model_error.h"

namespace deepspeech {
namespace {

// What the published client's runtime can run, of which models of ours and of theirs need a part.
const std::unordered_set<std::string_view>& known_operations() {
  static const std::unordered_set<std::string_view> names{"Add",
                                                          "AddV2",
                                                          "Sub",
                                                          "Mul",
                                                          "Minimum",
                                                          "Less",
                                                          "SquaredDifference",
                                                          "Rsqrt",
                                                          "Mean",
                                                          "Sum",
                                                          "Max",
                                                          "Min",
                                                          "Prod",
                                                          "All",
                                                          "MatMul",
                                                          "BiasAdd",
                                                          "Relu",
                                                          "Relu6",
                                                          "Elu",
                                                          "Selu",
                                                          "LeakyRelu",
                                                          "Softmax",
                                                          "LogSoftmax",
                                                          "BlockLSTM",
                                                          "LSTMBlockCell",
                                                          "AudioSpectrogram",
                                                          "Mfcc",
                                                          "ConcatV2",
                                                          "Pack",
                                                          "Squeeze",
                                                          "ExpandDims",
                                                          "Reshape",
                                                          "Transpose",
                                                          "InvertPermutation",
                                                          "Tile",
                                                          "GatherNd",
                                                          "Shape",
                                                          "Size",
                                                          "Rank",
                                                          "Fill",
                                                          "Range",
                                                          "ZerosLike",
                                                          "OnesLike",
                                                          "Cast",
                                                          "Identity",
                                                          "StopGradient",
                                                          "PlaceholderWithDefault",
                                                          "NoOp",
                                                          "Placeholder",
                                                          "Const"};
  return names;
}

// What models of TensorFlow Lite may have beside them.
const std::unordered_set<std::string_view>& lite_operations() {
  static const std::unordered_set<std::string_view> names{
      "Sigmoid", "Tanh", "Log", "Maximum", "Split", "Unpack", "StridedSlice", "ReverseSequence", "Gather", "While"};
  return names;
}

size_t n_outputs(const Node& node) {
  if (node.op == "BlockLSTM" || node.op == "LSTMBlockCell") return 7;
  if (node.op == "Split") return static_cast<size_t>(node.number("num_split", 0));
  if (node.op == "Unpack") return static_cast<size_t>(node.number("num", 0));
  if (node.op == "While") return node.inputs.size();
  return 1;
}

std::string shown(const std::string& name) { return name.substr(0, 200); }

}  // namespace

void refuse(const std::string& what) { refuse(DS_ERR_FAIL_CREATE_SESS, what); }

void refuse(int code, const std::string& what) {
  throw ModelError(code, what + "; this is no model that the client can run. Export one with --export_dir.");
}

IndexedGraph::IndexedGraph(const Graph& graph, bool is_lite) : graph_(graph), nodes_(graph.nodes) {
  index(is_lite);
  connect();
  sort();
}

void IndexedGraph::index(bool is_lite) {
  for (size_t i = 0; i < nodes_.size(); ++i) {
    const Node& node = nodes_[i];
    if (!known_operations().count(node.op) && !(is_lite && lite_operations().count(node.op))) {
      throw ModelError(DS_ERR_FAIL_CREATE_SESS,
                       "node " + shown(node.name) + " has the operation " + shown(node.op) +
                           ", which models for clients must not have; export the model anew with "
                           "--export_dir.");
    }
    if (node.op == "Const") {
      const Attribute* value = node.find("value");
      if (!value || !value->tensor) {
        throw ModelError(
            DS_ERR_FAIL_CREATE_SESS,
            "node " + shown(node.name) + " is a constant without a value; the file is damaged, get it again.");
      }
    }
    if (!numbers_.emplace(node.name, i).second) {
      throw ModelError(DS_ERR_FAIL_CREATE_SESS,
                       "two nodes are called " + shown(node.name) + "; the file is damaged, get it again.");
    }
  }
}

void IndexedGraph::connect() {
  inputs_.resize(nodes_.size());
  for (size_t i = 0; i < nodes_.size(); ++i) {
    for (const Source& source : nodes_[i].inputs) {
      const size_t number = find(source.node);
      if (number == kNone) {
        throw ModelError(DS_ERR_FAIL_CREATE_SESS, "node " + shown(nodes_[i].name) + " needs " + shown(source.node) +
                                                      ", which is missing; the file is damaged, get it again.");
      }
      if (source.index >= n_outputs(nodes_[number])) {
        throw ModelError(DS_ERR_FAIL_CREATE_SESS, "node " + shown(nodes_[i].name) + " needs output " +
                                                      std::to_string(source.index) + " of " + shown(source.node) +
                                                      ", which it does not have; the file is damaged, get it again.");
      }
      inputs_[i].push_back({number, source.index});
    }
  }
}

// Puts the nodes into order: each as soon as all of its inputs are there (Kahn 1962).
void IndexedGraph::sort() {
  std::vector<std::vector<size_t>> users(nodes_.size());
  std::vector<size_t> n_missing(nodes_.size());
  for (size_t i = 0; i < nodes_.size(); ++i) {
    n_missing[i] = inputs_[i].size();
    for (const Output& input : inputs_[i]) users[input.node].push_back(i);
    if (n_missing[i] == 0) order_.push_back(i);
  }
  for (size_t done = 0; done < order_.size(); ++done) {
    for (size_t user : users[order_[done]]) {
      if (--n_missing[user] == 0) order_.push_back(user);
    }
  }
  for (size_t i = 0; i < nodes_.size(); ++i) {
    if (n_missing[i] > 0) {
      throw ModelError(DS_ERR_FAIL_CREATE_SESS,
                       "node " + shown(nodes_[i].name) + " depends on itself; the file is damaged, get it again.");
    }
  }
}

size_t IndexedGraph::find(std::string_view name) const {
  const auto found = numbers_.find(name);
  return found == numbers_.end() ? kNone : found->second;
}

Output IndexedGraph::required(std::string_view name) const {
  const size_t number = find(name);
  if (number == kNone) {
    throw ModelError(
        DS_ERR_FAIL_RUN_SESS,
        "node " + std::string(name) + " is missing; this is not a model for clients, export one with --export_dir.");
  }
  return {number, 0};
}

std::vector<bool> IndexedGraph::depending_on(const std::vector<size_t>& numbers) const {
  std::vector<bool> depends(nodes_.size());
  for (size_t number : numbers) {
    if (number != kNone) depends[number] = true;
  }
  for (size_t number : order_) {
    for (const Output& input : inputs_[number]) {
      if (depends[input.node]) depends[number] = true;
    }
  }
  return depends;
}

Output IndexedGraph::passed_on(Output output) const {
  while ((op(output) == "Identity" || op(output) == "StopGradient") && inputs(output).size() == 1)
    output = inputs(output)[0];
  return output;
}

const Tensor* IndexedGraph::constant(Output output) const {
  output = passed_on(output);
  return op(output) == "Const" ? node(output).find("value")->tensor.get() : nullptr;
}

}  // namespace deepspeech
