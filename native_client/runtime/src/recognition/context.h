// What the recognisers of a network's parts share.
//
// A network is recognised from its end: each recogniser is given the output that it has to explain, finds the layer
// that computes it, and tries out (trial.h) that nothing happens in between but changes of shape and order that keep
// its meaning.
#pragma once

#include <cstddef>
#include <vector>

#include "formats/graph.h"
#include "model/acoustic_model.h"
#include "recognition/array.h"
#include "recognition/indexed_graph.h"
#include "recognition/trial.h"

namespace deepspeech {

struct Context {
  const IndexedGraph& graph;
  Arena* arena;
  Budget budget;
  size_t n_batch = 1, n_steps = 0, n_window = 0, n_features = 0;    // sizes of `input_node`
  size_t windows = 0, lengths = 0, previous_c = 0, previous_h = 0;  // numbers of inputs; `lengths` may be kNone
  std::vector<bool> is_data, is_of_lengths;  // which nodes depend on windows or states, and which on lengths

  size_t n_rows() const { return n_batch * n_steps; }
  bool has_lengths() const { return lengths != IndexedGraph::kNone; }
  // A trial that is told how many steps are valid.
  Trial trial(size_t n_valid);
};

// Returns the outputs whose numbers arrive at `output` through nothing but changes of shape and order, and masks.
std::vector<Output> origins(const Context& context, const Output& output);

// Returns the only such output. Throws ModelError: there are several.
Output origin(const Context& context, const Output& output);

// Throws ModelError unless `to` is, in the same order, what `from` is, `n_rows` rows of `width` numbers.
void expect_same_order(Context* context, const Output& from, size_t width, const Output& to);

// A constant's numbers as a vector of `size`, or a matrix that is multiplied from the left. 8-bit vectors become
// float32. Throw ModelError: they are of another size or type.
VectorView vector_view(const Tensor& tensor, size_t size, Arena* arena);
MatrixView matrix_view(const Tensor& tensor, bool is_transposed);

// The rows of a matrix from `begin` up to `end`.
MatrixView rows_of(const MatrixView& matrix, size_t begin, size_t end);

}  // namespace deepspeech
