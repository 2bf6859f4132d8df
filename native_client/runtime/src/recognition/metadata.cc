#include "recognition/metadata.h"

#include "deepspeech.h"
#include "model/model_error.h"

namespace deepspeech {
namespace {

constexpr int64_t kGraphVersion = 6;
// Of files that hear wrongly unless they are told where a recording ends, by `input_lengths`.
constexpr int64_t kVersionWithLengths = 0;
constexpr int64_t kMaxRateHz = 1000000;
constexpr int64_t kMaxBeamWidth = 1 << 14;  // that a model may suggest; 500 is usual

// The constant of that name, behind nodes that only change its shape; nullptr if there is none.
const Tensor* find_constant(const IndexedGraph& graph, std::string_view name) {
  const size_t number = graph.find(name);
  if (number == IndexedGraph::kNone) return nullptr;
  Output output = graph.passed_on({number, 0});
  while (graph.op(output) == "Reshape" && !graph.inputs(output).empty())
    output = graph.passed_on(graph.inputs(output)[0]);
  return graph.constant(output);
}

const Tensor& required_constant(const IndexedGraph& graph, const char* name) {
  if (graph.find(name) == IndexedGraph::kNone) {
    throw ModelError(DS_ERR_MODEL_INCOMPATIBLE,
                     std::string(name) +
                         " is missing; this is not a model for clients of 0.7 to 0.9. Export it "
                         "anew from its checkpoint, or with --initialize_from_frozen_model.");
  }
  const Tensor* constant = find_constant(graph, name);
  if (!constant) refuse(DS_ERR_MODEL_INCOMPATIBLE, std::string(name) + " is no constant");
  if (constant->n_elements() != 1) {
    refuse(DS_ERR_MODEL_INCOMPATIBLE,
           std::string(name) + " has " + std::to_string(constant->n_elements()) + " values instead of one");
  }
  return *constant;
}

int64_t required_number(const IndexedGraph& graph, const char* name) {
  const Tensor& constant = required_constant(graph, name);
  if (constant.type != NumberType::kInt32) refuse(DS_ERR_MODEL_INCOMPATIBLE, std::string(name) + " is no number");
  return static_cast<int64_t>(constant.number(0));
}

void check_version(const IndexedGraph& graph) {
  const int64_t version = required_number(graph, "metadata_version");
  const bool takes_lengths = version == kVersionWithLengths && graph.find("input_lengths") != IndexedGraph::kNone;
  if (version == kGraphVersion || takes_lengths) return;
  throw ModelError(
      DS_ERR_MODEL_INCOMPATIBLE,
      "graph version " + std::to_string(version) + ", but " + std::to_string(kGraphVersion) +
          " is needed; export the model anew from its checkpoint, or with --initialize_from_frozen_model.");
}

int64_t in_samples(int64_t rate_hz, int64_t ms) {
  return static_cast<int64_t>(static_cast<double>(rate_hz) * (static_cast<double>(ms) / 1000));
}

}  // namespace

void read_metadata(const IndexedGraph& graph, AcousticModel* model) {
  check_version(graph);
  const int64_t rate_hz = required_number(graph, "metadata_sample_rate");
  const int64_t window = in_samples(rate_hz, required_number(graph, "metadata_feature_win_len"));
  const int64_t step = in_samples(rate_hz, required_number(graph, "metadata_feature_win_step"));
  const int64_t beam_width = required_number(graph, "metadata_beam_width");
  if (!(0 < rate_hz && rate_hz <= kMaxRateHz && 0 < step && step <= window && window <= kMaxRateHz && 0 < beam_width &&
        beam_width <= kMaxBeamWidth)) {
    throw ModelError(DS_ERR_MODEL_INCOMPATIBLE, "windows of " + std::to_string(window) + " samples, " +
                                                    std::to_string(step) + " apart, at " + std::to_string(rate_hz) +
                                                    " Hz and a beam of " + std::to_string(beam_width) +
                                                    " make no sense; the file is damaged, get it again.");
  }
  const Tensor& alphabet = required_constant(graph, "metadata_alphabet");
  if (alphabet.type != NumberType::kString) refuse(DS_ERR_INVALID_ALPHABET, "metadata_alphabet is no text");
  model->features.rate_hz = static_cast<uint32_t>(rate_hz);
  model->features.window_samples = static_cast<uint32_t>(window);
  model->features.step_samples = static_cast<uint32_t>(step);
  model->beam_width = static_cast<uint32_t>(beam_width);
  model->alphabet = std::string(alphabet.strings[0]);
}

std::optional<std::string> optional_text(const IndexedGraph& graph, std::string_view name) {
  const Tensor* constant = find_constant(graph, name);
  if (!constant || constant->type != NumberType::kString || constant->strings.size() != 1) return std::nullopt;
  return std::string(constant->strings[0]);
}

}  // namespace deepspeech
