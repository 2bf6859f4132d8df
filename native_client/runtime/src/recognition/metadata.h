// What a model says about itself.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "model/acoustic_model.h"
#include "recognition/indexed_graph.h"

namespace deepspeech {

// Sets the sizes of windows of samples, the number of beams and the alphabet of `model`. Throws ModelError: something
// is missing, of another version, or makes no sense.
void read_metadata(const IndexedGraph& graph, AcousticModel* model);

// The one string of a constant that may be missing, for instance metadata_feature_set.
std::optional<std::string> optional_text(const IndexedGraph& graph, std::string_view name);

}  // namespace deepspeech
