// Constants and shapes in a serialised GraphDef. Source: the messages TensorProto and TensorShapeProto of TensorFlow.
#pragma once

#include <memory>
#include <optional>
#include <string_view>

#include "formats/graph.h"

namespace deepspeech {

// Returns the type that TensorFlow has this number for; kNone for types that no model for clients has.
NumberType number_type(uint64_t number);

// Returns the numbers of a TensorProto: a view of it where it holds them as they are, else a copy in `arena`. Throws
// WireError or std::length_error: it is damaged.
std::shared_ptr<const Tensor> read_tensor(std::string_view data, Arena* arena);

// Returns the sizes in a TensorShapeProto, -1 where unknown; none if even their number is.
std::optional<Shape> read_shape(std::string_view data);

// Returns the float in a field of kFixed32.
float read_float(std::string_view data);

}  // namespace deepspeech
