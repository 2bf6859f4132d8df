// Small arrays, and the operations on them that decide which way numbers go through a graph: changes of shape and
// order, masks, norms. With them a graph is tried out: see trial.h.
#pragma once

#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <vector>

#include "formats/graph.h"

namespace deepspeech {

// An operation cannot be computed: its inputs do not fit, or the result would be absurdly large.
class TrialError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// Numbers of any type; integers up to 2^24 are exact, larger ones are refused.
struct Array {
  Shape shape;
  std::vector<float> values;

  size_t n_axes() const { return shape.size(); }
};

// How much may still be computed for one file.
class Budget {
 public:
  static constexpr int64_t kMaxArray = int64_t{1}
                                       << 23;  // elements of one array; 1000 steps of two directions have half of that

  // Returns the number of elements of a result. Throws TrialError: it is too large, or too much was computed before.
  size_t spend(const Shape& shape);

 private:
  int64_t n_left_ = int64_t{1} << 28;
};

// An array of that shape filled with zeros.
Array zeros(const Shape& shape, Budget* budget);

// The numbers of a constant. Throws TrialError: they are strings, 8-bit, or too many.
Array array_of(const Tensor& tensor, Budget* budget);

using Arguments = std::vector<const Array*>;
using Operation = std::vector<Array> (*)(const Node& node, const Arguments& arguments, Budget* budget);

// Returns the function for an operation's name, nullptr if it is none of those. Functions throw TrialError.
Operation find_operation(std::string_view name);

// What find_operation() looks through: one table for each file of operations.
struct NamedOperation {
  std::string_view name;
  Operation operation;
};
struct OperationTable {
  const NamedOperation* begin;
  size_t size;
};
OperationTable arithmetic_operations();
OperationTable layout_operations();
OperationTable selection_operations();
OperationTable signal_operations();

// Where in an array an axis is that may be counted from the end. Throws TrialError: there is none.
size_t axis_of(double number, size_t n_axes);
// The elements of a list of integers, of any shape.
std::vector<int64_t> integers_of(const Array& array);
// Throws TrialError unless there are so many arguments.
void expect(const Arguments& arguments, size_t n);

}  // namespace deepspeech
