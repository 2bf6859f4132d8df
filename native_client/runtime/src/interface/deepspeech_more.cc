#include "deepspeech_more.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>

#include "interface/c_interface.h"
#include "interface/metadata.h"
#include "interface/model_state.h"

using deepspeech::guarded;
using deepspeech::ModelError;
using deepspeech::need;
using deepspeech::need_model;
using deepspeech::need_stream;
using deepspeech::Output;
using deepspeech::text_of;
using deepspeech::WeightFormat;

namespace {

struct FormatName {
  const char* name;
  WeightFormat format;
};
constexpr FormatName kFormats[] = {{"auto", WeightFormat::kAuto},
                                   {"stored", WeightFormat::kStored},
                                   {"float32", WeightFormat::kFloat32},
                                   {"bf16", WeightFormat::kBfloat16},
                                   {"int8", WeightFormat::kInt8}};

WeightFormat format_named(const char* name) {
  if (!name) name = std::getenv("DS_WEIGHTS");
  const std::string wanted = name && *name ? name : "auto";
  for (const FormatName& known : kFormats) {
    if (wanted == known.name) return known.format;
  }
  throw ModelError(DS_ERR_FAIL_CREATE_MODEL, "weights are 'auto', 'stored', 'float32', 'bf16' or 'int8', not '" +
                                                 wanted + "'; change the argument or the environment's DS_WEIGHTS.");
}

const char* name_of(deepspeech::Precision precision) {
  switch (precision) {
    case deepspeech::Precision::kFloat32: return "float32";
    case deepspeech::Precision::kBfloat16: return "bf16";
    case deepspeech::Precision::kInt8: return "int8";
  }
  return "";
}

// The fields that the caller's structure has; those of a newer library are 0 for an older program.
template <typename Struct>
Struct given(const Struct* caller) {
  Struct own{};
  if (caller) std::memcpy(&own, caller, std::min<size_t>(caller->size, sizeof(own)));
  return own;
}

void need_samples(const short* samples, unsigned n_samples) {
  if (n_samples == 0 || samples) return;
  throw std::invalid_argument(std::to_string(n_samples) + " samples are announced, but their array is NULL; pass it.");
}

float* given_away(const std::vector<float>& numbers) {
  float* const copy = static_cast<float*>(std::malloc(std::max<size_t>(1, numbers.size()) * sizeof(float)));
  if (!copy) throw std::bad_alloc();
  std::copy(numbers.begin(), numbers.end(), copy);
  return copy;
}

// The network's output for an utterance, float [*n_frames][n_classes].
int heard(ModelState* model, const short* samples, unsigned int n_samples, Output output, float** numbers,
          unsigned int* n_frames) {
  if (numbers) *numbers = nullptr;
  if (n_frames) *n_frames = 0;
  return guarded(DS_ERR_FAIL_RUN_SESS, [&] {
    need_model(model);
    need(numbers, output == Output::kLogits ? "the place for the logits" : "the place for the probabilities");
    need(n_frames, "the place for the number of frames");
    need_samples(samples, n_samples);
    const size_t n_classes = model->hearing().network.model().n_classes();
    std::vector<float> all;
    const auto sink = [&](const float* part, size_t n) { all.insert(all.end(), part, part + n * n_classes); };
    deepspeech::Listener listener(model->shared_hearing(), output);
    listener.feed(samples, n_samples, sink);
    listener.finish(sink);
    *numbers = given_away(all);
    *n_frames = static_cast<unsigned>(all.size() / n_classes);
  });
}

}  // namespace

const char* DSX_LastError() { return deepspeech::last_error(); }

int DSX_OpenModel(const char* path, const DSX_ModelOptions* options, ModelState** model) {
  if (model) *model = nullptr;
  return guarded(DS_ERR_FAIL_CREATE_MODEL, [&] {
    need(model, "the place for the model");
    if (!path || !*path) throw ModelError(DS_ERR_NO_MODEL, "pass the path of an exported model.");
    const DSX_ModelOptions own = given(options);
    if (own.n_threads > DSX_MAX_THREADS) {
      throw ModelError(DS_ERR_FAIL_CREATE_MODEL, "n_threads is " + std::to_string(own.n_threads) + ", at most " +
                                                     std::to_string(DSX_MAX_THREADS) +
                                                     " are possible; pass 0 to leave the choice to the library.");
    }
    *model = new ModelState(path, text_of(own.alphabet_path), format_named(own.weights), own.n_threads);
  });
}

