// The published functions, on those of deepspeech_more.h where these say more.
#include "deepspeech.h"

#include <cstdlib>

#include "deepspeech_more.h"
#include "interface/c_interface.h"
#include "interface/metadata.h"
#include "interface/model_state.h"

using deepspeech::guarded;
using deepspeech::need;
using deepspeech::need_model;
using deepspeech::need_stream;
using deepspeech::text_of;

namespace {

struct ErrorText {
  int code;
  const char* text;
};

#define DEEPSPEECH_ERROR_TEXT(name, value, text) {name, text},
constexpr ErrorText kErrorTexts[] = {DS_FOR_EACH_ERROR(DEEPSPEECH_ERROR_TEXT)};
#undef DEEPSPEECH_ERROR_TEXT

// A text for the caller to free, or NULL.
template <typename Action>
char* text_or_null(Action action) noexcept {
  char* text = nullptr;
  guarded(DS_ERR_FAIL_RUN_SESS, [&] { text = deepspeech::copied_text(action()); });
  return text;
}

}  // namespace

int DS_CreateModel(const char* path, ModelState** model) { return DSX_OpenModel(path, nullptr, model); }

void DS_FreeModel(ModelState* model) { delete model; }

unsigned int DS_GetModelBeamWidth(const ModelState* model) {
  unsigned beam_width = 0;
  guarded(DS_ERR_NO_MODEL, [&] {
    need_model(model);
    beam_width = model->beam_width();
  });
  return beam_width;
}

int DS_SetModelBeamWidth(ModelState* model, unsigned int beam_width) {
  return guarded(DS_ERR_FAIL_CREATE_STREAM, [&] {
    need_model(model);
    model->set_beam_width(beam_width);
  });
}

int DS_GetModelSampleRate(const ModelState* model) {
  int rate_hz = 0;
  guarded(DS_ERR_NO_MODEL, [&] {
    need_model(model);
    rate_hz = static_cast<int>(model->hearing().network.model().features.rate_hz);
  });
  return rate_hz;
}

int DS_EnableExternalScorer(ModelState* model, const char* path) {
  return guarded(DS_ERR_INVALID_SCORER, [&] {
    need_model(model);
    model->use_scorer(text_of(path));
  });
}

int DS_DisableExternalScorer(ModelState* model) {
  return guarded(DS_ERR_SCORER_NOT_ENABLED, [&] {
    need_model(model);
    model->drop_scorer();
  });
}

int DS_SetScorerAlphaBeta(ModelState* model, float alpha, float beta) {
  const double exact_alpha = alpha, exact_beta = beta;
  return DSX_SetScorerWeights(model, &exact_alpha, &exact_beta);
}

int DS_AddHotWord(ModelState* model, const char* word, float boost) {
  return guarded(DS_ERR_FAIL_INSERT_HOTWORD, [&] {
    need_model(model);
    model->add_hot_word(text_of(word), boost);
  });
}

int DS_EraseHotWord(ModelState* model, const char* word) {
  return guarded(DS_ERR_FAIL_ERASE_HOTWORD, [&] {
    need_model(model);
    model->erase_hot_word(text_of(word));
  });
}

int DS_ClearHotWords(ModelState* model) {
  return guarded(DS_ERR_FAIL_CLEAR_HOTWORD, [&] {
    need_model(model);
    model->clear_hot_words();
  });
}

char* DS_SpeechToText(ModelState* model, const short* samples, unsigned int n_samples) {
  StreamingState* stream = nullptr;
  if (DS_CreateStream(model, &stream) != DS_ERR_OK) return nullptr;
  if (DSX_Feed(stream, samples, n_samples) == DS_ERR_OK) return DS_FinishStream(stream);
  DS_FreeStream(stream);
  return nullptr;
}

Metadata* DS_SpeechToTextWithMetadata(ModelState* model, const short* samples, unsigned int n_samples,
                                      unsigned int num_results) {
  Metadata* metadata = nullptr;
  DSX_SpeechToText(model, samples, n_samples, num_results, &metadata);
  return metadata;
}

int DS_CreateStream(ModelState* model, StreamingState** stream) {
  if (stream) *stream = nullptr;
  return guarded(DS_ERR_FAIL_CREATE_STREAM, [&] {
    need_model(model);
    need(stream, "the place for the stream");
    *stream = model->stream().release();
  });
}

void DS_FeedAudioContent(StreamingState* stream, const short* samples, unsigned int n_samples) {
  DSX_Feed(stream, samples, n_samples);
}

char* DS_IntermediateDecode(const StreamingState* stream) {
  return text_or_null([&] {
    need_stream(stream);
    return stream->text();
  });
}

Metadata* DS_IntermediateDecodeWithMetadata(const StreamingState* stream, unsigned int num_results) {
  Metadata* metadata = nullptr;
  DSX_IntermediateDecode(stream, num_results, &metadata);
  return metadata;
}

char* DS_FinishStream(StreamingState* stream) {
  char* const text = text_or_null([&] {
    need_stream(stream);
    stream->finish();
    return stream->text();
  });
  delete stream;
  return text;
}

Metadata* DS_FinishStreamWithMetadata(StreamingState* stream, unsigned int num_results) {
  Metadata* metadata = nullptr;
  DSX_Finish(stream, num_results, &metadata);
  return metadata;
}

void DS_FreeStream(StreamingState* stream) { delete stream; }

void DS_FreeMetadata(Metadata* metadata) { deepspeech::free_metadata(metadata); }

void DS_FreeString(char* text) { std::free(text); }

char* DS_Version() {
  return text_or_null([] { return std::string(DEEPSPEECH_VERSION); });
}

char* DS_ErrorCodeToErrorMessage(int code) {
  return text_or_null([code] {
    for (const ErrorText& known : kErrorTexts) {
      if (known.code == code) return std::string(known.text);
    }
    return std::string("Unknown error.");
  });
}
