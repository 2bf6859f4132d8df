#include "recognition/recurrent.h"

#include <algorithm>

#include "deepspeech.h"

namespace deepspeech {
namespace {

class RecurrentRecogniser {
 public:
  RecurrentRecogniser(Context* context, const Output& heard_by_next) : context_(*context), next_(heard_by_next) {}

  RecurrentLayer recognise() {
    find_directions();
    for (const Direction& direction : directions_) check_cell(direction);
    sort_directions();
    RecurrentLayer layer;
    layer.input = input();
    layer.reads_lengths = context_.has_lengths();
    for (const Direction& direction : directions_) layer.cells.push_back(direction.cell);
    for (size_t n_valid : {context_.n_steps, (context_.n_steps + 1) / 2, size_t{1}}) {
      check_heard(layer.input, n_valid);
      check_outputs(n_valid);
      check_final_states(n_valid);
      check_numbers_of_steps(n_valid);
    }
    return layer;
  }

 private:
  void find_directions() {
    const IndexedGraph& graph = context_.graph;
    const std::vector<Output> found = origins(context_, next_);
    const auto has_op = [&](const char* op) { return !found.empty() && graph.op(found[0]) == op; };
    if (has_op("BlockLSTM") || has_op("While")) {
      if (found.size() > 2) refuse("its recurrent layer has " + std::to_string(found.size()) + " directions");
      for (const Output& each : found) {
        if (graph.op(each) != graph.op(found[0])) refuse("its recurrent layer has directions of different kinds");
        directions_.push_back(graph.op(each) == "While" ? looped(&context_, each) : block_lstm(&context_, each));
      }
    } else {
      directions_.push_back(written_out(&context_, origin(context_, graph.required("new_state_h"))));
    }
  }

  // Puts the direction that goes on from the given state first; the other one begins with zeros.
  void sort_directions() {
    if (directions_.size() == 2 && !begins_with(directions_[0], true)) std::swap(directions_[0], directions_[1]);
    if (!begins_with(directions_[0], true))
      refuse("its recurrent layer does not go on from previous_state_c and previous_state_h");
    if (directions_.size() == 2 && !begins_with(directions_[1], false)) {
      refuse("the second direction of its recurrent layer does not begin with zeros");
    }
  }

  bool begins_with(const Direction& direction, bool is_given) {
    const Array c = numbered(state_shape(direction), &context_.budget),
                h = numbered(state_shape(direction), &context_.budget, c.values.size());
    Trial trial = context_.trial(context_.n_steps);
    trial.give({context_.previous_c, 0}, c);
    trial.give({context_.previous_h, 0}, h);
    const std::vector<Array> begin = trial.compute({direction.initial_c, direction.initial_h});
    if (is_given) return begin[0].values == c.values && begin[1].values == h.values;
    return begin[0].values == std::vector<float>(c.values.size()) &&
           begin[1].values == std::vector<float>(h.values.size());
  }

  Shape state_shape(const Direction& direction) const {
    return {static_cast<int64_t>(context_.n_batch), static_cast<int64_t>(direction.cell.units())};
  }

  // The one layer that all directions hear.
  Output input() const {
    const Output found = origin(context_, directions_[0].heard[0]);
    for (const Direction& direction : directions_) {
      if (direction.n_inputs != directions_[0].n_inputs || direction.cell.units() != directions_[0].cell.units()) {
        refuse(DS_ERR_INVALID_SHAPE, "the directions of its recurrent layer have different sizes");
      }
      for (const Output& heard : direction.heard) {
        if (origin(context_, heard) != found) refuse("its recurrent layer hears several layers");
      }
    }
    return found;
  }

  // The step that the backward direction hears at `step`.
  size_t mirrored(size_t step, size_t n_valid) const {
    return (context_.has_lengths() ? n_valid : context_.n_steps) - 1 - step;
  }

  // How many steps of a direction count.
  size_t n_heard(size_t direction, size_t n_valid) const {
    return direction == 0 || context_.has_lengths() ? n_valid : context_.n_steps;
  }

  // Whether the numbers from `begin` on are first + 1, first + 2, ...
  static bool is_numbered(const float* begin, size_t n, size_t first) {
    for (size_t i = 0; i < n; ++i) {
      if (begin[i] != static_cast<float>(first + i + 1)) return false;
    }
    return true;
  }

