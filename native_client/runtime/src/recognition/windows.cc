#include "recognition/windows.h"

#include <algorithm>
#include <cmath>

namespace deepspeech {
namespace {

constexpr double kTolerance = 1e-3;  // sums in single precision, differently ordered

// Numbers of the windows at row `row` of what layer 1 hears: it goes through the steps, and for each through the batch.
const float* window_of(const Context& context, const Array& windows, size_t row) {
  const size_t step = row / context.n_batch, element = row % context.n_batch;
  return windows.values.data() + (element * context.n_steps + step) * context.n_window * context.n_features;
}

bool are_equal(const Context& context, const Array& windows, const Array& heard) {
  const size_t size = context.n_window * context.n_features;
  if (heard.values.size() != windows.values.size()) return false;
  for (size_t row = 0; row < context.n_rows(); ++row) {
    if (!std::equal(heard.values.begin() + static_cast<std::ptrdiff_t>(row * size),
                    heard.values.begin() + static_cast<std::ptrdiff_t>((row + 1) * size),
                    window_of(context, windows, row))) {
      return false;
    }
  }
  return true;
}

// The same of what is whitened over the first `n_valid` steps, each element of the batch by itself.
bool are_whitened(const Context& context, const Array& windows, const Array& heard, size_t n_valid) {
  const size_t size = context.n_window * context.n_features;
  if (heard.values.size() != windows.values.size()) return false;
  for (size_t element = 0; element < context.n_batch; ++element) {
    const float* const begin = windows.values.data() + element * context.n_steps * size;
    const size_t n = n_valid * size;
    double mean = 0.0, variance = 0.0;
    for (size_t i = 0; i < n; ++i) mean += begin[i] / static_cast<double>(n);
    for (size_t i = 0; i < n; ++i) variance += (begin[i] - mean) * (begin[i] - mean) / static_cast<double>(n);
    for (size_t i = 0; i < n; ++i) {
      const size_t row = i / size * context.n_batch + element;
      const double expected = (begin[i] - mean) / std::sqrt(variance);
      if (!(std::fabs(heard.values[row * size + i % size] - expected) <= kTolerance)) return false;
    }
  }
  return true;
}

}  // namespace

bool are_whitened(Context* context, const Output& heard) {
  const Shape shape{static_cast<int64_t>(context->n_batch), static_cast<int64_t>(context->n_steps),
                    static_cast<int64_t>(context->n_window), static_cast<int64_t>(context->n_features)};
  bool is_same = true, is_whitened = context->has_lengths();
  for (size_t n_valid : {context->n_steps, (context->n_steps + 1) / 2, size_t{1}}) {
    Array windows = varied(shape, &context->budget);
    for (float& value : windows.values) value = 3.0f * value + 1.0f;  // of another mean and deviation than wanted
    Trial trial = context->trial(n_valid);
    trial.give({context->windows, 0}, windows);
    const Array found = trial.compute(heard);
    is_same = is_same && are_equal(*context, windows, found);
    is_whitened = is_whitened && are_whitened(*context, windows, found, n_valid);
  }
  if (!is_same && !is_whitened) refuse("the first layer hears something else than the windows of frames");
  return is_whitened;
}

}  // namespace deepspeech
