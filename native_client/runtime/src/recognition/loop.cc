// A direction that is a loop over blocks of steps, as this project's files of TensorFlow Lite have it. Variables of the
// loop: number of the block, number of valid steps, products of all inputs [blocks, size * 4 units], outputs [blocks,
// size * units], c and h.
#include <algorithm>

#include "recognition/dense.h"
#include "recognition/step.h"

namespace deepspeech {
namespace {

constexpr size_t kVariables = 6;
enum Variable : uint32_t { kBlock, kValid, kHeard, kOutputs, kC, kH };

class LoopRecogniser {
 public:
  LoopRecogniser(Context* context, const Output& hidden)
      : context_(*context),
        loop_(hidden),
        node_(context->graph.node(hidden)),
        condition_(part(node_.condition), true),
        body_(part(node_.body), true) {}

  Direction recognise() {
    if (loop_.index != kOutputs || context_.graph.inputs(loop_).size() != kVariables)
      refuse_loop("has other variables");
    check_parts();
    const std::vector<Step> steps = find_steps(body_, end_of(kH), size_);
    if (!steps[0].is_hoisted || steps[0].kernel.n_columns % 4) refuse_loop("has other steps");
    units_ = steps[0].kernel.n_columns / 4;
    check_sizes();
    if (steps[0].previous_c != begin_of(kC) || steps[0].previous_h != begin_of(kH) || steps.back().c != end_of(kC)) {
      refuse_loop("does not go on from its state");
    }
    check_condition();
    for (size_t block : {size_t{0}, n_blocks_ / 2, n_blocks_ - 1}) check_turn(steps, block);
    check_beginning();
    return direction(steps[0]);
  }

 private:
  static const Graph& part(const std::shared_ptr<const Graph>& graph) {
    if (!graph) refuse("a loop has no body");
    return *graph;
  }

  [[noreturn]] void refuse_loop(const std::string& what) const {
    refuse("the loop " + node_.name.substr(0, 200) + " " + what);
  }

  Output variable(const IndexedGraph& graph, size_t number) const {
    return graph.required(graph.graph().inputs[number]);
  }
  Output begin_of(Variable number) const { return variable(body_, number); }
  Output end_of(Variable number) const { return body_.passed_on(body_.required(body_.graph().outputs[number])); }

  void check_parts() {
    if (condition_.graph().inputs.size() != kVariables || condition_.graph().outputs.size() != 1 ||
        body_.graph().inputs.size() != kVariables || body_.graph().outputs.size() != kVariables) {
      refuse_loop("has other variables in its parts");
    }
    const Attribute* shape = body_.node(begin_of(kHeard)).find("shape");
    if (!shape || !shape->shape || shape->shape->size() != 2 || (*shape->shape)[0] < 1)
      refuse_loop("has blocks of unknown size");
    n_blocks_ = static_cast<size_t>((*shape->shape)[0]);
    size_ = context_.n_steps / n_blocks_;
    if (context_.n_batch != 1 || size_ * n_blocks_ != context_.n_steps)
      refuse_loop("has other steps than there are frames");
    if (end_of(kValid) != begin_of(kValid) || end_of(kHeard) != begin_of(kHeard)) refuse_loop("changes what it hears");
  }

  void check_sizes() const {
    const Shape expected{static_cast<int64_t>(n_blocks_), static_cast<int64_t>(size_ * 4 * units_)};
    if (*body_.node(begin_of(kHeard)).find("shape")->shape != expected) refuse_loop("has blocks of another size");
  }

  Array number(size_t value) {
    Array array = zeros({1}, &context_.budget);
    array.values[0] = static_cast<float>(value);
    return array;
  }

  // It goes on as long as there are valid steps, and not further than there are blocks.
  void check_condition() {
    for (size_t n_valid : {context_.n_steps, (context_.n_steps + 1) / 2, size_t{1}}) {
      for (size_t block = 0; block <= n_blocks_; ++block) {
        Trial trial(condition_, &context_.budget);
        trial.give(variable(condition_, kBlock), number(block));
        trial.give(variable(condition_, kValid), number(n_valid));
        const Array goes_on = trial.compute(condition_.required(condition_.graph().outputs[0]));
        const bool is_true = goes_on.values.size() == 1 && goes_on.values[0] != 0.0f;
        if (is_true ? block == n_blocks_ : block * size_ < n_valid) refuse_loop("ends at the wrong time");
      }
    }
  }

