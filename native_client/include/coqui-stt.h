/* The same functions under the names of Coqui STT, for programs that were built for libstt.so. Structures and error codes are
 * those of deepspeech.h; every code has a second name, STT_ERR_OK for DS_ERR_OK.
 */
#ifndef COQUI_STT_H
#define COQUI_STT_H

#include "deepspeech.h"

#ifdef __cplusplus
extern "C" {
#endif

#define STT_EXPORT __attribute__((visibility("default")))

#define STT_FOR_EACH_ERROR(APPLY) DS_FOR_EACH_ERROR(APPLY)

enum STT_Error_Codes {
  STT_ERR_OK = DS_ERR_OK,
  STT_ERR_NO_MODEL = DS_ERR_NO_MODEL,
  STT_ERR_INVALID_ALPHABET = DS_ERR_INVALID_ALPHABET,
  STT_ERR_INVALID_SHAPE = DS_ERR_INVALID_SHAPE,
  STT_ERR_INVALID_SCORER = DS_ERR_INVALID_SCORER,
  STT_ERR_MODEL_INCOMPATIBLE = DS_ERR_MODEL_INCOMPATIBLE,
  STT_ERR_SCORER_NOT_ENABLED = DS_ERR_SCORER_NOT_ENABLED,
  STT_ERR_SCORER_UNREADABLE = DS_ERR_SCORER_UNREADABLE,
  STT_ERR_SCORER_INVALID_LM = DS_ERR_SCORER_INVALID_LM,
  STT_ERR_SCORER_NO_TRIE = DS_ERR_SCORER_NO_TRIE,
  STT_ERR_SCORER_INVALID_TRIE = DS_ERR_SCORER_INVALID_TRIE,
  STT_ERR_SCORER_VERSION_MISMATCH = DS_ERR_SCORER_VERSION_MISMATCH,
  STT_ERR_FAIL_INIT_MMAP = DS_ERR_FAIL_INIT_MMAP,
  STT_ERR_FAIL_INIT_SESS = DS_ERR_FAIL_INIT_SESS,
  STT_ERR_FAIL_INTERPRETER = DS_ERR_FAIL_INTERPRETER,
  STT_ERR_FAIL_RUN_SESS = DS_ERR_FAIL_RUN_SESS,
  STT_ERR_FAIL_CREATE_STREAM = DS_ERR_FAIL_CREATE_STREAM,
  STT_ERR_FAIL_READ_PROTOBUF = DS_ERR_FAIL_READ_PROTOBUF,
  STT_ERR_FAIL_CREATE_SESS = DS_ERR_FAIL_CREATE_SESS,
  STT_ERR_FAIL_CREATE_MODEL = DS_ERR_FAIL_CREATE_MODEL,
  STT_ERR_FAIL_INSERT_HOTWORD = DS_ERR_FAIL_INSERT_HOTWORD,
  STT_ERR_FAIL_CLEAR_HOTWORD = DS_ERR_FAIL_CLEAR_HOTWORD,
  STT_ERR_FAIL_ERASE_HOTWORD = DS_ERR_FAIL_ERASE_HOTWORD,
};

STT_EXPORT int STT_CreateModel(const char* path, ModelState** model);
STT_EXPORT void STT_FreeModel(ModelState* model);
STT_EXPORT unsigned int STT_GetModelBeamWidth(const ModelState* model);
STT_EXPORT int STT_SetModelBeamWidth(ModelState* model, unsigned int beam_width);
STT_EXPORT int STT_GetModelSampleRate(const ModelState* model);
STT_EXPORT int STT_EnableExternalScorer(ModelState* model, const char* path);
STT_EXPORT int STT_DisableExternalScorer(ModelState* model);
STT_EXPORT int STT_SetScorerAlphaBeta(ModelState* model, float alpha, float beta);
STT_EXPORT int STT_AddHotWord(ModelState* model, const char* word, float boost);
STT_EXPORT int STT_EraseHotWord(ModelState* model, const char* word);
STT_EXPORT int STT_ClearHotWords(ModelState* model);
STT_EXPORT char* STT_SpeechToText(ModelState* model, const short* samples, unsigned int n_samples);
STT_EXPORT Metadata* STT_SpeechToTextWithMetadata(ModelState* model, const short* samples, unsigned int n_samples,
                                                  unsigned int num_results);
STT_EXPORT int STT_CreateStream(ModelState* model, StreamingState** stream);
STT_EXPORT void STT_FeedAudioContent(StreamingState* stream, const short* samples, unsigned int n_samples);
STT_EXPORT char* STT_IntermediateDecode(const StreamingState* stream);
STT_EXPORT Metadata* STT_IntermediateDecodeWithMetadata(const StreamingState* stream, unsigned int num_results);
STT_EXPORT char* STT_FinishStream(StreamingState* stream);
STT_EXPORT Metadata* STT_FinishStreamWithMetadata(StreamingState* stream, unsigned int num_results);
STT_EXPORT void STT_FreeStream(StreamingState* stream);
STT_EXPORT void STT_FreeMetadata(Metadata* metadata);
STT_EXPORT void STT_FreeString(char* text);
STT_EXPORT char* STT_Version(void);
STT_EXPORT char* STT_ErrorCodeToErrorMessage(int code);

#undef STT_EXPORT

#ifdef __cplusplus
}
#endif

#endif
