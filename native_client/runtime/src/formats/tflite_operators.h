// TensorFlow Lite's operators as nodes of a graph: those that models for clients have. Source: lite/schema/schema.fbs
// of TensorFlow, version 3; numbers of options are positions in its tables.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "formats/flatbuffer.h"
#include "formats/graph.h"
#include "formats/tflite_tensors.h"

namespace deepspeech {

// Throws the ModelError for something that clients do not run.
[[noreturn]] void refuse_operator(const std::string& what);

struct TfliteOperator {
  int32_t code = 0;
  std::string custom_name;
  std::string name;             // of its first output
  std::vector<Source> sources;  // its inputs, without omitted ones
  std::vector<Shape> shapes;    // of its inputs, empty for an omitted one
  Shape output_shape;           // of its first output
  TfliteType output_type = TfliteType::kFloat32;
  size_t n_outputs = 0;
  Table options;                                              // of a built-in operator
  std::string_view custom_options;                            // a FlexBuffer
  std::function<std::shared_ptr<const Graph>(int32_t)> part;  // a graph of the file by its index
};

// Appends the nodes that an operator becomes, the last of which has the name of its first output. Throws ModelError: it
// is not among those that are known.
void translate(const TfliteOperator& from, Arena* arena, std::vector<Node>* nodes);

}  // namespace deepspeech
