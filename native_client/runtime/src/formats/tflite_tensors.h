// The tensors of a graph in a file of TensorFlow Lite, by their indices.
#pragma once

#include <string>
#include <unordered_map>
#include <vector>

#include "formats/flatbuffer.h"
#include "formats/graph.h"

namespace deepspeech {

enum class TfliteType : int8_t {
  kFloat32 = 0,
  kInt32 = 2,
  kUint8 = 3,
  kInt64 = 4,
  kString = 5,
  kBool = 6,
  kInt16 = 7,
  kInt8 = 9
};

// All functions throw FlatBufferError for what is not there.
class TfliteTensors {
 public:
  TfliteTensors(std::vector<Table> tensors, const std::vector<Table>& buffers);

  const std::string& name(int32_t index) const { return names_[checked(index)]; }
  const Shape& shape(int32_t index) const { return shapes_[checked(index)]; }
  TfliteType type(int32_t index) const;

  // Remembers which output of which node a tensor is.
  void note_source(int32_t index, Source source);
  // Returns that; a constant becomes a node.
  Source source(int32_t index);
  // The nodes of the constants that source() was asked for.
  std::vector<Node> take_constants() { return std::move(constants_); }

 private:
  size_t checked(int32_t index) const;
  std::shared_ptr<const Tensor> constant(size_t index) const;

  const std::vector<Table> tensors_;
  const std::vector<Table>& buffers_;
  std::vector<std::string> names_;
  std::vector<Shape> shapes_;
  std::unordered_map<size_t, Source> sources_;
  std::vector<Node> constants_;
};

}  // namespace deepspeech
