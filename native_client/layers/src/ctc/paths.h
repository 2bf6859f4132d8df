// The sum over the paths of one utterance: what a set of instructions has to offer. Plain functions over plain pointers, as in
// recurrent/steps.h.
#pragma once

#include <cstddef>
#include <cstdint>

namespace deepspeech {

struct Utterance {
  size_t n_frames, n_labels, n_classes;
  const float* logits;  // [frame, class], rows `stride` apart, as those of the gradients
  float* gradients;     // NULL: not wanted
  size_t stride;
  bool has_path;          // whether the frames suffice for the labels
  const int32_t* labels;  // [n_labels]
  const int32_t* kinds;   // of each label its number among those that differ
  const int32_t* firsts;  // of each kind the place of its first label
  size_t n_kinds;
};

// m 2^e: of what the range of double does not hold.
struct Likelihood {
  double m, e;
};

struct PathFunctions {
  const char* name;
  size_t (*scratch_size)(size_t n_frames, size_t n_labels, size_t n_classes, bool keeps_gradients);  // numbers
  // The likelihood of the labels; NaN where a score is. Gradients are those of -log(likelihood); without a path they are the
  // probabilities, and the likelihood is 0.
  Likelihood (*run)(const Utterance&, double* scratch);
};

PathFunctions avx2_paths();
PathFunctions avx512_paths();

}  // namespace deepspeech
