// Memory-mapped models (.pbmm): graphs whose large constants are regions of the file. A directory of the regions
// follows them, and 8 bytes with its position. Source: TensorFlow's memmapped file system.
#pragma once

#include <string_view>

#include "formats/graph.h"

namespace deepspeech {

// Whether a file is such a model: its end says so.
bool is_memory_mapped(std::string_view file);

// Returns the nodes of the graph in such a file. Throws ModelError: the directory or the graph is damaged.
Graph read_memory_mapped(std::string_view file, Arena* arena);

}  // namespace deepspeech