  // A turn hears its own block, writes its outputs there, and leaves all others as they are.
  void check_turn(const std::vector<Step>& steps, size_t block) {
    const size_t heard_width = 4 * units_, row = size_ * units_;
    Trial trial(body_, &context_.budget);
    trial.give(begin_of(kBlock), number(block));
    trial.give(begin_of(kHeard), numbered({static_cast<int64_t>(n_blocks_), static_cast<int64_t>(size_ * heard_width)},
                                          &context_.budget));
    std::vector<Output> wanted;
    for (const Step& step : steps) wanted.push_back(step.heard);
    const std::vector<Array> heard = trial.compute(wanted);
    for (size_t i = 0; i < heard.size(); ++i) {
      const Array expected =
          numbered({static_cast<int64_t>(heard_width)}, &context_.budget, (block * size_ + i) * heard_width);
      if (heard[i].values != expected.values) refuse_loop("hears another block than its turn's");
    }
    Array outputs = numbered({static_cast<int64_t>(n_blocks_), static_cast<int64_t>(row)}, &context_.budget);
    const auto own = outputs.values.begin() + static_cast<std::ptrdiff_t>(block * row);
    std::fill(own, own + static_cast<std::ptrdiff_t>(row), 0.0f);
    trial.give(begin_of(kOutputs), outputs);
    for (size_t i = 0; i < steps.size(); ++i) {
      trial.give(steps[i].h,
                 numbered({1, static_cast<int64_t>(units_)}, &context_.budget, (block * size_ + i) * units_));
    }
    const std::vector<Array> end = trial.compute({end_of(kOutputs), end_of(kBlock)});
    if (end[0].values != numbered(outputs.shape, &context_.budget).values)
      refuse_loop("writes its outputs to another place");
    if (end[1].values != number(block + 1).values) refuse_loop("does not go on to the next block");
  }

  void check_beginning() {
    const std::vector<Output>& inputs = context_.graph.inputs(loop_);
    if (!context_.has_lengths() || context_.graph.passed_on(inputs[kValid]) != Output{context_.lengths, 0}) {
      refuse_loop("does not end with the recording");
    }
    Trial trial = context_.trial(context_.n_steps);
    const std::vector<Array> begin = trial.compute({inputs[kBlock], inputs[kOutputs]});
    if (begin[0].values != std::vector<float>(1) || begin[1].values != std::vector<float>(context_.n_steps * units_)) {
      refuse_loop("does not begin with the first block");
    }
  }

  Direction direction(const Step& step) {
    const std::vector<Output>& inputs = context_.graph.inputs(loop_);
    const Output output = origin(context_, inputs[kHeard]);
    const Product product = recognise_product(context_, output);
    expect_same_order(&context_, output, product.bias.size, inputs[kHeard]);
    Direction direction;
    direction.heard = {product.input};
    direction.n_inputs = product.weights.n_rows;
    direction.cell.of_input = product.weights;
    direction.cell.of_state = step.kernel;
    direction.cell.bias = product.bias;
    direction.cell.forget_bias = step.forget_bias;
    direction.cell.cell_clip = step.cell_clip;
    direction.hidden = {loop_};
    direction.hidden_shape = {static_cast<int64_t>(n_blocks_), static_cast<int64_t>(size_ * units_)};
    direction.initial_c = inputs[kC];
    direction.initial_h = inputs[kH];
    direction.last_c = {loop_.node, kC};
    direction.last_h = {loop_.node, kH};
    return direction;
  }

  Context& context_;
  const Output loop_;
  const Node& node_;
  const IndexedGraph condition_, body_;
  size_t n_blocks_ = 0, size_ = 0, units_ = 0;
};

}  // namespace

Direction looped(Context* context, const Output& hidden) { return LoopRecogniser(context, hidden).recognise(); }

}  // namespace deepspeech
