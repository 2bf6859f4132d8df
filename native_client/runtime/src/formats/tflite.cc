#include "formats/tflite.h"

#include <algorithm>

#include "deepspeech.h"
#include "formats/flatbuffer.h"
#include "formats/tflite_operators.h"
#include "formats/tflite_tensors.h"
#include "model/model_error.h"

namespace deepspeech {
namespace {

constexpr std::string_view kIdentifier = "TFL3";
constexpr size_t kMaxGraphs = 64;

struct Code {
  int32_t number;
  std::string name;  // of a custom operator
};

class TfliteReader {
 public:
  TfliteReader(FlatFile* file, Arena* arena) : arena_(arena), model_(file->root()) {
    graphs_ = model_.tables(2);
    if (graphs_.empty() || graphs_.size() > kMaxGraphs) {
      throw FlatBufferError("there are " + std::to_string(graphs_.size()) +
                            " graphs instead of one and the parts of its loops");
    }
    for (const Table& code : model_.tables(1)) {
      codes_.push_back({std::max<int32_t>(code.number<int8_t>(0), code.number<int32_t>(3)), code.text(1)});
    }
    buffers_ = model_.tables(4);
  }

  Graph read() { return graph(0, true); }

 private:
  Graph graph(size_t index, bool may_loop) {
    const Table& table = graphs_[index];
    TfliteTensors tensors(table.tables(0), buffers_);
    Graph graph;
    for (int32_t input : table.integers(1)) {
      Node node{tensors.name(input), "Placeholder", {}, {}, nullptr, nullptr};
      node.attributes["shape"].shape = tensors.shape(input);
      graph.inputs.push_back(node.name);
      graph.nodes.push_back(std::move(node));
    }
    add_operators(table.tables(3), may_loop, &tensors, &graph);
    for (int32_t output : table.integers(2)) {  // callers know these by name, even if they are second outputs
      const Source source = tensors.source(output);
      const std::string name = tensors.name(output);
      if (source.node != name || source.index != 0)
        graph.nodes.push_back({name, "Identity", {source}, {}, nullptr, nullptr});
      graph.outputs.push_back(name);
    }
    std::vector<Node> constants = tensors.take_constants();
    std::move(constants.begin(), constants.end(), std::back_inserter(graph.nodes));
    if (graph.nodes.size() > kMaxNodes)
      throw FlatBufferError("there are more than " + std::to_string(kMaxNodes) + " operations");
    return graph;
  }

  void add_operators(const std::vector<Table>& operators, bool may_loop, TfliteTensors* tensors, Graph* graph) {
    std::vector<std::vector<int32_t>> outputs;
    for (const Table& each : operators) {
      outputs.push_back(each.integers(2));
      if (outputs.back().empty()) throw FlatBufferError("an operator computes nothing");
      for (size_t i = 0; i < outputs.back().size(); ++i) {
        tensors->note_source(outputs.back()[i], {tensors->name(outputs.back()[0]), static_cast<uint32_t>(i)});
      }
    }
    for (size_t i = 0; i < operators.size(); ++i) {
      const auto code = operators[i].number<uint32_t>(0);
      if (code >= codes_.size()) throw FlatBufferError("there is no operator " + std::to_string(code));
      TfliteOperator each;
      each.code = codes_[code].number;
      each.custom_name = codes_[code].name;
      each.name = tensors->name(outputs[i][0]);
      each.n_outputs = outputs[i].size();
      each.output_shape = tensors->shape(outputs[i][0]);
      each.output_type = tensors->type(outputs[i][0]);
      for (int32_t input : operators[i].integers(1)) {
        each.shapes.push_back(input < 0 ? Shape() : tensors->shape(input));
        if (input >= 0) each.sources.push_back(tensors->source(input));
      }
      each.options = operators[i].table(4);
      each.custom_options = operators[i].vector(5, 1);
      each.part = [this, may_loop](int32_t index) { return part(index, may_loop); };
      translate(each, arena_, &graph->nodes);
    }
  }

  // A graph that the main one runs.
  std::shared_ptr<const Graph> part(int32_t index, bool may_loop) {
    if (!may_loop) refuse_operator("a loop within a loop");
    if (index < 1 || static_cast<size_t>(index) >= graphs_.size()) {
      throw FlatBufferError("there is no graph " + std::to_string(index) + " for a loop");
    }
    return std::make_shared<const Graph>(graph(static_cast<size_t>(index), false));
  }

  Arena* const arena_;
  const Table model_;
  std::vector<Table> graphs_, buffers_;
  std::vector<Code> codes_;
};

}  // namespace

bool is_tflite(std::string_view file) { return file.size() >= 8 && file.substr(4, 4) == kIdentifier; }

Graph read_tflite(std::string_view file, Arena* arena) {
  std::string reason;
  try {
    FlatFile flat_file(file);
    return TfliteReader(&flat_file, arena).read();
  } catch (const FlatBufferError& error) {
    reason = error.what();
  } catch (const std::length_error& error) {
    reason = error.what();
  }
  throw ModelError(DS_ERR_FAIL_INIT_MMAP, "this TensorFlow Lite file is damaged (" + reason +
                                              "); get it again or export it anew with --export_tflite.");
}

}  // namespace deepspeech
