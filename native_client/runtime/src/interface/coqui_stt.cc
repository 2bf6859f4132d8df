// Forwards to the published functions.
#include "coqui-stt.h"

int STT_CreateModel(const char* path, ModelState** model) { return DS_CreateModel(path, model); }

void STT_FreeModel(ModelState* model) { DS_FreeModel(model); }

unsigned int STT_GetModelBeamWidth(const ModelState* model) { return DS_GetModelBeamWidth(model); }

int STT_SetModelBeamWidth(ModelState* model, unsigned int beam_width) {
  return DS_SetModelBeamWidth(model, beam_width);
}

int STT_GetModelSampleRate(const ModelState* model) { return DS_GetModelSampleRate(model); }

int STT_EnableExternalScorer(ModelState* model, const char* path) { return DS_EnableExternalScorer(model, path); }

int STT_DisableExternalScorer(ModelState* model) { return DS_DisableExternalScorer(model); }

int STT_SetScorerAlphaBeta(ModelState* model, float alpha, float beta) {
  return DS_SetScorerAlphaBeta(model, alpha, beta);
}

int STT_AddHotWord(ModelState* model, const char* word, float boost) { return DS_AddHotWord(model, word, boost); }

int STT_EraseHotWord(ModelState* model, const char* word) { return DS_EraseHotWord(model, word); }

int STT_ClearHotWords(ModelState* model) { return DS_ClearHotWords(model); }

char* STT_SpeechToText(ModelState* model, const short* samples, unsigned int n_samples) {
  return DS_SpeechToText(model, samples, n_samples);
}

Metadata* STT_SpeechToTextWithMetadata(ModelState* model, const short* samples, unsigned int n_samples,
                                       unsigned int num_results) {
  return DS_SpeechToTextWithMetadata(model, samples, n_samples, num_results);
}

int STT_CreateStream(ModelState* model, StreamingState** stream) { return DS_CreateStream(model, stream); }

void STT_FeedAudioContent(StreamingState* stream, const short* samples, unsigned int n_samples) {
  DS_FeedAudioContent(stream, samples, n_samples);
}

char* STT_IntermediateDecode(const StreamingState* stream) { return DS_IntermediateDecode(stream); }

Metadata* STT_IntermediateDecodeWithMetadata(const StreamingState* stream, unsigned int num_results) {
  return DS_IntermediateDecodeWithMetadata(stream, num_results);
}

char* STT_FinishStream(StreamingState* stream) { return DS_FinishStream(stream); }

Metadata* STT_FinishStreamWithMetadata(StreamingState* stream, unsigned int num_results) {
  return DS_FinishStreamWithMetadata(stream, num_results);
}

void STT_FreeStream(StreamingState* stream) { DS_FreeStream(stream); }

void STT_FreeMetadata(Metadata* metadata) { DS_FreeMetadata(metadata); }

void STT_FreeString(char* text) { DS_FreeString(text); }

char* STT_Version() { return DS_Version(); }

char* STT_ErrorCodeToErrorMessage(int code) { return DS_ErrorCodeToErrorMessage(code); }