int DSX_GetModelInfo(const ModelState* model, DSX_ModelInfo* info) {
  return guarded(DS_ERR_FAIL_RUN_SESS, [&] {
    need_model(model);
    need(info, "the place for the information");
    const deepspeech::Network& network = model->hearing().network;
    const deepspeech::AcousticModel& acoustic = network.model();
    DSX_ModelInfo own{};
    own.size = info->size;
    own.rate_hz = acoustic.features.rate_hz;
    own.window_samples = acoustic.features.window_samples;
    own.step_samples = acoustic.features.step_samples;
    own.n_features = acoustic.features.n_features;
    own.n_context = acoustic.n_context;
    own.n_steps = acoustic.n_steps;
    own.n_classes = static_cast<unsigned>(acoustic.n_classes());
    own.n_threads = static_cast<unsigned>(network.n_threads());
    own.weights = name_of(network.precision());
    own.kernels = network.kernels().name();
    std::memcpy(info, &own, std::min<size_t>(own.size, sizeof(own)));
  });
}

int DSX_EnableScorerFiles(ModelState* model, const char* lm_path, const char* trie_path) {
  return guarded(DS_ERR_INVALID_SCORER, [&] {
    need_model(model);
    model->use_scorer_files(text_of(lm_path), text_of(trie_path));
  });
}

int DSX_SetScorerWeights(ModelState* model, const double* alpha, const double* beta) {
  return guarded(DS_ERR_INVALID_SCORER, [&] {
    need_model(model);
    model->set_weights(alpha, beta);
  });
}

int DSX_SpeechToText(ModelState* model, const short* samples, unsigned int n_samples, unsigned int num_results,
                     Metadata** metadata) {
  if (metadata) *metadata = nullptr;
  return guarded(DS_ERR_FAIL_RUN_SESS, [&] {
    need_model(model);
    need(metadata, "the place for the result");
    need_samples(samples, n_samples);
    const std::unique_ptr<StreamingState> stream = model->stream();
    stream->feed(samples, n_samples);
    stream->finish();
    *metadata = stream->metadata(num_results);
  });
}

int DSX_Feed(StreamingState* stream, const short* samples, unsigned int n_samples) {
  return guarded(DS_ERR_FAIL_RUN_SESS, [&] {
    need_stream(stream);
    need_samples(samples, n_samples);
    stream->feed(samples, n_samples);
  });
}

int DSX_IntermediateDecode(const StreamingState* stream, unsigned int num_results, Metadata** metadata) {
  if (metadata) *metadata = nullptr;
  return guarded(DS_ERR_FAIL_RUN_SESS, [&] {
    need_stream(stream);
    need(metadata, "the place for the result");
    *metadata = stream->metadata(num_results);
  });
}

int DSX_Finish(StreamingState* stream, unsigned int num_results, Metadata** metadata) {
  if (metadata) *metadata = nullptr;
  const int code = guarded(DS_ERR_FAIL_RUN_SESS, [&] {
    need_stream(stream);
    need(metadata, "the place for the result");
    stream->finish();
    *metadata = stream->metadata(num_results);
  });
  delete stream;
  return code;
}

int DSX_Probabilities(ModelState* model, const short* samples, unsigned int n_samples, float** probabilities,
                      unsigned int* n_frames) {
  return heard(model, samples, n_samples, Output::kProbabilities, probabilities, n_frames);
}

int DSX_Logits(ModelState* model, const short* samples, unsigned int n_samples, float** logits,
               unsigned int* n_frames) {
  return heard(model, samples, n_samples, Output::kLogits, logits, n_frames);
}

int DSX_Features(ModelState* model, const short* samples, unsigned int n_samples, float** frames,
                 unsigned int* n_frames) {
  if (frames) *frames = nullptr;
  if (n_frames) *n_frames = 0;
  return guarded(DS_ERR_FAIL_RUN_SESS, [&] {
    need_model(model);
    need(frames, "the place for the frames");
    need(n_frames, "the place for the number of frames");
    need_samples(samples, n_samples);
    const std::vector<float> all =
        n_samples ? deepspeech::frames_of(model->hearing(), samples, n_samples) : std::vector<float>{};
    *frames = given_away(all);
    *n_frames = static_cast<unsigned>(all.size() / model->hearing().network.model().features.n_features);
  });
}

void DSX_FreeNumbers(float* numbers) { std::free(numbers); }
