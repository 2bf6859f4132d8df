// The operations of a model file, as every reader returns them, under TensorFlow's names and with its meanings.
// Read-only.
#pragma once

#include <cstddef>
#include <cstdint>
#include <list>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace deepspeech {

constexpr int64_t kMaxElements = int64_t{1} << 28;  // of a constant; the largest layers known have a tenth of that
constexpr size_t kMaxNodes = size_t{1} << 17;       // of a file; 500 steps written out are a tenth of that

using Shape = std::vector<int64_t>;  // -1 where a size is unknown

enum class NumberType { kNone, kFloat32, kFloat64, kFloat16, kInt8, kUint8, kInt16, kInt32, kInt64, kBool, kString };

// Of one number; 0 for strings.
size_t bytes_of(NumberType type);

// A constant. The numbers are little-endian, at any alignment, in the file or in memory of the graph's Arena.
struct Tensor {
  NumberType type = NumberType::kNone;
  Shape shape;
  const uint8_t* data = nullptr;  // n_elements() numbers
  std::vector<std::string_view> strings;
  // 8-bit numbers stand for scale * (number - zero point); one scale for all, or one for each index of an axis.
  const uint8_t* scales = nullptr;
  size_t n_scales = 0, scale_axis = 0;
  bool has_zero_points = false;  // others than 0

  size_t n_elements() const;
  // A number of any type but strings, as stored. `index` is below n_elements().
  double number(size_t index) const;
};

// The value of an attribute; which member counts depends on the operation.
struct Attribute {
  int64_t number = 0;  // integers, truths, types
  float real = 0.0f;
  std::string_view text;
  std::vector<int64_t> numbers;
  std::optional<Shape> shape;  // none if even the number of its axes is unknown
  std::shared_ptr<const Tensor> tensor;
};

// An output of a node, by name.
struct Source {
  std::string node;
  uint32_t index = 0;
};

struct Graph;

// A `Const` has its numbers as the attribute `value`, a `Placeholder` its static sizes as `shape`.
struct Node {
  std::string name, op;
  std::vector<Source> inputs;
  std::map<std::string, Attribute, std::less<>> attributes;
  std::shared_ptr<const Graph> condition, body;  // of the operation `While`

  const Attribute* find(std::string_view attribute) const;
  int64_t number(std::string_view attribute, int64_t otherwise) const;
  float real(std::string_view attribute, float otherwise) const;
};

struct Graph {
  std::vector<Node> nodes;                   // in any order
  std::vector<std::string> inputs, outputs;  // of the parts of a loop: names of nodes
};

// Memory for numbers that a file does not hold as they are needed. Lives as long as what points into it.
class Arena {
 public:
  // Zeros. Throws ModelError if a file asks for more than any model needs.
  uint8_t* take(size_t n_bytes);
  float* take_floats(size_t n) { return reinterpret_cast<float*>(take(n * sizeof(float))); }

 private:
  static constexpr size_t kMaxBytes = size_t{64} << 20;
  std::list<std::vector<double>> pieces_;  // aligned for every type
  size_t n_bytes_ = 0;
};

// Returns how many elements a shape has. Throws std::length_error: a size is unknown, or there are too many.
int64_t n_elements_of(const Shape& shape);

// For messages: (2, 3); its first eight sizes.
std::string shown(const Shape& shape);

}  // namespace deepspeech
