// The loss of connectionist temporal classification over a batch: threads take one utterance after the other. The sums are those
// of paths.h. Results do not depend on the number of threads.
#pragma once

#include <vector>

#include "ctc/paths.h"
#include "interface/layers.h"

namespace deepspeech {

// Returns NULL, or why it did nothing. May throw std::bad_alloc.
const char* run_ctc(const PathFunctions&, const DSL_Ctc&);

// Those that were compiled and that this processor runs, slower ones first.
const std::vector<PathFunctions>& available_paths();
// The set that the environment's DS_KERNELS names, else the fastest; NULL if there is none.
const PathFunctions* best_paths();

}  // namespace deepspeech
