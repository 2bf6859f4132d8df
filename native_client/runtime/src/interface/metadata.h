// Hypotheses as the published structures.
#pragma once

#include <string>
#include <vector>

#include "alphabet.h"
#include "deepspeech.h"
#include "hypothesis.h"

namespace deepspeech {

// `step_s`: seconds from frame to frame, single precision as in the published client. Freed with free_metadata.
Metadata* make_metadata(const std::vector<ctcdecode::Hypothesis>& hypotheses, const ctcdecode::Alphabet& alphabet,
                        float step_s);
void free_metadata(Metadata* metadata);

// A copy that DS_FreeString frees.
char* copied_text(const std::string& text);

// A number as people write it, without zeros at its end.
std::string shown(double number);

}  // namespace deepspeech
