#include "recognition/network.h"

#include "deepspeech.h"
#include "model/model_error.h"
#include "recognition/context.h"
#include "recognition/dense.h"
#include "recognition/features.h"
#include "recognition/metadata.h"
#include "recognition/recurrent.h"
#include "recognition/windows.h"

namespace deepspeech {
namespace {

// The static sizes of an input.
Shape sizes_of(const IndexedGraph& graph, const std::string& name, size_t n_axes) {
  const size_t number = graph.find(name);
  const Attribute* attribute = number == IndexedGraph::kNone ? nullptr : graph.node(number).find("shape");
  std::string found = number == IndexedGraph::kNone ? "of nothing: it is missing" : "(unknown)";
  if (attribute && attribute->shape) {
    const Shape& shape = *attribute->shape;
    bool is_usable = shape.size() == n_axes && graph.op({number, 0}) == "Placeholder";
    double n = 1.0;
    for (int64_t size : shape) {
      is_usable = is_usable && size > 0;
      n *= static_cast<double>(size);
    }
    if (is_usable && n <= static_cast<double>(Budget::kMaxArray)) return shape;
    found = shown(shape);
  }
  throw ModelError(DS_ERR_INVALID_SHAPE,
                   name + " has the sizes " + found + "; " + std::to_string(n_axes) +
                       " known ones, not too large, are needed. Export the model anew with --export_dir.");
}

class NetworkRecogniser {
 public:
  NetworkRecogniser(const IndexedGraph& graph, Arena* arena, AcousticModel* model)
      : context_{graph, arena, {}, 1, 0, 0, 0, 0, 0, 0, 0, {}, {}}, graph_(graph), model_(*model) {}

  void run() {
    read_metadata(graph_, &model_);
    read_inputs();
    recognise_features(&context_, &model_.features);
    const Output softmax = last_product();
    const Product last = recognise_product(context_, softmax);
    model_.layer_6 = {last.weights, last.bias, model_.layer_6.clip, std::nullopt};
    check_class_count(last);
    const Output above = layer_above(last.input, &model_.layer_5, last.weights.n_rows);
    const RecurrentLayer recurrent = recognise_recurrent(&context_, above);
    model_.cells = recurrent.cells;
    model_.reads_lengths = recurrent.reads_lengths;
    if (model_.cells.size() == 2 && !model_.reads_lengths) {
      throw ModelError(DS_ERR_FAIL_CREATE_SESS,
                       "it hears backward, but has no input_lengths that say where a recording ends; "
                       "export the model anew.");
    }
    const size_t width = model_.cells[0].units() * model_.cells.size();
    expect_width(model_.layer_5.weights.n_rows, width);
    check_states();
    layers_below(recurrent.input, model_.cells[0].of_input.n_rows);
  }

 private:
  void read_inputs() {
    const Shape sizes = sizes_of(graph_, "input_node", 4);
    context_.n_batch = static_cast<size_t>(sizes[0]);
    context_.n_steps = static_cast<size_t>(sizes[1]);
    context_.n_window = static_cast<size_t>(sizes[2]);
    context_.n_features = static_cast<size_t>(sizes[3]);
    if (sizes[2] % 2 == 0) {
      refuse(DS_ERR_INVALID_SHAPE,
             "input_node takes windows of " + std::to_string(sizes[2]) + " frames; an odd number of them is needed");
    }
    for (const char* name : {"previous_state_c", "previous_state_h"}) sizes_of(graph_, name, 2);
    context_.windows = graph_.find("input_node");
    context_.lengths = graph_.find("input_lengths");
    context_.previous_c = graph_.find("previous_state_c");
    context_.previous_h = graph_.find("previous_state_h");
    context_.is_data = graph_.depending_on({context_.windows, context_.previous_c, context_.previous_h});
    context_.is_of_lengths = graph_.depending_on({context_.lengths});
    model_.n_steps = static_cast<uint32_t>(context_.n_steps);
    model_.n_context = static_cast<uint32_t>(context_.n_window / 2);
  }

