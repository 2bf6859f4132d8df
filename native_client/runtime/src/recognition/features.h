// Recognises how `mfccs` are computed of `input_samples`.
#pragma once

#include "recognition/context.h"

namespace deepspeech {

// Completes `features`, whose rate and sizes are known. Throws ModelError: the graph computes something else.
void recognise_features(Context* context, FeatureSpec* features);

}  // namespace deepspeech
