// In which order a direction meets the frames of a batch: sequences by length, the longest first, each from its beginning or
// from its end.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace deepspeech {

class Sequences {
 public:
  // Lengths are cut to 0 ... n_time.
  Sequences(const int32_t* lengths, size_t n_batch, size_t n_time);

  size_t n_batch() const { return order_.size(); }
  size_t n_steps() const { return lengths_.empty() ? 0 : lengths_[0]; }
  size_t length(size_t row) const { return lengths_[row]; }
  size_t place(size_t row) const { return order_[row]; }  // in the batch
  // How many sequences have the step; these are the first rows.
  size_t n_rows(size_t step) const { return n_rows_[step]; }
  // The row of [T * B] where a sequence has its step.
  size_t frame(size_t row, size_t step, bool is_reversed) const {
    return (is_reversed ? lengths_[row] - 1 - step : step) * order_.size() + order_[row];
  }

 private:
  std::vector<size_t> order_, lengths_, n_rows_;
};

}  // namespace deepspeech