  // The product of layer 6, which `logits` is the softmax of.
  Output last_product() {
    const Output logits = graph_.required("logits");
    for (const char* name : {"new_state_c", "new_state_h"}) graph_.required(name);
    const Output softmax = origin(context_, logits);
    if (graph_.op(softmax) != "Softmax" || graph_.inputs(softmax).size() != 1) {
      refuse("node logits (" + graph_.op(softmax) + ") gives no probabilities");
    }
    const Output scores = graph_.inputs(softmax)[0], product = origin(context_, scores);
    const size_t n_classes = recognise_product(context_, product).bias.size;
    expect_same_order(&context_, product, n_classes, scores);
    Trial trial = context_.trial(context_.n_steps);
    trial.give(product,
               zeros({static_cast<int64_t>(context_.n_rows()), static_cast<int64_t>(n_classes)}, &context_.budget));
    const Array shape = trial.compute(scores);
    if (shape.shape.empty() || static_cast<size_t>(shape.shape.back()) != n_classes)
      refuse("logits are no probabilities of classes");
    check_after_softmax(softmax, logits, shape.shape);
    return product;
  }

  void check_after_softmax(const Output& softmax, const Output& logits, const Shape& shape) {
    if (softmax == logits) return;
    Trial trial = context_.trial(context_.n_steps);
    const Array given = numbered(shape, &context_.budget);
    trial.give(softmax, given);
    if (trial.compute(logits).values != given.values) refuse("logits come into another order");
  }

  static void check_class_count(const Product& last) {
    if (last.weights.n_columns < 2) refuse(DS_ERR_INVALID_SHAPE, "it tells fewer than two classes apart");
  }

  // Recognises the layer whose outputs `heard` are; returns what it hears.
  Output layer_above(const Output& heard, DenseLayer* layer, size_t width) {
    const Output output = origin(context_, heard);
    const ActivatedLayer found = recognise_activated(&context_, output);
    *layer = found.dense;
    expect_width(width, layer->bias.size);
    expect_same_order(&context_, output, width, heard);
    return found.input;
  }

  static void expect_width(size_t n_inputs, size_t n_outputs) {
    if (n_inputs == n_outputs) return;
    refuse(DS_ERR_INVALID_SHAPE, "a layer takes " + std::to_string(n_inputs) + " values, but the one before it gives " +
                                     std::to_string(n_outputs));
  }

  void check_states() const {
    const Shape expected{static_cast<int64_t>(context_.n_batch), static_cast<int64_t>(model_.cells[0].units())};
    for (const char* name : {"previous_state_c", "previous_state_h"}) {
      const Shape shape = sizes_of(graph_, name, 2);
      if (shape != expected) {
        throw ModelError(DS_ERR_FAIL_RUN_SESS, "the states come out as " + shown(expected) + ", but " + name +
                                                   " takes " + shown(shape) + "; the file is damaged, get it again.");
      }
    }
  }

  void layers_below(const Output& recurrent_input, size_t width) {
    const ActivatedLayer third = recognise_activated(&context_, recurrent_input);
    model_.layer_3 = third.dense;
    expect_width(width, model_.layer_3.bias.size);
    const Output second = layer_above(third.input, &model_.layer_2, model_.layer_3.weights.n_rows);
    const Output first = layer_above(second, &model_.layer_1, model_.layer_2.weights.n_rows);
    expect_width(model_.layer_1.weights.n_rows, context_.n_window * context_.n_features);
    model_.features.whitened = are_whitened(&context_, first);
    if (model_.features.whitened && model_.features.kind == FeatureSpec::Kind::kMfcc)
      refuse("windows of MFCCs are whitened");
  }

  Context context_;
  const IndexedGraph& graph_;
  AcousticModel& model_;
};

}  // namespace

void recognise_network(const Graph& graph, bool is_lite, Arena* arena, AcousticModel* model) {
  const IndexedGraph indexed(graph, is_lite);
  NetworkRecogniser(indexed, arena, model).run();
}

}  // namespace deepspeech
