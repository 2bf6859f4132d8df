// Networks of releases 0.1 to 0.4: the weights in their frozen graphs, which have loops, slices and a beam search, but
// neither an alphabet nor the settings of their features. The weights are constants with known names, and the names
// tell the release.
#pragma once

#include "formats/graph.h"
#include "model/acoustic_model.h"

namespace deepspeech {

// Whether a graph is one of these.
bool is_legacy_network(const Graph& graph);

// Sets everything of `model` but its storage. Throws ModelError: weights are missing or do not fit each other.
void recognise_legacy_network(const Graph& graph, Arena* arena, AcousticModel* model);

}  // namespace deepspeech
