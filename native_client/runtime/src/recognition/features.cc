#include "recognition/features.h"

#include <algorithm>
#include <cmath>

#include "deepspeech.h"
#include "features/window_features.h"

namespace deepspeech {
namespace {

constexpr int64_t kMaxBands = 4096;
// Of early features, which go from about -20 to 20: exports compute them in single precision, with logarithms in
// disguise.
constexpr float kFeatureTolerance = 0.01f;

class FeatureRecogniser {
 public:
  FeatureRecogniser(Context* context, FeatureSpec* features)
      : context_(*context), graph_(context->graph), features_(*features) {}

  void run() {
    const Output mfccs = graph_.required("mfccs");
    const size_t samples = graph_.required("input_samples").node;
    const Attribute* shape = graph_.node(samples).find("shape");
    if (graph_.op({samples, 0}) != "Placeholder" || !shape || !shape->shape ||
        *shape->shape != Shape{features_.window_samples}) {
      refuse(DS_ERR_INVALID_SHAPE,
             "input_samples does not take windows of " + std::to_string(features_.window_samples) + " samples");
    }
    samples_ = {samples, 0};
    const Output last = unmoved(mfccs);
    if (graph_.op(last) == "Mfcc") {
      mfcc(last, mfccs);
    } else if (graph_.op(last) != "MatMul" || (!matrices(last, mfccs) && !legacy_window(mfccs))) {
      refuse("node mfccs (" + graph_.op(last) + ") is of no known kind of features");
    }
  }

 private:
  // What an output is before changes of its shape.
  Output unmoved(Output output) const {
    while (true) {
      const std::string& op = graph_.op(output);
      const std::vector<Output>& inputs = graph_.inputs(output);
      const bool is_move =
          op == "Identity" || op == "StopGradient" || op == "Reshape" || op == "ExpandDims" || op == "Squeeze";
      if (!is_move || inputs.empty()) return output;
      output = inputs[0];
    }
  }

  // Throws ModelError unless `to` is the numbers of `from`, of that shape, in the same order.
  Shape expect_same(const Output& from, const Shape& shape, const Output& to) {
    Trial trial(graph_, &context_.budget);
    const Array given = numbered(shape, &context_.budget);
    trial.give(from, given);
    const Array found = trial.compute(to);
    if (found.values != given.values) refuse("the features come into another order");
    return found.shape;
  }

  void mfcc(const Output& last, const Output& mfccs) {
    const Node& node = graph_.node(last);
    const std::vector<Output>& inputs = graph_.inputs(last);
    if (inputs.size() != 2) refuse("Mfcc has " + std::to_string(inputs.size()) + " inputs");
    const Tensor* rate = graph_.constant(inputs[1]);
    if (!rate || rate->type != NumberType::kInt32 || rate->n_elements() != 1 || rate->number(0) != features_.rate_hz) {
      refuse("Mfcc is computed for another rate than " + std::to_string(features_.rate_hz) + " Hz");
    }
    const int64_t n_coefficients = node.number("dct_coefficient_count", 13),
                  n_bands = node.number("filterbank_channel_count", 40);
    if (n_coefficients != static_cast<int64_t>(context_.n_features)) {
      refuse(DS_ERR_INVALID_SHAPE, "mfccs gives " + std::to_string(n_coefficients) + " values, input_node takes " +
                                       std::to_string(context_.n_features));
    }
    features_.kind = FeatureSpec::Kind::kMfcc;
    features_.n_bands = static_cast<uint32_t>(n_bands);
    features_.lower_hz = double{node.real("lower_frequency_limit", 20.0f)};
    features_.upper_hz = double{node.real("upper_frequency_limit", 4000.0f)};
    if (!(n_bands >= n_coefficients && n_bands <= kMaxBands && 0.0 <= features_.lower_hz &&
          features_.lower_hz < features_.upper_hz)) {
      refuse(std::to_string(n_coefficients) + " coefficients of " + std::to_string(n_bands) + " bands, " +
             std::to_string(features_.lower_hz) + " to " + std::to_string(features_.upper_hz) + " Hz, make no sense");
    }
    expect_same(last, {1, 1, n_coefficients}, mfccs);
    spectrogram(graph_.passed_on(inputs[0]));
  }

  void spectrogram(const Output& output) {
    const Node& node = graph_.node(output);
    const std::vector<Output>& inputs = graph_.inputs(output);
    if (node.op != "AudioSpectrogram" || inputs.size() != 1)
      refuse("Mfcc is computed of something else than a spectrogram");
    if (node.number("window_size", 0) != features_.window_samples) {
      refuse("the spectrogram has windows of " + std::to_string(node.number("window_size", 0)) +
             " samples instead of " + std::to_string(features_.window_samples));
    }
    if (node.number("stride", 0) < 1) refuse("the spectrogram has no step");
    features_.magnitude_squared = node.number("magnitude_squared", 0) != 0;
    if (expect_same(samples_, {features_.window_samples}, inputs[0]) != Shape{features_.window_samples, 1}) {
      refuse("the spectrogram is of several channels");
    }
  }

