#include "recurrent/sequences.h"

#include <algorithm>
#include <numeric>

namespace deepspeech {

Sequences::Sequences(const int32_t* lengths, size_t n_batch, size_t n_time) : order_(n_batch) {
  std::iota(order_.begin(), order_.end(), size_t{0});
  std::stable_sort(order_.begin(), order_.end(), [lengths](size_t a, size_t b) { return lengths[a] > lengths[b]; });
  for (size_t place : order_) lengths_.push_back(std::min(n_time, static_cast<size_t>(std::max(0, lengths[place]))));
  n_rows_.resize(n_steps());
  for (size_t length : lengths_) {
    for (size_t step = 0; step < length; ++step) ++n_rows_[step];
  }
}

}  // namespace deepspeech
