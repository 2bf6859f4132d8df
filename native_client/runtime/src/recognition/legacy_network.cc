#include "recognition/legacy_network.h"

#include <optional>
#include <unordered_map>

#include "deepspeech.h"
#include "model/model_error.h"
#include "recognition/context.h"

namespace deepspeech {
namespace {

constexpr size_t kContext = 9, kFeatures = 26;
constexpr size_t kWindowSize = (2 * kContext + 1) * kFeatures;
constexpr float kReluClip = 20.0f;  // unless the graph says another one
constexpr float kForgetBias = 1.0f;

// Where a release has its recurrent weights.
struct CellNames {
  std::vector<std::string> scopes;  // of each direction
  std::string kernel, bias;
};

const std::vector<std::vector<std::string>>& known_scopes() {
  static const std::vector<std::vector<std::string>> scopes{
      {"bidirectional_rnn/fw/basic_lstm_cell", "bidirectional_rnn/bw/basic_lstm_cell"},  // 0.1
      {"lstm_fused_cell"},                                                               // 0.2 to 0.4
      {"rnn/lstm_cell"}};                                                                // 0.4 for TensorFlow Lite
  return scopes;
}

class LegacyRecogniser {
 public:
  LegacyRecogniser(const Graph& graph, Arena* arena, AcousticModel* model)
      : graph_(graph), arena_(arena), model_(*model) {
    for (const Node& node : graph.nodes) nodes_[node.name] = &node;
  }

  void run() {
    const CellNames names = cell_names();
    const auto n_hidden = size_of("b1"), n_classes = size_of("b6");
    if (!n_hidden || !n_classes) {
      throw ModelError(DS_ERR_INVALID_SHAPE,
                       "b1 and b6 do not say how wide the layers are; the file is damaged or no model for "
                       "clients, get it again.");
    }
    const size_t n_rnn = *n_hidden * names.scopes.size();
    const float clip = relu_clip();
    dense(1, kWindowSize, *n_hidden, clip, &model_.layer_1);
    dense(2, *n_hidden, *n_hidden, clip, &model_.layer_2);
    dense(3, *n_hidden, n_rnn, clip, &model_.layer_3);
    dense(5, n_rnn, *n_hidden, clip, &model_.layer_5);
    dense(6, *n_hidden, *n_classes, std::numeric_limits<float>::infinity(), &model_.layer_6);
    for (const std::string& scope : names.scopes) {
      const MatrixView kernel = matrix(scope + "/" + names.kernel, n_rnn + *n_hidden, 4 * *n_hidden);
      LstmCell cell;
      cell.of_input = rows_of(kernel, 0, n_rnn);
      cell.of_state = rows_of(kernel, n_rnn, n_rnn + *n_hidden);
      cell.bias = vector(scope + "/" + names.bias, 4 * *n_hidden);
      cell.forget_bias = kForgetBias;
      model_.cells.push_back(cell);
    }
    set_features(names);
  }

 private:
  CellNames cell_names() const {
    for (const std::vector<std::string>& scopes : known_scopes()) {
      for (const auto& [kernel, bias] :
           {std::pair("kernel", "bias"), std::pair("weights", "biases")}) {  // TensorFlow 1.0 and 1.1
        if (nodes_.count(scopes[0] + "/" + kernel)) return {scopes, kernel, bias};
      }
    }
    throw ModelError(DS_ERR_MODEL_INCOMPATIBLE,
                     "the weights of the recurrent layer are missing under all names that releases 0.1 to "
                     "0.4 had for them; get the file again.");
  }

  const Tensor* find(const std::string& name) const {
    const auto found = nodes_.find(name);
    if (found == nodes_.end() || found->second->op != "Const") return nullptr;
    const Attribute* value = found->second->find("value");
    return value ? value->tensor.get() : nullptr;
  }

  // The number of elements of a vector; none if it is no such.
  std::optional<size_t> size_of(const std::string& name) const {
    const Tensor* tensor = find(name);
    if (!tensor || tensor->shape.size() != 1 || tensor->shape[0] < 1) return std::nullopt;
    return static_cast<size_t>(tensor->shape[0]);
  }

  const Tensor& required(const std::string& name, const Shape& shape) const {
    const Tensor* tensor = find(name);
    if (!tensor) {
      throw ModelError(
          DS_ERR_MODEL_INCOMPATIBLE,
          "the constant " + name + " is missing; pass a frozen graph, which --export_dir of that release wrote.");
    }
    if (tensor->shape != shape || tensor->type != NumberType::kFloat32) {
      throw ModelError(DS_ERR_INVALID_SHAPE,
                       name + " is " + (tensor->type == NumberType::kFloat32 ? "float32 " : "of another type, ") +
                           shown(tensor->shape) + ", but the other layers need float32 " + shown(shape) +
                           "; the file is damaged, get it again.");
    }
    return *tensor;
  }

  MatrixView matrix(const std::string& name, size_t n_rows, size_t n_columns) const {
    return matrix_view(required(name, {static_cast<int64_t>(n_rows), static_cast<int64_t>(n_columns)}), false);
  }

  VectorView vector(const std::string& name, size_t size) const {
    return vector_view(required(name, {static_cast<int64_t>(size)}), size, arena_);
  }

  void dense(int number, size_t n_inputs, size_t n_outputs, float clip, DenseLayer* layer) const {
    layer->weights = matrix("h" + std::to_string(number), n_inputs, n_outputs);
    layer->bias = vector("b" + std::to_string(number), n_outputs);
    layer->clip = clip;
  }

  // The limit of the clipped ReLUs, if they are computed by `Relu` and `Minimum`.
  float relu_clip() const {
    for (const Node& node : graph_.nodes) {
      if (node.op != "Minimum" || node.inputs.size() != 2) continue;
      const auto relu = nodes_.find(node.inputs[0].node);
      const Tensor* limit = find(node.inputs[1].node);
      if (relu == nodes_.end() || relu->second->op != "Relu" || !limit) continue;
      if (limit->shape.empty() && limit->type == NumberType::kFloat32) return static_cast<float>(limit->number(0));
    }
    return kReluClip;
  }

  void set_features(const CellNames& names) {
    FeatureSpec& features = model_.features;
    features.kind = FeatureSpec::Kind::kLegacy;
    features.n_features = kFeatures;
    features.rate_hz = 16000;
    features.step_samples = 320;
    features.window_samples = 400;
    features.hop_samples = 160;
    const auto logits = nodes_.find("logits");
    const bool gives_probabilities = logits != nodes_.end() && logits->second->op == "Softmax";  // since 0.4
    features.whitened = names.scopes.size() == 2;
    if (names.scopes.size() == 1 && (gives_probabilities || names.scopes == known_scopes()[2])) {
      features.window_samples = 512;
      features.hop_samples = 320;
      features.hamming = true;
    }
    model_.n_context = kContext;
    model_.n_steps = 0;
    model_.beam_width = 500;
    model_.alphabet = std::nullopt;
  }

  const Graph& graph_;
  Arena* const arena_;
  AcousticModel& model_;
  std::unordered_map<std::string, const Node*> nodes_;
};

}  // namespace

bool is_legacy_network(const Graph& graph) {
  bool has_h1 = false, has_h6 = false;
  for (const Node& node : graph.nodes) {
    if (node.name == "metadata_version") return false;
    has_h1 = has_h1 || node.name == "h1";
    has_h6 = has_h6 || node.name == "h6";
  }
  return has_h1 && has_h6;
}

void recognise_legacy_network(const Graph& graph, Arena* arena, AcousticModel* model) {
  LegacyRecogniser(graph, arena, model).run();
}

}  // namespace deepspeech
