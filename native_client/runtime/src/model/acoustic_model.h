// What a model file holds once it is read: the weights of the network and how it is fed. Read-only.
//
//   std::shared_ptr<const AcousticModel> model = read_model("output_graph.pbmm");   // model_file.h
//   Network network(model, ...);                                                    // network.h
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/matrix_view.h"

namespace deepspeech {

// y = x gamma / deviation of x + beta, over the units of a frame.
struct LayerNorm {
  VectorView gamma, beta;
  float epsilon = 1e-6f;
};

// x weights + bias, then - of all layers but the last - min(max(., 0), clip), then the norm if there is one.
struct DenseLayer {
  MatrixView weights;  // [inputs, outputs]
  VectorView bias;     // [outputs]
  float clip = std::numeric_limits<float>::infinity();
  std::optional<LayerNorm> norm;
};

// One direction of the recurrent layer. Gates lie one behind the other in the order i, c (candidate), f, o.
struct LstmCell {
  MatrixView of_input;       // [inputs, 4 * units]
  MatrixView of_state;       // [units, 4 * units]
  VectorView bias;           // [4 * units]
  float forget_bias = 0.0f;  // added to the bias of f
  float cell_clip = 0.0f;    // limit of |c|; 0: none
  size_t units() const { return of_state.n_rows; }
};

// How samples become frames.
struct FeatureSpec {
  enum class Kind {
    kMfcc,    // 0.5 to 0.9.3: TensorFlow's AudioSpectrogram and Mfcc
    kLegacy,  // 0.1 to 0.4: python_speech_features, over whole utterances (frozen graphs without features of their own)
    kMatrices,      // early features by matrix products, window by window (exports of this project: .tflite)
    kLegacyWindow,  // early features, window by window (exports of this project: .pb)
  };
  Kind kind = Kind::kMfcc;
  uint32_t rate_hz = 16000, window_samples = 512, step_samples = 320;
  uint32_t n_features = 26;

  // kMfcc
  double lower_hz = 20.0, upper_hz = 8000.0;
  uint32_t n_bands = 40;
  bool magnitude_squared = true;

  // kLegacy, kLegacyWindow
  uint32_t hop_samples = 160;  // kLegacy: from window to window; those at whole steps are kept
  bool hamming = false;

  // kLegacy: mean 0 and deviation 1 over the windows of an utterance; of a window-by-window model: over those of a call.
  bool whitened = false;

  // kMatrices: ln(max(floor, (samples spectrum)^2 bands)) transform
  std::vector<float> spectrum, bands, transform;  // [window, k], [k, n], [n, n_features]
  float floor = 0.0f;
};

struct AcousticModel {
  std::shared_ptr<const void> storage;  // keeps what the views point into: a mapped file, and copies of what it packs
  std::string_view bytes;               // of the file

  FeatureSpec features;
  uint32_t n_context = 9;  // frames on each side of one in a window
  uint32_t n_steps = 16;   // windows in a call of the network; 0: whole utterances (releases before 0.5)
  uint32_t beam_width = 500;
  std::optional<std::string> alphabet;  // serialised; none in models of releases before 0.5

  DenseLayer layer_1, layer_2, layer_3, layer_5, layer_6;
  std::vector<LstmCell> cells;  // forward, then backward if there is one
  bool reads_lengths =
      true;  // whether calls say how many windows are valid; a backward direction begins at the last of them

  size_t n_classes() const { return layer_6.bias.size; }
};

}  // namespace deepspeech
