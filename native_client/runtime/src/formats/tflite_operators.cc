#include "formats/tflite_operators.h"

#include <cstring>

#include "deepspeech.h"
#include "formats/flexbuffer.h"
#include "model/model_error.h"

namespace deepspeech {
namespace {

// BuiltinOperator.
enum Code : int32_t {
  kAdd = 0,
  kConcatenation = 2,
  kFullyConnected = 9,
  kLogistic = 14,
  kMul = 18,
  kRelu = 19,
  kRelu6 = 21,
  kReshape = 22,
  kSoftmax = 25,
  kTanh = 28,
  kCustom = 32,
  kGather = 36,
  kTranspose = 39,
  kMean = 40,
  kSub = 41,
  kSqueeze = 43,
  kStridedSlice = 45,
  kSplit = 49,
  kCast = 53,
  kMaximum = 55,
  kMinimum = 57,
  kLess = 58,
  kExpandDims = 70,
  kLog = 73,
  kRsqrt = 76,
  kPack = 83,
  kUnpack = 88,
  kSquaredDifference = 99,
  kReverseSequence = 112,
  kWhile = 119
};
enum Activation : int8_t { kNoActivation = 0, kActivationRelu = 1, kActivationRelu6 = 3 };

// The node that an operator without options that matter becomes, or nullptr.
const char* plain_operation(int32_t code) {
  switch (code) {
    case kLogistic: return "Sigmoid";
    case kRelu: return "Relu";
    case kRelu6: return "Relu6";
    case kTanh: return "Tanh";
    case kTranspose: return "Transpose";
    case kMaximum: return "Maximum";
    case kMinimum: return "Minimum";
    case kExpandDims: return "ExpandDims";
    case kLog: return "Log";
    case kRsqrt: return "Rsqrt";
    case kSquaredDifference: return "SquaredDifference";
    case kLess: return "Less";
    default: return nullptr;
  }
}

class Translation {
 public:
  Translation(const TfliteOperator& from, Arena* arena, std::vector<Node>* nodes)
      : from_(from), arena_(arena), nodes_(nodes) {}

  void run() {
    if (const char* operation = plain_operation(from_.code)) {
      give(operation, from_.sources);
      return;
    }
    switch (from_.code) {
      case kCustom: custom(); break;
      case kAdd: give_activated("Add"); break;
      case kMul: give_activated("Mul"); break;
      case kSub: give_activated("Sub"); break;
      case kConcatenation: concatenation(); break;
      case kFullyConnected: fully_connected(); break;
      case kReshape: reshape(); break;
      case kSoftmax: softmax(); break;
      case kGather: gather(); break;
      case kMean:
        give("Mean", from_.sources).attributes["keep_dims"].number = from_.options.number<uint8_t>(0) != 0;
        break;
      case kSqueeze: squeeze(); break;
      case kStridedSlice: strided_slice(); break;
      case kSplit:
        give("Split", from_.sources).attributes["num_split"].number = static_cast<int64_t>(from_.n_outputs);
        break;
      case kCast: cast(); break;
      case kPack: give("Pack", from_.sources).attributes["axis"].number = from_.options.number<int32_t>(1); break;
      case kUnpack: unpack(); break;
      case kReverseSequence: reverse_sequence(); break;
      case kWhile: loop(); break;
      default: refuse_operator("the operator " + std::to_string(from_.code));
    }
  }

 private:
  Node& add(const std::string& name, const std::string& operation, std::vector<Source> sources) {
    nodes_->push_back({name, operation, std::move(sources), {}, nullptr, nullptr});
    return nodes_->back();
  }

  // Adds the node that computes the output.
  Node& give(const std::string& operation, const std::vector<Source>& sources) {
    return add(from_.name, operation, sources);
  }

  // Adds an intermediate node.
  Source part(const char* name, const std::string& operation, std::vector<Source> sources) {
    return {add(from_.name + "#" + name, operation, std::move(sources)).name, 0};
  }

  Source constant(const char* name, const std::vector<int32_t>& values, bool is_scalar) {
    auto tensor = std::make_shared<Tensor>();
    tensor->type = NumberType::kInt32;
    if (!is_scalar) tensor->shape = {static_cast<int64_t>(values.size())};
    uint8_t* const copy = arena_->take(values.size() * sizeof(int32_t));
    if (!values.empty()) std::memcpy(copy, values.data(), values.size() * sizeof(int32_t));
    tensor->data = copy;
    const Source source = part(name, "Const", {});
    nodes_->back().attributes["value"].tensor = std::move(tensor);
    return source;
  }

  void custom() {
    const bool is_known = from_.custom_name == "AudioSpectrogram" || from_.custom_name == "Mfcc";
    if (!is_known || from_.custom_options.empty()) {
      refuse_operator("the operator " +
                      (from_.custom_name.empty() ? std::to_string(from_.code) : from_.custom_name.substr(0, 100)));
    }
    give(from_.custom_name, from_.sources).attributes = read_flexbuffer(from_.custom_options);
  }

