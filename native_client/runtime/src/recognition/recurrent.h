// Recognises the recurrent layer, in one direction or two: TensorFlow's BlockLSTM, steps written out, and loops over
// blocks of steps.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "recognition/context.h"

namespace deepspeech {

// One direction as it is found in a graph, before it is tried out.
struct Direction {
  LstmCell cell;
  size_t n_inputs = 0;
  std::vector<Output> heard;      // x, in one piece or step by step
  std::vector<Output> hidden;     // h of all steps, likewise
  Shape hidden_shape;             // of each piece
  Output initial_c, initial_h;    // the states before the first step
  Output last_c, last_h;          // after the last step, of shape [batch, units] - or of all steps, as `hidden`
  std::optional<Output> n_valid;  // what says how many steps are computed
};

// The recognised layer.
struct RecurrentLayer {
  Output input;  // of layer 3
  std::vector<LstmCell> cells;
  bool reads_lengths;
};

// Returns the layer whose outputs `heard_by_next`, the input of the next product, is. Throws ModelError: it is
// something else.
RecurrentLayer recognise_recurrent(Context* context, const Output& heard_by_next);

// The three forms: the direction that `hidden` belongs to. Throw ModelError.
Direction block_lstm(Context* context, const Output& hidden);
Direction written_out(Context* context, const Output& last_hidden);
Direction looped(Context* context, const Output& hidden);

// Makes the two parts of a kernel [inputs + units, 4 units].
void set_kernel(const MatrixView& kernel, size_t units, Direction* direction);
// Throws ModelError unless sizes of a cell fit each other.
void check_cell(const Direction& direction);

}  // namespace deepspeech
