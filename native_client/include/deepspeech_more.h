/* What libdeepspeech.so offers beyond the published interface: causes of failures, models and language models of early
 * releases, number formats of weights, and the network without the search.
 *
 * Functions return a DeepSpeech_Error_Codes; outputs are NULL or 0 where it is not DS_ERR_OK.
 */
#ifndef DEEPSPEECH_MORE_H
#define DEEPSPEECH_MORE_H

#include "deepspeech.h"

#ifdef __cplusplus
extern "C" {
#endif

#define DSX_EXPORT __attribute__((visibility("default")))

/* What the last failing call of this thread had to say: a sentence with cause and remedy; "" if none failed. Belongs to the
 * library and is overwritten by the next failure. */
DSX_EXPORT const char* DSX_LastError(void);

#define DSX_MAX_THREADS 4096

typedef struct DSX_ModelOptions {
  unsigned int size;         /* sizeof(DSX_ModelOptions): the library takes fields behind it for 0 */
  unsigned int n_threads;    /* that one call may use, at most DSX_MAX_THREADS; 0: one, or for large models as many as there
                                are cores, at most 4 */
  const char* alphabet_path; /* of an alphabet.txt; models of releases before 0.5 need it. NULL: the one in the model */
  const char* weights;       /* "stored", "float32", "bf16", "int8" or "auto". NULL: the environment's DS_WEIGHTS, else "auto" */
} DSX_ModelOptions;

/* As DS_CreateModel; `options` may be NULL. */
DSX_EXPORT int DSX_OpenModel(const char* path, const DSX_ModelOptions* options, ModelState** model);

typedef struct DSX_ModelInfo {
  unsigned int size; /* set by the caller to sizeof(DSX_ModelInfo) */
  unsigned int rate_hz, window_samples, step_samples;
  unsigned int n_features, n_context; /* values of a frame; frames on each side of one */
  unsigned int n_steps;               /* frames that the network takes at once; 0: whole utterances */
  unsigned int n_classes;             /* labels and the blank */
  unsigned int n_threads;
  const char* weights;                /* number format in use: "float32", "bf16" or "int8" */
  const char* kernels;                /* instructions in use, "avx2" for instance */
} DSX_ModelInfo;

DSX_EXPORT int DSX_GetModelInfo(const ModelState* model, DSX_ModelInfo* info);

/* Language model (KenLM) and trie of a release before 0.7; `trie_path` may be NULL or "" for the model's own words. */
DSX_EXPORT int DSX_EnableScorerFiles(ModelState* model, const char* lm_path, const char* trie_path);
/* As DS_SetScorerAlphaBeta; NULL keeps the value stored with the scorer. */
DSX_EXPORT int DSX_SetScorerWeights(ModelState* model, const double* alpha, const double* beta);

/* As the published functions, with a code. DSX_Finish frees the stream whatever it returns. */
DSX_EXPORT int DSX_SpeechToText(ModelState* model, const short* samples, unsigned int n_samples, unsigned int num_results,
                                Metadata** metadata);
DSX_EXPORT int DSX_Feed(StreamingState* stream, const short* samples, unsigned int n_samples);
DSX_EXPORT int DSX_IntermediateDecode(const StreamingState* stream, unsigned int num_results, Metadata** metadata);
DSX_EXPORT int DSX_Finish(StreamingState* stream, unsigned int num_results, Metadata** metadata);

/* The network's probabilities of an utterance, float [*n_frames][n_classes]; freed with DSX_FreeNumbers. */
DSX_EXPORT int DSX_Probabilities(ModelState* model, const short* samples, unsigned int n_samples, float** probabilities,
                                 unsigned int* n_frames);
/* What the last layer gives before softmax makes probabilities of it, float [*n_frames][n_classes]; likewise. */
DSX_EXPORT int DSX_Logits(ModelState* model, const short* samples, unsigned int n_samples, float** logits,
                          unsigned int* n_frames);
/* The frames of an utterance without context, float [*n_frames][n_features]; likewise. */
DSX_EXPORT int DSX_Features(ModelState* model, const short* samples, unsigned int n_samples, float** frames,
                            unsigned int* n_frames);
DSX_EXPORT void DSX_FreeNumbers(float* numbers);

#undef DSX_EXPORT

#ifdef __cplusplus
}
#endif

#endif
