#include "frame.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

namespace ctcdecode {
namespace {

constexpr double kTiny = std::numeric_limits<float>::min();  // added to every probability before its logarithm

}  // namespace

Frame::Frame(uint32_t n_classes, const DecoderOptions& options)
    : n_classes_(n_classes),
      cutoff_prob_(options.cutoff_prob),
      cutoff_top_n_(options.cutoff_top_n),
      token_floor_(options.token_floor),
      blank_skip_(options.blank_skip),
      log_p_(n_classes + 1, kNever),
      before_blank_(n_classes + 1, 1) {}

void Frame::load(const double* probabilities) {
  p_blank_ = probabilities[n_classes_ - 1];
  if (cutoff_prob_ < 1.0 || cutoff_top_n_ < n_classes_) {
    cut_off(probabilities);
  } else {
    for (uint32_t c = 0; c < n_classes_; ++c) log_p_[c] = static_cast<float>(std::log(probabilities[c] + kTiny));
  }
}

void Frame::cut_off(const double* probabilities) {
  order_.resize(n_classes_);
  std::iota(order_.begin(), order_.end(), 0u);
  std::stable_sort(order_.begin(), order_.end(),
                   [probabilities](uint32_t a, uint32_t b) { return probabilities[a] > probabilities[b]; });
  const uint32_t blank = n_classes_ - 1;
  before_blank_.assign(n_classes_ + 1, 0);
  for (size_t i = 0; order_[i] != blank; ++i) before_blank_[order_[i]] = 1;
  size_t n_kept = n_classes_;
  if (cutoff_prob_ < 1.0) {
    double sum = 0.0;
    for (n_kept = 0; n_kept < n_classes_ && sum < cutoff_prob_; ++n_kept) sum += probabilities[order_[n_kept]];
    n_kept = std::max<size_t>(1, std::min<size_t>(n_kept, cutoff_top_n_));
  }
  std::fill(log_p_.begin(), log_p_.end(), kNever);
  for (size_t i = 0; i < n_kept; ++i) {
    log_p_[order_[i]] = static_cast<float>(std::log(probabilities[order_[i]] + kTiny));
  }
}

const std::vector<uint32_t>& Frame::labels_above(float least) {
  labels_.clear();
  if (p_blank_ > blank_skip_) return labels_;
  if (token_floor_ > 0.0) least = std::max(least, static_cast<float>(std::log(token_floor_)));
  least = std::max(least, kDead);
  for (uint32_t c = 0; c + 1 < n_classes_; ++c) {
    if (log_p_[c] >= least) labels_.push_back(c);
  }
  std::sort(labels_.begin(), labels_.end(), [this](uint32_t a, uint32_t b) { return log_p_[a] > log_p_[b]; });
  return labels_;
}

}  // namespace ctcdecode
