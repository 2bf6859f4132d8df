#include "speech.h"

#include <cstdio>

#include "errors.h"
#include "output.h"

namespace deepspeech::client {
namespace {

std::string given(char* text) {
  const std::string copy = text ? text : "";
  DS_FreeString(text);
  return copy;
}

void check(const char* action, int code) {
  if (code == DS_ERR_OK) return;
  char number[24];
  std::snprintf(number, sizeof(number), "(0x%X)", static_cast<unsigned>(code));
  std::string detail = DSX_LastError();
  if (!detail.empty() && detail.back() != '.') detail += '.';
  throw SpeechError(std::string(action) + " failed with '" + given(DS_ErrorCodeToErrorMessage(code)) + "' " + number +
                    (detail.empty() ? "." : ": " + detail));
}

}  // namespace

Model::Model(const Arguments& arguments) {
  DSX_ModelOptions options{};
  options.size = sizeof(options);
  options.n_threads = arguments.n_threads;
  options.alphabet_path = arguments.alphabet.empty() ? nullptr : arguments.alphabet.c_str();
  options.weights = arguments.weights.empty() ? nullptr : arguments.weights.c_str();
  ModelState* model = nullptr;
  check("CreateModel", DSX_OpenModel(arguments.model.c_str(), &options, &model));
  handle_.reset(model);
}

uint32_t Model::rate_hz() const { return static_cast<uint32_t>(DS_GetModelSampleRate(handle())); }

void Model::set_beam_width(unsigned beam_width) {
  check("SetModelBeamWidth", DS_SetModelBeamWidth(handle(), beam_width));
}

void Model::use_scorer(const Arguments& arguments) {
  if (arguments.lm.empty()) {
    check("EnableExternalScorer", DS_EnableExternalScorer(handle(), arguments.scorer.c_str()));
  } else {
    check("EnableDecoderWithLM", DSX_EnableScorerFiles(handle(), arguments.lm.c_str(), arguments.trie.c_str()));
  }
  if (!arguments.lm_alpha && !arguments.lm_beta) return;
  const double* alpha = arguments.lm_alpha ? &*arguments.lm_alpha : nullptr;
  const double* beta = arguments.lm_beta ? &*arguments.lm_beta : nullptr;
  check("SetScorerAlphaBeta", DSX_SetScorerWeights(handle(), alpha, beta));
}

void Model::add_hot_word(const std::string& word, float boost) {
  check("AddHotWord", DS_AddHotWord(handle(), word.c_str(), boost));
}

Stream::Stream(const Model& model) {
  StreamingState* stream = nullptr;
  check("CreateStream", DS_CreateStream(model.handle(), &stream));
  handle_.reset(stream);
}

void Stream::feed(const std::vector<int16_t>& samples) {
  check("FeedAudioContent", DSX_Feed(handle_.get(), samples.data(), static_cast<unsigned>(samples.size())));
}

std::string Stream::text_so_far() const {
  Metadata* metadata = nullptr;
  check("IntermediateDecode", DSX_IntermediateDecode(handle_.get(), 1, &metadata));
  const Result result(metadata);
  return result->num_transcripts ? text_of(result->transcripts[0]) : "";
}

Result Stream::finish(unsigned n_transcripts) {
  Metadata* metadata = nullptr;
  check("FinishStream", DSX_Finish(handle_.release(), n_transcripts, &metadata));
  return Result(metadata);
}

std::string version() { return given(DS_Version()); }

}  // namespace deepspeech::client
