#include "network/network.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <thread>

#include "deepspeech.h"
#include "features/window_features.h"
#include "kernels/file_pages.h"
#include "model/model_error.h"

namespace deepspeech {
namespace {

constexpr size_t kMergedWindows = 128;  // longer runs are hardly faster: weights are read once for all windows of a run
constexpr size_t kMergedByInt8 = 32;    // bytes are read four times as fast, and intermediate results stay small
constexpr size_t kBlockWindows = 3000;  // of a whole utterance, a minute; bounds the memory for intermediate results
constexpr size_t kLargeModel = 8u << 20;    // weights; sharing the work of smaller ones costs more than it saves
constexpr size_t kWorthSharing = 1u << 19;  // multiplications; a quarter of a millisecond or so for one thread
constexpr size_t kForgetGate = 2;

size_t count_weights(const AcousticModel& model) {
  size_t n = 0;
  for (const DenseLayer* layer : {&model.layer_1, &model.layer_2, &model.layer_3, &model.layer_5, &model.layer_6}) {
    n += layer->weights.n_rows * layer->weights.n_columns;
  }
  for (const LstmCell& cell : model.cells) n += (cell.of_input.n_rows + cell.of_state.n_rows) * cell.of_state.n_columns;
  return n;
}

size_t choose_threads(const AcousticModel& model, size_t asked) {
  if (asked) return asked;
  if (count_weights(model) < kLargeModel) return 1;
  return std::clamp<size_t>(std::thread::hardware_concurrency(), 1, Network::kMaxThreads);
}

// Automatically: half the bits where reading weights takes most of the time. That made no error rate of trained models worse
// (doc/performance.md), while 8 bits changed a few words.
Precision choose_precision(const AcousticModel& model, WeightFormat format, const Kernels& kernels) {
  if (format == WeightFormat::kBfloat16) return Precision::kBfloat16;
  if (format == WeightFormat::kInt8) return Precision::kInt8;
  const bool gains = count_weights(model) >= kLargeModel && kernels.gains(Precision::kBfloat16);
  return format == WeightFormat::kAuto && gains ? Precision::kBfloat16 : Precision::kFloat32;
}

std::vector<float> copied(const VectorView& view) {
  std::vector<float> values(view.size);
  if (view.size) std::memcpy(values.data(), view.data, view.size * sizeof(float));
  return values;
}

// Mean 0 and deviation 1 over the units of each frame, then scaled and shifted. Ba, Kiros & Hinton 2016.
void normalize(float* x, size_t n, const std::vector<float>& gamma, const std::vector<float>& beta, float epsilon) {
  const size_t units = gamma.size();
  for (size_t i = 0; i < n; ++i, x += units) {
    double sum = 0.0, squares = 0.0;
    for (size_t unit = 0; unit < units; ++unit) sum += x[unit];
    const float mean = static_cast<float>(sum / units);
    for (size_t unit = 0; unit < units; ++unit) squares += double{x[unit] - mean} * (x[unit] - mean);
    const float scale = static_cast<float>(1.0 / std::sqrt(squares / units + epsilon));
    for (size_t unit = 0; unit < units; ++unit) x[unit] = (x[unit] - mean) * scale * gamma[unit] + beta[unit];
  }
}

void add_bias(float* x, const std::vector<float>& bias, size_t n) {
  for (size_t i = 0; i < n; ++i) {
    for (const float of_class : bias) *x++ += of_class;
  }
}

void check_finite(const float* x, size_t size) {
  for (size_t i = 0; i < size; ++i) {
    if (std::isfinite(x[i])) continue;
    throw ModelError(DS_ERR_FAIL_RUN_SESS,
                     "logits gives something else than numbers; the weights are damaged, get the file "
                     "again.");
  }
}

}  // namespace

Network::Network(std::shared_ptr<const AcousticModel> model, WeightFormat format, const Kernels& kernels,
                 size_t n_threads)
    : model_(std::move(model)),
      kernels_(kernels),
      format_(format),
      precision_(choose_precision(*model_, format, kernels)),
      n_threads_(choose_threads(*model_, n_threads)),
      pool_(n_threads_) {
  cells_.resize(model_->cells.size());
  std::vector<std::function<void()>> jobs;  // the largest ones first
  for (size_t i = 0; i < cells_.size(); ++i) {
    const LstmCell& cell = model_->cells[i];
    cells_[i] = prepared(cell);
    jobs.push_back([this, &cell, i] { cells_[i].of_input = pack(cell.of_input, precision_); });
    jobs.push_back([this, &cell, i] { cells_[i].of_state = pack(cell.of_state, precision_); });
  }
  jobs.push_back([this] { layer_2_ = pack(model_->layer_2, precision_); });
  jobs.push_back([this] { layer_3_ = pack(model_->layer_3, precision_); });
  jobs.push_back([this] { layer_5_ = pack(model_->layer_5, precision_); });
  // The features differ much in size, and the last layer decides: both are small, and stay as exact as the file has them.
  // Beside bytes the first one is a twelfth of the memory as float32; its half is exact enough for all that comes after it.
  const Precision of_features = precision_ == Precision::kInt8 ? Precision::kBfloat16 : Precision::kFloat32;
  jobs.push_back([this, of_features] { layer_1_ = pack(model_->layer_1, of_features); });
  jobs.push_back([this] { layer_6_ = pack(model_->layer_6, Precision::kFloat32); });
  pool_.run(jobs.size(), [&](size_t i) { jobs[i](); });
  FilePages(model_->bytes.data(), model_->bytes.size()).give_back();  // those of its graph and vectors
}

Precision Network::precision() const { return precision_of(model_->cells.front().of_state, precision_); }

// Matrices that have 8 bits in the file keep them, unless another format was asked for.
Precision Network::precision_of(const MatrixView& view, Precision precision) const {
  const bool may_keep = format_ != WeightFormat::kFloat32 && format_ != WeightFormat::kBfloat16;
  return may_keep && view.type == MatrixView::Type::kInt8 ? Precision::kInt8 : precision;
}

std::unique_ptr<const Weights> Network::pack(const MatrixView& view, Precision precision) const {
  return kernels_.pack(view, precision_of(view, precision));
}

Network::Dense Network::pack(const DenseLayer& layer, Precision precision) const {
  Dense packed{pack(layer.weights, precision), copied(layer.bias), {}, {}, layer.clip, 0.0f};
  if (layer.norm) {
    packed.gamma = copied(layer.norm->gamma);
    packed.beta = copied(layer.norm->beta);
    packed.epsilon = layer.norm->epsilon;
  }
  return packed;
}

// A cell without its matrices.
Network::Cell Network::prepared(const LstmCell& cell) {
  Cell made{nullptr, nullptr, copied(cell.bias), cell.cell_clip, cell.units()};
  for (size_t unit = 0; unit < made.units; ++unit) made.bias[kForgetGate * made.units + unit] += cell.forget_bias;
  return made;
}

Network::State Network::zero_state() const {
  const size_t units = cells_.front().units;
  return State{std::vector<float>(units), std::vector<float>(units)};
}

size_t Network::most_windows() const {
  const size_t n_steps = model_->n_steps;
  if (hears_backward() || model_->features.whitened) return n_steps;  // what a call is decides on what is heard
  const size_t merged = precision_ == Precision::kInt8 ? kMergedByInt8 : kMergedWindows;
  return n_steps * std::max<size_t>(1, merged / n_steps);
}

void Network::run(const float* frames, size_t n, State& state, const Sink& sink, Output output) const {
  State behind = zero_state();  // the backward direction knows nothing of what follows a call
  if (!model_->features.whitened) return hear(frames, n, state, behind, sink, output);
  const size_t n_features = model_->features.n_features, n_context = model_->n_context;
  std::vector<float> whitened(frames, frames + (n + 2 * n_context) * n_features);
  whiten(whitened.data(), n, n_context, n_features);
  hear(whitened.data(), n, state, behind, sink, output);
}

void Network::run_whole(const float* frames, size_t n, const Sink& sink, Output output) const {
  const size_t n_features = model_->features.n_features;
  const size_t n_blocks = (n + kBlockWindows - 1) / kBlockWindows;
  const auto size_of = [&](size_t block) { return std::min(kBlockWindows, n - block * kBlockWindows); };
  // The state in which the backward direction enters each block. Only these are kept, so all blocks but the first one are
  // computed twice.
  std::vector<State> behind(n_blocks, zero_state());
  for (size_t block = n_blocks - 1; hears_backward() && block > 0; --block) {
    const size_t size = size_of(block);
    const std::vector<float> x = below(frames + block * kBlockWindows * n_features, size);
    std::vector<float> outputs(size * cells_[1].units);
    behind[block - 1] = behind[block];
    recur(cells_[1], x.data(), size, true, behind[block - 1], outputs.data(), cells_[1].units);
  }
  State state = zero_state();
  for (size_t block = 0; block < n_blocks; ++block) {
    hear(frames + block * kBlockWindows * n_features, size_of(block), state, behind[block], sink, output);
  }
}

void Network::hear(const float* frames, size_t n, State& forward, State& backward, const Sink& sink,
                   Output output) const {
  const std::vector<float> x = below(frames, n);
  const size_t units = cells_.front().units, width = units * cells_.size();
  std::vector<float> outputs(n * width);
  recur(cells_[0], x.data(), n, false, forward, outputs.data(), width);
  if (hears_backward()) recur(cells_[1], x.data(), n, true, backward, outputs.data() + units, width);
  above(outputs.data(), n, sink, output);
}

// Layers 1 to 3: [n, width of layer 3]. Neighbouring windows overlap, so they need not be made: each lies one frame further.
std::vector<float> Network::below(const float* frames, size_t n) const {
  std::vector<float> x = dense(layer_1_, frames, n, model_->features.n_features);
  x = dense(layer_2_, x.data(), n, layer_2_.weights->n_rows());
  return dense(layer_3_, x.data(), n, layer_3_.weights->n_rows());
}

std::vector<float> Network::dense(const Dense& layer, const float* x, size_t n, size_t x_stride) const {
  const size_t units = layer.weights->n_columns();
  std::vector<float> y(n * units);
  multiply(*layer.weights, x, n, x_stride, y.data());
  kernels_.bias_relu(y.data(), layer.bias.data(), n, units, layer.clip);
  if (!layer.gamma.empty()) normalize(y.data(), n, layer.gamma, layer.beta, layer.epsilon);
  return y;
}

// One direction of the recurrent layer over x [n, inputs]: outputs [n, units], `stride` numbers apart, each in the place of
// its input. The products with the inputs are one for all steps; a step reads the weights of the state only.
void Network::recur(const Cell& cell, const float* x, size_t n, bool backward, State& state, float* outputs,
                    size_t stride) const {
  const size_t width = 4 * cell.units;
  std::vector<float> of_inputs(n * width), gates(width);
  multiply(*cell.of_input, x, n, cell.of_input->n_rows(), of_inputs.data());
  for (size_t i = 0; i < n; ++i) {
    const size_t step = backward ? n - 1 - i : i;
    multiply(*cell.of_state, state.h.data(), 1, cell.units, gates.data());
    const float* const of_input = &of_inputs[step * width];
    for (size_t k = 0; k < width; ++k) gates[k] += of_input[k] + cell.bias[k];
    kernels_.lstm_step(gates.data(), cell.units, cell.clip, state.c.data(), state.h.data());
    std::copy(state.h.begin(), state.h.end(), outputs + step * stride);
  }
}

// Layers 5 and 6.
void Network::above(const float* x, size_t n, const Sink& sink, Output output) const {
  const std::vector<float> heard = dense(layer_5_, x, n, layer_5_.weights->n_rows());
  const size_t n_classes = layer_6_.weights->n_columns();
  std::vector<float> y(n * n_classes);
  multiply(*layer_6_.weights, heard.data(), n, heard.size() / n, y.data());
  if (output == Output::kLogits) {
    add_bias(y.data(), layer_6_.bias, n);
  } else {
    kernels_.bias_softmax(y.data(), layer_6_.bias.data(), n, n_classes);
  }
  check_finite(y.data(), y.size());
  sink(y.data(), n);
}

// y = x W, by as many threads as are worth it. There are more parts than threads, and whoever is free takes the next one: a
// thread that another program keeps from working costs little.
void Network::multiply(const Weights& weights, const float* x, size_t n, size_t x_stride, float* y) const {
  const size_t n_columns = weights.n_columns(),
               n_blocks = (n_columns + Weights::kColumnBlock - 1) / Weights::kColumnBlock;
  if (n_threads_ == 1 || n * weights.n_rows() * n_columns < kWorthSharing) {
    return weights.multiply(x, n, x_stride, y, 0, n_columns);
  }
  const size_t n_parts = std::min(n_blocks, 4 * n_threads_);
  pool_.run(n_parts, [&](size_t part) {
    const size_t begin = part * n_blocks / n_parts * Weights::kColumnBlock;
    const size_t end = std::min(n_columns, (part + 1) * n_blocks / n_parts * Weights::kColumnBlock);
    weights.multiply(x, n, x_stride, y, begin, end);
  });
}

}  // namespace deepspeech
