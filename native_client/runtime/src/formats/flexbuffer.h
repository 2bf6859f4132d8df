// FlexBuffers, the schema-less relatives of FlatBuffers: maps of numbers, which hold the options of custom operators.
// Source: "FlexBuffers" in the FlatBuffers documentation.
#pragma once

#include <string_view>

#include "formats/graph.h"

namespace deepspeech {

// Returns the numbers in a FlexBuffer by name, each as `number` and as `real`. Throws FlatBufferError: it is something
// else.
std::map<std::string, Attribute, std::less<>> read_flexbuffer(std::string_view data);

}  // namespace deepspeech
