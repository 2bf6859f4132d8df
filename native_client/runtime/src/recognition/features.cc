#include "recognition/features.h"

#include "deepspeech.h"
#include "model_error.h"

namespace deepspeech {
namespace {

constexpr int64_t kMaxBands = 4096;

class FeatureRecogniser {
 public:
  FeatureRecogniser(Context* context, FeatureSpec* features) : context_(*context), graph_(context->graph), features_(*features) {}

  void run() {
    const Output mfccs = graph_.required("mfccs");
    const size_t samples = graph_.required("input_samples").node;
    const Attribute* shape = graph_.node(samples).find("shape");
    if (graph_.op({samples, 0}) != "Placeholder" || !shape || !shape->shape || *shape->shape != Shape{features_.window_samples}) {
      refuse(DS_ERR_INVALID_SHAPE, "input_samples does not take windows of " + std::to_string(features_.window_samples) + " samples");
    }
    samples_ = {samples, 0};
    is_of_samples_ = graph_.depending_on({samples});
    const Output last = unmoved(mfccs);
    if (graph_.op(last) == "Mfcc") {
      mfcc(last, mfccs);
    } else {
      refuse("node mfccs (" + graph_.op(last) + ") is of no known kind of features");
    }
  }

 private:
  // What an output is before changes of its shape.
  Output unmoved(Output output) const {
    while (true) {
      const std::string& op = graph_.op(output);
      const std::vector<Output>& inputs = graph_.inputs(output);
      const bool is_move = op == "Identity" || op == "StopGradient" || op == "Reshape" || op == "ExpandDims" || op == "Squeeze";
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
    const int64_t n_coefficients = node.number("dct_coefficient_count", 13), n_bands = node.number("filterbank_channel_count", 40);
    if (n_coefficients != static_cast<int64_t>(context_.n_features)) {
      refuse(DS_ERR_INVALID_SHAPE, "mfccs gives " + std::to_string(n_coefficients) + " values, input_node takes " +
                                       std::to_string(context_.n_features));
    }
    features_.kind = FeatureSpec::Kind::kMfcc;
    features_.n_bands = static_cast<uint32_t>(n_bands);
    features_.lower_hz = double{node.real("lower_frequency_limit", 20.0f)};
    features_.upper_hz = double{node.real("upper_frequency_limit", 4000.0f)};
    if (!(n_bands >= n_coefficients && n_bands <= kMaxBands && 0.0 <= features_.lower_hz && features_.lower_hz < features_.upper_hz)) {
      refuse(std::to_string(n_coefficients) + " coefficients of " + std::to_string(n_bands) + " bands, " + std::to_string(features_.lower_hz) +
             " to " + std::to_string(features_.upper_hz) + " Hz, make no sense");
    }
    expect_same(last, {1, 1, n_coefficients}, mfccs);
    spectrogram(graph_.passed_on(inputs[0]));
  }

  void spectrogram(const Output& output) {
    const Node& node = graph_.node(output);
    const std::vector<Output>& inputs = graph_.inputs(output);
    if (node.op != "AudioSpectrogram" || inputs.size() != 1) refuse("Mfcc is computed of something else than a spectrogram");
    if (node.number("window_size", 0) != features_.window_samples) {
      refuse("the spectrogram has windows of " + std::to_string(node.number("window_size", 0)) + " samples instead of " +
             std::to_string(features_.window_samples));
    }
    if (node.number("stride", 0) < 1) refuse("the spectrogram has no step");
    features_.magnitude_squared = node.number("magnitude_squared", 0) != 0;
    if (expect_same(samples_, {features_.window_samples}, inputs[0]) != Shape{features_.window_samples, 1}) {
      refuse("the spectrogram is of several channels");
    }
  }

  Context& context_;
  const IndexedGraph& graph_;
  FeatureSpec& features_;
  Output samples_;
  std::vector<bool> is_of_samples_;
};

}  // namespace

void recognise_features(Context* context, FeatureSpec* features) {
  features->n_features = static_cast<uint32_t>(context->n_features);
  FeatureRecogniser(context, features).run();
}

}  // namespace deepspeech
