// Tries parts of a graph out: computes some of its outputs from others that are given. So it is seen, not guessed, what
// a graph does with the numbers between two layers.
//
//   Trial trial(graph, &budget);
//   trial.give(layer_3, numbered({16, 2048}));
//   const Array x = trial.compute(input_of_lstm);
#pragma once

#include <map>
#include <vector>

#include "recognition/array.h"
#include "recognition/indexed_graph.h"

namespace deepspeech {

class Trial {
 public:
  // Both have to live as long.
  Trial(const IndexedGraph& graph, Budget* budget) : graph_(graph), budget_(budget) {}

  void give(const Output& output, Array value) { given_[output] = std::move(value); }

  // Returns the values of outputs. Throws ModelError: one of them cannot be computed from what is given.
  std::vector<Array> compute(const std::vector<Output>& outputs);
  Array compute(const Output& output) { return std::move(compute(std::vector<Output>{output})[0]); }

 private:
  using Values = std::vector<std::vector<Array>>;  // by node

  std::vector<bool> needed_for(const std::vector<Output>& outputs) const;
  const Array* value_of(const Output& output, const Values& values) const;
  void run(size_t number, Values* values);

  const IndexedGraph& graph_;
  Budget* const budget_;
  std::map<Output, Array> given_;
};

// Numbers first + 1, first + 2, ... in that shape, all exact and different: what becomes of them shows where each went.
Array numbered(const Shape& shape, Budget* budget, size_t first = 0);

// Different numbers between -2 and 2 without a pattern, the same each time.
Array varied(const Shape& shape, Budget* budget);

}  // namespace deepspeech