  // Adds the node that `name` is followed by, if there is an activation function.
  void activated(int8_t activation, const std::string& operation, const std::vector<Source>& sources,
                 bool is_transposed) {
    if (activation == kNoActivation) {
      give(operation, sources);
    } else if (activation == kActivationRelu || activation == kActivationRelu6) {
      part("linear", operation, sources);
    } else {
      refuse_operator("the activation function " + std::to_string(activation));
    }
    if (is_transposed) nodes_->back().attributes["transpose_b"].number = 1;
    if (activation != kNoActivation)
      give(activation == kActivationRelu ? "Relu" : "Relu6", {{from_.name + "#linear", 0}});
  }

  void give_activated(const std::string& operation) {
    activated(from_.options.number<int8_t>(0), operation, from_.sources, false);
  }

  // x weights' + bias; all axes of x but the last become one, unless it is a matrix already.
  void fully_connected() {
    if (from_.sources.size() < 2 || from_.sources.size() > 3 || from_.shapes[1].empty())
      refuse_operator("a layer of another kind");
    const bool is_matrix = from_.shapes[0].size() == 2;
    if (from_.options.number<int8_t>(1) || (from_.options.number<int8_t>(2) && !is_matrix)) {
      refuse_operator("a fully connected layer of another kind");
    }
    Source x = from_.sources[0];
    const auto width = static_cast<int32_t>(from_.shapes[1].back());
    if (!is_matrix) x = part("rows", "Reshape", {x, constant("shape", {-1, width}, false)});
    const auto activation = from_.options.number<int8_t>(0);
    if (from_.sources.size() == 2) {
      activated(activation, "MatMul", {x, from_.sources[1]}, true);
      return;
    }
    const Source product = part("product", "MatMul", {x, from_.sources[1]});
    nodes_->back().attributes["transpose_b"].number = 1;
    activated(activation, "BiasAdd", {product, from_.sources[2]}, false);
  }

  void concatenation() {
    if (from_.options.number<int8_t>(1)) refuse_operator("a concatenation with an activation function");
    std::vector<Source> sources = from_.sources;
    sources.push_back(constant("axis", {from_.options.number<int32_t>(0)}, true));
    give("ConcatV2", sources);
  }

  void softmax() {
    if (from_.options.number<float>(0) != 1.0f) refuse_operator("a softmax with a factor");
    give("Softmax", from_.sources);
  }

  void reshape() {
    if (from_.sources.empty()) throw FlatBufferError("a change of shape without input");
    std::vector<Source> sources = from_.sources;
    if (sources.size() == 1) sources.push_back(constant("shape", from_.options.integers(0), false));
    give("Reshape", sources);
  }

  void squeeze() {
    const std::vector<int32_t> axes = from_.options.integers(0);
    give("Squeeze", from_.sources).attributes["squeeze_dims"].numbers.assign(axes.begin(), axes.end());
  }

  void gather() {
    if (from_.options.number<int32_t>(0) || from_.options.number<int32_t>(1)) {
      refuse_operator("a selection along another axis than the first");
    }
    give("Gather", from_.sources);
  }

  void cast() {
    if (from_.output_type != TfliteType::kFloat32) {
      refuse_operator("a conversion to anything but 32-bit numbers with a fraction");
    }
    give("Cast", from_.sources).attributes["DstT"].number = 1;
  }

  void unpack() {
    Node& node = give("Unpack", from_.sources);
    node.attributes["axis"].number = from_.options.number<int32_t>(1);
    node.attributes["num"].number = static_cast<int64_t>(from_.n_outputs);
  }

  void reverse_sequence() {
    Node& node = give("ReverseSequence", from_.sources);
    node.attributes["seq_dim"].number = from_.options.number<int32_t>(0);
    node.attributes["batch_dim"].number = from_.options.number<int32_t>(1);
  }

  void strided_slice() {
    if (from_.options.number<int32_t>(2) || from_.options.number<int32_t>(3)) refuse_operator("a slice with new axes");
    Node& node = give("StridedSlice", from_.sources);
    node.attributes["begin_mask"].number = from_.options.number<int32_t>(0);
    node.attributes["end_mask"].number = from_.options.number<int32_t>(1);
    node.attributes["shrink_axis_mask"].number = from_.options.number<int32_t>(4);
  }

  void loop() {
    auto condition = from_.part(from_.options.number<int32_t>(0)), body = from_.part(from_.options.number<int32_t>(1));
    Node& node = give("While", from_.sources);
    node.condition = std::move(condition);
    node.body = std::move(body);
  }

  const TfliteOperator& from_;
  Arena* const arena_;
  std::vector<Node>* const nodes_;
};

}  // namespace

void refuse_operator(const std::string& what) {
  throw ModelError(
      DS_ERR_FAIL_INTERPRETER,
      "it has " + what + ", which models for clients must not have; export the model anew with --export_tflite.");
}

void translate(const TfliteOperator& from, Arena* arena, std::vector<Node>* nodes) {
  if (from.sources.empty()) throw FlatBufferError("an operator without inputs");
  Translation(from, arena, nodes).run();
}

}  // namespace deepspeech
