// The loss of connectionist temporal classification over a batch: threads take one utterance after the other. The sums are those
// of paths.h. Results do not depend on the number of threads.
#pragma once

#include "interface/layers.h"

namespace deepspeech {

// Returns NULL, or why it did nothing. May throw std::bad_alloc.
const char* run_ctc(const DSL_Ctc& of);

}  // namespace deepspeech
