// Recognises the acoustic model in a graph of releases from 0.5 on, of Coqui STT, or of this project.
#pragma once

#include "formats/graph.h"
#include "model/acoustic_model.h"

namespace deepspeech {

// Sets everything of `model` but its storage, into which its views point. `is_lite`: the graph is one of TensorFlow
// Lite. Throws ModelError: it is no such model, it computes something else, or its parts do not fit each other.
void recognise_network(const Graph& graph, bool is_lite, Arena* arena, AcousticModel* model);

}  // namespace deepspeech
