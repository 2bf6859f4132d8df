// A direction whose steps are written out, as in files of TensorFlow Lite.
#include <algorithm>

#include "recognition/dense.h"
#include "recognition/step.h"

namespace deepspeech {
namespace {

// Throws ModelError unless each step hears its own row of what is computed for all, which `product` is.
void check_hoisted(Context* context, const std::vector<Step>& steps, const Output& product, size_t n_columns) {
  Trial trial = context->trial(context->n_steps);
  const Array given =
      numbered({static_cast<int64_t>(context->n_rows()), static_cast<int64_t>(n_columns)}, &context->budget);
  trial.give(product, given);
  std::vector<Output> heard;
  for (const Step& step : steps) heard.push_back(step.heard);
  auto expected = given.values.begin();
  for (const Array& part : trial.compute(heard)) {
    const auto n = static_cast<std::ptrdiff_t>(n_columns * context->n_batch);
    if (part.values.size() != n_columns * context->n_batch ||
        !std::equal(part.values.begin(), part.values.end(), expected)) {
      refuse("a step of its recurrent layer hears something else than its frame");
    }
    expected += n;
  }
}

}  // namespace

Direction written_out(Context* context, const Output& last_hidden) {
  const std::vector<Step> steps = find_steps(context->graph, last_hidden, context->n_steps);
  const Step& first = steps.front();
  const size_t units = first.kernel.n_columns / 4;
  Direction direction;
  if (first.is_hoisted) {
    const Output output = origin(*context, first.heard);
    const Product product = recognise_product(*context, output);
    check_hoisted(context, steps, output, product.bias.size);
    direction.heard = {product.input};
    direction.n_inputs = product.weights.n_rows;
    direction.cell.of_input = product.weights;
    direction.cell.of_state = first.kernel;
    direction.cell.bias = product.bias;
  } else {
    set_kernel(first.kernel, units, &direction);
    direction.cell.bias = vector_view(*first.bias, first.kernel.n_columns, context->arena);
    for (const Step& step : steps) direction.heard.push_back(step.heard);
  }
  direction.cell.forget_bias = first.forget_bias;
  direction.cell.cell_clip = first.cell_clip;
  for (const Step& step : steps) direction.hidden.push_back(step.h);
  direction.hidden_shape = {static_cast<int64_t>(context->n_batch), static_cast<int64_t>(units)};
  direction.initial_c = first.previous_c;
  direction.initial_h = first.previous_h;
  direction.last_c = steps.back().c;
  direction.last_h = steps.back().h;
  return direction;
}

}  // namespace deepspeech
