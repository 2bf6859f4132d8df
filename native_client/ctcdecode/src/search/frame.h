// One frame: the log probabilities of all classes, without the labels that are cut off.
#pragma once

#include <cstdint>
#include <vector>

#include "ctc_recursion.h"
#include "options.h"

namespace ctcdecode {

class Frame {
 public:
  Frame(uint32_t n_classes, const DecoderOptions& options);

  // Takes `n_classes` probabilities, the blank last.
  void load(const double* probabilities);

  // Natural logarithm of a label's probability; kNever if it is cut off, and for the class behind the blank, which
  // stands for "no label yet".
  float log_p(uint32_t label) const { return log_p_[label]; }
  const float* log_p() const { return log_p_.data(); }
  float log_p_blank() const { return log_p_[n_classes_ - 1]; }
  double p_blank() const { return p_blank_; }

  // Whether the published decoder works a label through before the blank. Cut-offs change that order, and with it the time
  // of a label.
  bool before_blank(uint32_t label) const { return before_blank_[label]; }

  // The labels that may extend a beam, most probable first, down to log probability `least`.
  const std::vector<uint32_t>& labels_above(float least);

 private:
  void cut_off(const double* probabilities);

  const uint32_t n_classes_;
  const double cutoff_prob_;
  const uint32_t cutoff_top_n_;
  const double token_floor_, blank_skip_;
  std::vector<float> log_p_;
  double p_blank_ = 0.0;
  std::vector<char> before_blank_;
  std::vector<uint32_t> order_, labels_;
};

}  // namespace ctcdecode
