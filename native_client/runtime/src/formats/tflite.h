// Files of TensorFlow Lite, as the nodes that TensorFlow's graphs have: see tflite_operators.h. Nodes are named after
// the tensors they compute. Source: lite/schema/schema.fbs of TensorFlow, version 3; numbers of fields are positions in
// its tables.
#pragma once

#include <string_view>

#include "formats/graph.h"

namespace deepspeech {

// Whether a file is one of TensorFlow Lite.
bool is_tflite(std::string_view file);

// Returns the nodes of such a file; constants are views of it. Throws ModelError: it is damaged, or has operators that
// models for clients do not have.
Graph read_tflite(std::string_view file, Arena* arena);

}  // namespace deepspeech
