// Makes memory-mapped models (.pbmm) of frozen graphs (.pb): large constants become regions of the file behind which the graph
// follows, so that clients use them where they are. formats/memory_mapped.h reads such files.
//
//   ctcdecode::FileWriter file("output_graph.pbmm");
//   const size_t n_converted = write_memory_mapped(graph, kMinRegionBytes, &file);
//   file.commit();
#pragma once

#include <cstddef>
#include <string_view>

#include "file_writer.h"

namespace deepspeech {

constexpr size_t kMinRegionBytes = 10000;  // smaller constants stay in the graph

// Writes the file; returns how many constants became regions: those of `min_bytes` or more. Those below 64 bytes stay in the
// graph in any case, because clients look for metadata there. Throws ModelError: this is no frozen graph; FormatError: the file
// cannot be written.
size_t write_memory_mapped(std::string_view graph, size_t min_bytes, ctcdecode::FileWriter* file);

}  // namespace deepspeech
