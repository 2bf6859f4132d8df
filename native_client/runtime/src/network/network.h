// The acoustic model: from windows of frames to probabilities of labels, in six layers. Or to their
// logits, of which softmax makes probabilities.
//
//   1 to 3   dense, clipped ReLU        [494, H], [H, H], [H, H or 2 H]
//   4        LSTM, one or two directions
//   5, 6     dense; the last one with softmax over the labels and the blank
//
// Read-only; any number of threads may run it, each with a State of its own. Source: Hannun et al. 2014, "Deep Speech";
// Hochreiter & Schmidhuber 1997 with the forget gate of Gers et al. 2000.
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "kernels/kernels.h"
#include "model/acoustic_model.h"
#include "thread_pool.h"

namespace deepspeech {

// How the weights of a model are to be kept. kStored: as the file has them, float32 or 8 bits. kAuto: so, or narrower where
// that gains and was not seen to cost anything.
enum class WeightFormat { kAuto, kStored, kFloat32, kBfloat16, kInt8 };

enum class Output { kProbabilities, kLogits };

class Network {
 public:
  // What the forward direction knows of the frames so far: c and h, [units].
  struct State {
    std::vector<float> c, h;
  };
  // Takes float [n, n_classes], the output for consecutive frames.
  using Sink = std::function<void(const float* output, size_t n)>;

  // `n_threads` 0: one, or for large models as many as there are cores, at most kMaxThreads.
  Network(std::shared_ptr<const AcousticModel> model, WeightFormat format, const Kernels& kernels, size_t n_threads);

  const AcousticModel& model() const { return *model_; }
  Precision precision() const;  // of the recurrent layer
  const Kernels& kernels() const { return kernels_; }
  size_t n_threads() const { return n_threads_; }
  State zero_state() const;

  // How many windows `run` should be given at once, at most; a multiple of n_steps.
  size_t most_windows() const;

  // Hears `n` windows, at most most_windows(). `frames`: [n + 2 * n_context, n_features]. Throws ModelError(DS_ERR_FAIL_RUN_SESS)
  // if something else than numbers comes out.
  void run(const float* frames, size_t n, State& state, const Sink& sink, Output output = Output::kProbabilities) const;

  // Hears an utterance of `n` windows at once, as models of releases before 0.5 do.
  void run_whole(const float* frames, size_t n, const Sink& sink, Output output = Output::kProbabilities) const;

  static constexpr size_t kMaxThreads = 4;  // more do not help: cores share the memory that weights are read from

 private:
  struct Dense {
    std::unique_ptr<const Weights> weights;
    std::vector<float> bias, gamma, beta;
    float clip, epsilon;
  };
  struct Cell {
    std::unique_ptr<const Weights> of_input, of_state;
    std::vector<float> bias;  // with the forget bias
    float clip;
    size_t units;
  };

  Precision precision_of(const MatrixView& view, Precision precision) const;
  std::unique_ptr<const Weights> pack(const MatrixView& view, Precision precision) const;
  Dense pack(const DenseLayer& layer, Precision precision) const;
  static Cell prepared(const LstmCell& cell);
  bool hears_backward() const { return cells_.size() == 2; }
  void multiply(const Weights& weights, const float* x, size_t n, size_t x_stride, float* y) const;
  std::vector<float> dense(const Dense& layer, const float* x, size_t n, size_t x_stride) const;
  std::vector<float> below(const float* frames, size_t n) const;
  void recur(const Cell& cell, const float* x, size_t n, bool backward, State& state, float* outputs,
             size_t stride) const;
  void above(const float* x, size_t n, const Sink& sink, Output output) const;
  void hear(const float* frames, size_t n, State& forward, State& backward, const Sink& sink, Output output) const;

  const std::shared_ptr<const AcousticModel> model_;
  const Kernels& kernels_;
  const WeightFormat format_;
  const Precision precision_;  // of large matrices that do not have 8 bits in the file
  const size_t n_threads_;
  Dense layer_1_, layer_2_, layer_3_, layer_5_, layer_6_;
  std::vector<Cell> cells_;
  mutable ctcdecode::ThreadPool pool_;
};

}  // namespace deepspeech
