#include "options.h"

#include <cmath>
#include <stdexcept>

namespace ctcdecode {
namespace {

constexpr uint32_t kMaxBeamWidth = 1 << 24;

void need(bool fine, const std::string& name, double value, const std::string& limit) {
  if (!fine) throw std::invalid_argument(name + " " + std::to_string(value) + ": " + limit + " is needed");
}

bool is_probability(double value) { return value >= 0.0 && value <= 1.0; }

}  // namespace

void DecoderOptions::check() const {
  need(beam_width >= 1 && beam_width <= kMaxBeamWidth, "beam_width", beam_width, "1 to 16777216");
  need(cutoff_prob > 0.0 && std::isfinite(cutoff_prob), "cutoff_prob", cutoff_prob, "a value above 0");
  need(cutoff_top_n >= 1, "cutoff_top_n", cutoff_top_n, "at least 1");
  if (alpha) need(std::isfinite(*alpha), "alpha", *alpha, "a finite number");
  if (beta) need(std::isfinite(*beta), "beta", *beta, "a finite number");
  for (const auto& hot_word : hot_words) {
    need(std::isfinite(hot_word.second), "the boost of hot word '" + hot_word.first + "'", hot_word.second,
         "a finite number");
  }
  need(is_probability(token_floor), "token_floor", token_floor, "a probability");
  need(is_probability(blank_skip), "blank_skip", blank_skip, "a probability");
  need(beam_threshold > 0.0, "beam_threshold", beam_threshold, "a value above 0");
}

DecoderOptions fast(DecoderOptions base) {
  base.token_floor = 1e-4;
  base.blank_skip = 0.999;
  base.beam_threshold = 16.0;
  return base;
}

}  // namespace ctcdecode
