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

#define STT_FOR_EACH_ERROR(APPLY)                                                        \
  APPLY(STT_ERR_OK, 0x0000, "No error.")                                                 \
  APPLY(STT_ERR_NO_MODEL, 0x1000, "No model was named.")                                 \
  APPLY(STT_ERR_INVALID_ALPHABET, 0x2000, "The alphabet cannot be used with this model.") \
  APPLY(STT_ERR_INVALID_SHAPE, 0x2001, "The input of the model has an unknown shape.")   \
  APPLY(STT_ERR_INVALID_SCORER, 0x2002, "The scorer cannot be used.")                    \
  APPLY(STT_ERR_MODEL_INCOMPATIBLE, 0x2003, "This is no model that the client can use.") \
  APPLY(STT_ERR_SCORER_NOT_ENABLED, 0x2004, "No scorer is enabled.")                     \
  APPLY(STT_ERR_SCORER_UNREADABLE, 0x2005, "The scorer cannot be read.")                 \
  APPLY(STT_ERR_SCORER_INVALID_LM, 0x2006, "The scorer has no language model that can be used.") \
  APPLY(STT_ERR_SCORER_NO_TRIE, 0x2007, "The scorer ends before its words.")             \
  APPLY(STT_ERR_SCORER_INVALID_TRIE, 0x2008, "The words of the scorer cannot be used.")  \
  APPLY(STT_ERR_SCORER_VERSION_MISMATCH, 0x2009, "The scorer has another version.")      \
  APPLY(STT_ERR_FAIL_INIT_MMAP, 0x3000, "The model file cannot be opened.")              \
  APPLY(STT_ERR_FAIL_INIT_SESS, 0x3001, "No session could be made.")                     \
  APPLY(STT_ERR_FAIL_INTERPRETER, 0x3002, "The model cannot be interpreted.")            \
  APPLY(STT_ERR_FAIL_RUN_SESS, 0x3003, "The model failed on its input.")                 \
  APPLY(STT_ERR_FAIL_CREATE_STREAM, 0x3004, "No stream could be made.")                  \
  APPLY(STT_ERR_FAIL_READ_PROTOBUF, 0x3005, "The model file cannot be read as a graph.") \
  APPLY(STT_ERR_FAIL_CREATE_SESS, 0x3006, "The graph cannot be run.")                    \
  APPLY(STT_ERR_FAIL_CREATE_MODEL, 0x3007, "No model could be made.")                    \
  APPLY(STT_ERR_FAIL_INSERT_HOTWORD, 0x3008, "The hot word cannot be added.")            \
  APPLY(STT_ERR_FAIL_CLEAR_HOTWORD, 0x3009, "The hot words could not be removed.")       \
  APPLY(STT_ERR_FAIL_ERASE_HOTWORD, 0x3010, "The word is no hot word.")

enum STT_Error_Codes {
#define STT_ENUM(name, value, text) name = value,
  STT_FOR_EACH_ERROR(STT_ENUM)
#undef STT_ENUM
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
