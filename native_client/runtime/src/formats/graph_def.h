// Serialised GraphDefs of TensorFlow; their constants are in them, or in regions of a memory-mapped file around them.
// Source: the messages GraphDef, NodeDef, AttrValue and TensorProto of TensorFlow.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "formats/graph.h"

namespace deepspeech {

using Regions = std::map<std::string, std::string_view, std::less<>>;

// Returns the nodes of a serialised GraphDef, whose constants are views of `data` and of `regions` where they can be.
// `arena` gets the others. Throws ModelError with `code` if there is no graph in it.
Graph read_graph_def(std::string_view data, int code, const Regions& regions, Arena* arena);

}  // namespace deepspeech