  void check_heard(const Output& input, size_t n_valid) {
    const size_t width = directions_[0].n_inputs, row = width * context_.n_batch;
    const Array given =
        numbered({static_cast<int64_t>(context_.n_rows()), static_cast<int64_t>(width)}, &context_.budget);
    for (size_t i = 0; i < directions_.size(); ++i) {
      Trial trial = context_.trial(n_valid);
      trial.give(input, given);
      std::vector<float> heard;
      for (const Array& part : trial.compute(directions_[i].heard))
        heard.insert(heard.end(), part.values.begin(), part.values.end());
      if (heard.size() != given.values.size())
        refuse("its recurrent layer hears something else than the layer before it");
      for (size_t step = 0; step < n_heard(i, n_valid); ++step) {
        const size_t expected = i == 0 ? step : mirrored(step, n_valid);
        if (!is_numbered(heard.data() + step * row, row, expected * row)) {
          refuse("its recurrent layer hears frames in another order");
        }
      }
    }
  }

  void give_hidden(Trial* trial) {
    size_t first = 0;
    for (const Direction& direction : directions_) {
      for (const Output& piece : direction.hidden) {
        Array given = numbered(direction.hidden_shape, &context_.budget, first);
        first += given.values.size();
        trial->give(piece, std::move(given));
      }
    }
  }

  void check_outputs(size_t n_valid) {
    const size_t units = directions_[0].cell.units(), width = units * directions_.size(), n_batch = context_.n_batch;
    Trial trial = context_.trial(n_valid);
    give_hidden(&trial);
    const Array outputs = trial.compute(next_);
    if (outputs.values.size() != context_.n_rows() * width || outputs.shape.empty() ||
        static_cast<size_t>(outputs.shape.back()) != width) {
      refuse("the outputs of its recurrent layer do not all go on");
    }
    for (size_t row = 0; row < n_valid * n_batch; ++row) {
      for (size_t i = 0; i < directions_.size(); ++i) {
        const size_t step = i == 0 ? row / n_batch : mirrored(row / n_batch, n_valid);
        const size_t first = i * context_.n_rows() * units + (step * n_batch + row % n_batch) * units;
        if (!is_numbered(outputs.values.data() + row * width + i * units, units, first)) {
          refuse("the outputs of its recurrent layer go on in another order");
        }
      }
    }
  }

  void check_final_states(size_t n_valid) {
    const Direction& forward = directions_[0];
    const size_t n_state = context_.n_batch * forward.cell.units();
    const bool has_all_steps = forward.last_h == forward.hidden[0] && forward.hidden_shape.size() == 3;
    const Shape shape = has_all_steps ? forward.hidden_shape : state_shape(forward);
    const Array c = numbered(shape, &context_.budget), h = numbered(shape, &context_.budget, c.values.size());
    Trial trial = context_.trial(n_valid);
    trial.give({context_.previous_c, 0}, zeros(state_shape(forward), &context_.budget));
    trial.give({context_.previous_h, 0}, zeros(state_shape(forward), &context_.budget));
    trial.give(forward.last_c, c);
    trial.give(forward.last_h, h);
    const std::vector<Array> states =
        trial.compute({context_.graph.required("new_state_c"), context_.graph.required("new_state_h")});
    for (size_t i = 0; i < 2; ++i) {
      const std::vector<float>& values = states[i].values;
      const size_t before = i * c.values.size();
      const bool is_last_valid = is_state(values, n_state, before + (has_all_steps ? (n_valid - 1) * n_state : 0));
      const bool is_last = is_state(values, n_state, before + (has_all_steps ? (context_.n_steps - 1) * n_state : 0));
      if (!is_last_valid && !is_last) refuse("new_state_c and new_state_h are not the states after the last step");
    }
  }

  static bool is_state(const std::vector<float>& values, size_t n, size_t first) {
    return values.size() == n && is_numbered(values.data(), n, first);
  }

  // Steps after the valid ones may be left out, no others.
  void check_numbers_of_steps(size_t n_valid) {
    for (const Direction& direction : directions_) {
      if (!direction.n_valid) continue;
      Trial trial = context_.trial(n_valid);
      const Array n = trial.compute(*direction.n_valid);
      if (n.values.size() != 1 ||
          !(n.values[0] >= static_cast<float>(n_valid) && n.values[0] <= static_cast<float>(context_.n_steps))) {
        refuse("its recurrent layer leaves out valid steps");
      }
    }
  }

  Context& context_;
  const Output next_;
  std::vector<Direction> directions_;
};

}  // namespace

void check_cell(const Direction& direction) {
  const size_t units = direction.cell.units();
  if (units == 0 || direction.n_inputs == 0 || direction.cell.of_state.n_columns != 4 * units ||
      direction.cell.of_input.n_columns != 4 * units || direction.cell.of_input.n_rows != direction.n_inputs ||
      direction.cell.bias.size != 4 * units) {
    refuse(DS_ERR_INVALID_SHAPE, "the weights of its recurrent layer do not fit each other");
  }
}

RecurrentLayer recognise_recurrent(Context* context, const Output& heard_by_next) {
  return RecurrentRecogniser(context, heard_by_next).recognise();
}

}  // namespace deepspeech