  // Whether that is a product with a matrix of numbers: its other factor, and the matrix by rows.
  bool product(const Output& output, Output* factor, std::vector<float>* matrix, size_t* n_rows) const {
    const std::vector<Output>& inputs = graph_.inputs(output);
    if (graph_.op(output) != "MatMul" || inputs.size() != 2 || graph_.node(output).number("transpose_a", 0))
      return false;
    const Tensor* constant = graph_.constant(inputs[1]);
    if (!constant || constant->type != NumberType::kFloat32 || constant->n_scales || constant->shape.size() != 2)
      return false;
    *factor = graph_.passed_on(inputs[0]);
    const MatrixView view = matrix_view(*constant, graph_.node(output).number("transpose_b", 0) != 0);
    *n_rows = view.n_rows;
    matrix->resize(view.n_rows * view.n_columns);
    for (size_t row = 0; row < view.n_rows; ++row) {
      for (size_t column = 0; column < view.n_columns; ++column) {
        const size_t place = view.is_transposed ? column * view.stride + row : row * view.stride + column;
        (*matrix)[row * view.n_columns + column] = static_cast<float>(constant->number(place));
      }
    }
    return true;
  }

  // Whether they are ln(max(floor, (samples spectrum)^2 bands)) transform.
  bool matrices(const Output& last, const Output& mfccs) {
    Output logarithm, squares, samples;
    size_t n_bands = 0, n_waves = 0, n_samples = 0;
    if (!product(last, &logarithm, &features_.transform, &n_bands) || graph_.op(logarithm) != "Log") return false;
    const Output energies = graph_.passed_on(graph_.inputs(logarithm).at(0));
    const std::vector<Output>& limited = graph_.inputs(energies);
    if (graph_.op(energies) != "Maximum" || limited.size() != 2) return false;
    const Tensor* floor = graph_.constant(limited[1]);
    if (!floor || floor->n_elements() != 1 || floor->type != NumberType::kFloat32) return false;
    features_.floor = static_cast<float>(floor->number(0));
    if (!product(graph_.passed_on(limited[0]), &squares, &features_.bands, &n_waves)) return false;
    const std::vector<Output>& factors = graph_.inputs(squares);
    if (graph_.op(squares) != "Mul" || factors.size() != 2 || factors[0] != factors[1]) return false;
    if (!product(graph_.passed_on(factors[0]), &samples, &features_.spectrum, &n_samples)) return false;
    features_.kind = FeatureSpec::Kind::kMatrices;
    if (n_samples != features_.window_samples || features_.spectrum.size() != n_samples * n_waves ||
        features_.bands.size() != n_waves * n_bands || features_.transform.size() != n_bands * context_.n_features) {
      refuse(DS_ERR_INVALID_SHAPE, "the matrices of its features do not fit each other");
    }
    expect_same(samples_, {features_.window_samples}, samples);
    expect_same(last, {1, static_cast<int64_t>(context_.n_features)}, mfccs);
    return true;
  }

  // Whether they are those of an early release. How an export computes them is of no interest, so only what comes of it
  // is looked at.
  bool legacy_window(const Output& mfccs) {
    features_.kind = FeatureSpec::Kind::kLegacyWindow;
    for (bool is_tapered : {false, true}) {
      features_.hamming = is_tapered;
      if (gives(mfccs, 0.3f) && gives(mfccs, 0.001f)) return true;
    }
    return false;
  }

  // Whether features of noise with that amplitude are what `features_` gives.
  bool gives(const Output& mfccs, float amplitude) {
    Array samples = varied({features_.window_samples}, &context_.budget);
    for (float& sample : samples.values) sample *= 0.5f * amplitude;
    std::vector<float> expected(features_.n_features);
    WindowFeatures::make(features_)->compute(samples.values.data(), 1, expected.data());
    Trial trial(graph_, &context_.budget);
    trial.give(samples_, std::move(samples));
    const Array found = trial.compute(mfccs);
    return found.values.size() == expected.size() &&
           std::equal(expected.begin(), expected.end(), found.values.begin(),
                      [](float a, float b) { return std::fabs(a - b) <= kFeatureTolerance; });
  }

  Context& context_;
  const IndexedGraph& graph_;
  FeatureSpec& features_;
  Output samples_;
};

}  // namespace

void recognise_features(Context* context, FeatureSpec* features) {
  features->n_features = static_cast<uint32_t>(context->n_features);
  FeatureRecogniser(context, features).run();
}

}  // namespace deepspeech
