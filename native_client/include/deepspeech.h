/* The C interface of DeepSpeech 0.9.3: speech to text with trained models.
 *
 *   ModelState* model;
 *   int status = DS_CreateModel("output_graph.pbmm", &model);
 *   if (status != DS_ERR_OK) { char* text = DS_ErrorCodeToErrorMessage(status); ... DS_FreeString(text); }
 *   DS_EnableExternalScorer(model, "language.scorer");
 *   char* text = DS_SpeechToText(model, samples, n_samples);
 *   DS_FreeString(text);
 *   DS_FreeModel(model);
 *
 * A model may be used by several threads at once; a stream by one at a time, whichever it is. Texts are UTF-8. Where a
 * function returns a pointer, NULL means that it failed: deepspeech_more.h says why, and offers what this header cannot.
 */
#ifndef DEEPSPEECH_H
#define DEEPSPEECH_H

#ifdef __cplusplus
extern "C" {
#endif

#if defined(_WIN32)
#define DEEPSPEECH_EXPORT __declspec(dllexport)
#else
#define DEEPSPEECH_EXPORT __attribute__((visibility("default")))
#endif

typedef struct ModelState ModelState;
typedef struct StreamingState StreamingState;

/* One label of a transcript. */
typedef struct TokenMetadata {
  const char* const text;
  const unsigned int timestep; /* frame at which it was heard, counted from 0 */
  const float start_time;      /* the same in seconds */
} TokenMetadata;

typedef struct CandidateTranscript {
  const TokenMetadata* const tokens;
  const unsigned int num_tokens;
  const double confidence; /* natural log of a score, scorer included, not normalised: ranks candidates of one recording */
} CandidateTranscript;

typedef struct Metadata {
  const CandidateTranscript* const transcripts; /* best first */
  const unsigned int num_transcripts;
} Metadata;

/* APPLY(name, value, text) for every error code. */
#define DS_FOR_EACH_ERROR(APPLY)                                                        \
  APPLY(DS_ERR_OK, 0x0000, "No error.")                                                 \
  APPLY(DS_ERR_NO_MODEL, 0x1000, "No model was named.")                                 \
  APPLY(DS_ERR_INVALID_ALPHABET, 0x2000, "The alphabet cannot be used with this model.") \
  APPLY(DS_ERR_INVALID_SHAPE, 0x2001, "The input of the model has an unknown shape.")   \
  APPLY(DS_ERR_INVALID_SCORER, 0x2002, "The scorer cannot be used.")                    \
  APPLY(DS_ERR_MODEL_INCOMPATIBLE, 0x2003, "This is no model that the client can use.") \
  APPLY(DS_ERR_SCORER_NOT_ENABLED, 0x2004, "No scorer is enabled.")                     \
  APPLY(DS_ERR_SCORER_UNREADABLE, 0x2005, "The scorer cannot be read.")                 \
  APPLY(DS_ERR_SCORER_INVALID_LM, 0x2006, "The scorer has no language model that can be used.") \
  APPLY(DS_ERR_SCORER_NO_TRIE, 0x2007, "The scorer ends before its words.")             \
  APPLY(DS_ERR_SCORER_INVALID_TRIE, 0x2008, "The words of the scorer cannot be used.")  \
  APPLY(DS_ERR_SCORER_VERSION_MISMATCH, 0x2009, "The scorer has another version.")      \
  APPLY(DS_ERR_FAIL_INIT_MMAP, 0x3000, "The model file cannot be opened.")              \
  APPLY(DS_ERR_FAIL_INIT_SESS, 0x3001, "No session could be made.")                     \
  APPLY(DS_ERR_FAIL_INTERPRETER, 0x3002, "The model cannot be interpreted.")            \
  APPLY(DS_ERR_FAIL_RUN_SESS, 0x3003, "The model failed on its input.")                 \
  APPLY(DS_ERR_FAIL_CREATE_STREAM, 0x3004, "No stream could be made.")                  \
  APPLY(DS_ERR_FAIL_READ_PROTOBUF, 0x3005, "The model file cannot be read as a graph.") \
  APPLY(DS_ERR_FAIL_CREATE_SESS, 0x3006, "The graph cannot be run.")                    \
  APPLY(DS_ERR_FAIL_CREATE_MODEL, 0x3007, "No model could be made.")                    \
  APPLY(DS_ERR_FAIL_INSERT_HOTWORD, 0x3008, "The hot word cannot be added.")            \
  APPLY(DS_ERR_FAIL_CLEAR_HOTWORD, 0x3009, "The hot words could not be removed.")       \
  APPLY(DS_ERR_FAIL_ERASE_HOTWORD, 0x3010, "The word is no hot word.")

enum DeepSpeech_Error_Codes {
#define DEEPSPEECH_ENUM(name, value, text) name = value,
  DS_FOR_EACH_ERROR(DEEPSPEECH_ENUM)
#undef DEEPSPEECH_ENUM
};

/* Opens a model (.pb, .pbmm, .tflite; the content decides). *model is NULL where this fails. */
DEEPSPEECH_EXPORT int DS_CreateModel(const char* path, ModelState** model);
DEEPSPEECH_EXPORT void DS_FreeModel(ModelState* model);

/* The number of beams: the one stored in the model unless another was set; of streams created from now on. */
DEEPSPEECH_EXPORT unsigned int DS_GetModelBeamWidth(const ModelState* model);
DEEPSPEECH_EXPORT int DS_SetModelBeamWidth(ModelState* model, unsigned int beam_width);

/* In Hz, of the samples that the model takes. */
DEEPSPEECH_EXPORT int DS_GetModelSampleRate(const ModelState* model);

/* A package of language model and words, with the weights stored in it. */
DEEPSPEECH_EXPORT int DS_EnableExternalScorer(ModelState* model, const char* path);
DEEPSPEECH_EXPORT int DS_DisableExternalScorer(ModelState* model);
/* Weight of the language model, and bonus per word (natural log). */
DEEPSPEECH_EXPORT int DS_SetScorerAlphaBeta(ModelState* model, float alpha, float beta);

/* `boost` (natural log) is added to the score of a transcript wherever `word` occurs in it. Needs a scorer. */
DEEPSPEECH_EXPORT int DS_AddHotWord(ModelState* model, const char* word, float boost);
DEEPSPEECH_EXPORT int DS_EraseHotWord(ModelState* model, const char* word);
DEEPSPEECH_EXPORT int DS_ClearHotWords(ModelState* model);

/* 16-bit mono samples at the model's rate. Results are freed with DS_FreeString and DS_FreeMetadata. */
DEEPSPEECH_EXPORT char* DS_SpeechToText(ModelState* model, const short* samples, unsigned int n_samples);
DEEPSPEECH_EXPORT Metadata* DS_SpeechToTextWithMetadata(ModelState* model, const short* samples, unsigned int n_samples,
                                                        unsigned int num_results);

/* Audio that comes in pieces. Later changes of the model's scorer, weights, hot words and beams do not reach the stream. */
DEEPSPEECH_EXPORT int DS_CreateStream(ModelState* model, StreamingState** stream);
DEEPSPEECH_EXPORT void DS_FeedAudioContent(StreamingState* stream, const short* samples, unsigned int n_samples);
/* The text so far, without about the last half second, which the network has not processed yet. */
DEEPSPEECH_EXPORT char* DS_IntermediateDecode(const StreamingState* stream);
DEEPSPEECH_EXPORT Metadata* DS_IntermediateDecodeWithMetadata(const StreamingState* stream, unsigned int num_results);
/* The text; these two free the stream. */
DEEPSPEECH_EXPORT char* DS_FinishStream(StreamingState* stream);
DEEPSPEECH_EXPORT Metadata* DS_FinishStreamWithMetadata(StreamingState* stream, unsigned int num_results);
DEEPSPEECH_EXPORT void DS_FreeStream(StreamingState* stream);

DEEPSPEECH_EXPORT void DS_FreeMetadata(Metadata* metadata);
DEEPSPEECH_EXPORT void DS_FreeString(char* text);

DEEPSPEECH_EXPORT char* DS_Version(void);
/* What a code means, in a few words. */
DEEPSPEECH_EXPORT char* DS_ErrorCodeToErrorMessage(int code);

#undef DEEPSPEECH_EXPORT

#ifdef __cplusplus
}
#endif

#endif
