/* Layers of a network for training on processors, over arrays of the caller; the library keeps nothing between calls.
 *
 * All arrays are dense, by rows, float32 unless said otherwise. Each function returns NULL, or why it did nothing: a sentence
 * that lives as long as the library. Any number of threads may call them at the same time.
 *
 * Letters: T time, B batch, H units of a direction, D directions, C classes. Gates are in the order i, candidate, f, o.
 */
#ifndef DEEPSPEECH_LAYERS_H
#define DEEPSPEECH_LAYERS_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Of the structures and functions of this file; goes up with every change of them. */
#define DSL_INTERFACE 1

#define DSL_EXPORT __attribute__((visibility("default")))

/* DSL_INTERFACE of the library. */
DSL_EXPORT int32_t DSL_Interface(void);

/* The name of the kernels that this processor runs ("avx2", "avx512", ...); "" if there are none for it, and then no function
 * does anything. The environment's DS_KERNELS names another one, for tests. */
DSL_EXPORT const char* DSL_Kernels(void);

/* What both passes of a recurrent layer have in common. */
typedef struct DSL_LstmShape {
  size_t n_time, n_batch, n_cell, n_directions;
  const int32_t* lengths; /* [B], 0 ... T */
  int32_t is_bfloat16;    /* the factors of products are rounded to bfloat16, sums and state are float32 all the same */
  int32_t n_threads;      /* at least 1 */
  size_t h_stride;        /* numbers from one row of the outputs, or of their gradients, to the next */
} DSL_LstmShape;

/* One direction, forward. */
typedef struct DSL_LstmForward {
  int32_t is_reversed;    /* reads each sequence from its end */
  const void* z;          /* [T, B, 4 H]: the input's share of the gates, without bias; bfloat16 if is_bfloat16 */
  const float* recurrent; /* [H, 4 H] */
  const float* bias;      /* [4 H], the forget bias included */
  const float *c0, *h0;   /* [B, H] */
  float* h;               /* out: [T, B, H], rows h_stride apart; 0 from a sequence's length on */
  float* gates;           /* out: [T, B, 4 H], squashed, undefined from a sequence's length on; NULL: no way back */
  float* c;               /* out: [T, B, H], likewise; NULL with gates */
  float *c_last, *h_last; /* out: [B, H] after the last step of each sequence; may be NULL */
} DSL_LstmForward;

/* One direction, backward. */
typedef struct DSL_LstmBackward {
  int32_t is_reversed;
  const float* gates; /* as the forward pass gave them */
  const float* c;
  const float* recurrent;
  const float* c0;
  const float* dh;                /* [T, B, H], rows h_stride apart; not read from a sequence's length on */
  const float *dc_last, *dh_last; /* [B, H]; NULL: zeros */
  void* dz;         /* out: [T, B, 4 H]; bfloat16 if is_bfloat16, else it may be `gates`; 0 from a sequence's
                                         length on */
  float* dbias;     /* out: [4 H] */
  float *dc0, *dh0; /* out: [B, H]; may be NULL */
} DSL_LstmBackward;

DSL_EXPORT const char* DSL_RunLstm(const DSL_LstmShape* shape, const DSL_LstmForward* directions);
DSL_EXPORT const char* DSL_RunLstmBack(const DSL_LstmShape* shape, const DSL_LstmBackward* directions);

/* A clipped ReLU with its bias and with dropout (Srivastava et al. 2014). */
typedef struct DSL_Activation {
  size_t n_rows, n_units;
  float clip;          /* upper limit of the activations */
  float drop;          /* the probability that a number is dropped, below 1; kept ones are divided by 1 - drop */
  uint64_t seed;       /* the same seed drops the same numbers, whatever the number of threads */
  int32_t is_bfloat16; /* of x and dx */
  int32_t n_threads;   /* at least 1 */
} DSL_Activation;

/* y = dropped(min(max(x + bias, 0), clip)): x, y [n_rows, n_units], bias [n_units]. */
DSL_EXPORT const char* DSL_RunActivation(const DSL_Activation*, const void* x, const float* bias, float* y);
/* dx and dbias of y and its gradient dy. */
DSL_EXPORT const char* DSL_RunActivationBack(const DSL_Activation*, const float* y, const float* dy, void* dx,
                                             float* dbias);

/* The loss of connectionist temporal classification. */
typedef struct DSL_Ctc {
  size_t n_time, n_batch, n_classes, n_labels;
  const float* logits;    /* [T, B, C], no softmax; the last class is the blank */
  const int32_t* lengths; /* [B], 0 ... T */
  const int32_t* labels;  /* [B, n_labels]; negative ones are none */
  float* losses;          /* out: [B], -log(likelihood of the labels); infinite where the frames do not suffice */
  float* gradients;  /* out: [T, B, C], d loss / d logits; 0 from a length on; of infinite losses the probabilities, as
                             TensorFlow gives them. NULL: not wanted */
  int32_t n_threads; /* at least 1 */
} DSL_Ctc;

DSL_EXPORT const char* DSL_RunCtc(const DSL_Ctc* ctc);

#ifdef __cplusplus
}
#endif

#endif
