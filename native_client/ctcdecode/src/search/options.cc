#include "options.h"

#include <cmath>
#include <iomanip>
#include <sstream>
#include <stdexcept>

namespace ctcdecode {
namespace {

constexpr uint32_t kMaxBeamWidth = 1 << 24;
constexpr double kMaxWeight = 1e6;  // larger ones, summed up, would leave single precision

void need(bool fine, const std::string& name, double value, const std::string& limit) {
  if (fine) return;
  std::ostringstream message;
  message << name << ' ' << std::setprecision(12) << value << ": " << limit << " is needed";
  throw std::invalid_argument(message.str());
}

bool is_weight(double value) { return std::abs(value) <= kMaxWeight; }

bool is_probability(double value) { return value >= 0.0 && value <= 1.0; }

}  // namespace

void DecoderOptions::check() const {
  need(beam_width >= 1 && beam_width <= kMaxBeamWidth, "beam_width", beam_width, "1 to 16777216");
  need(cutoff_prob > 0.0 && std::isfinite(cutoff_prob), "cutoff_prob", cutoff_prob, "a value above 0");
  need(cutoff_top_n >= 1, "cutoff_top_n", cutoff_top_n, "at least 1");
  if (alpha) need(is_weight(*alpha), "alpha", *alpha, "a number between -1e6 and 1e6");
  if (beta) need(is_weight(*beta), "beta", *beta, "a number between -1e6 and 1e6");
  for (const auto& hot_word : hot_words) {
    need(is_weight(hot_word.second), "the boost of hot word '" + hot_word.first + "'", hot_word.second,
         "a number between -1e6 and 1e6");
  }
  need(is_probability(token_floor), "token_floor", token_floor, "a probability");
  need(is_probability(blank_skip), "blank_skip", blank_skip, "a probability");
  need(beam_threshold > 0.0, "beam_threshold", beam_threshold, "a value above 0");
}

// Measured on 194 outputs (97 clips, two small models), vocabularies of 200,000 | 561 words, means over three pairs of
// weights; WER without and with the preset, and by how much it is faster:
//   beam 1024:  30.5% -> 30.3%, 2.4x  |  45.7% -> 45.7%, 2.2x
//   beam 100:   37.4% -> 34.6%, 1.4x  |  46.6% -> 46.9%, 1.3x
// token_floor and blank_skip alone change 3 of 194 transcripts. Look-ahead takes some 10% more time and pays for it by
// the lower beam_threshold: without it 20 is needed to lose as little (31.1%, 2.2x in the first line). At 16 errors
// rise with it, too.
DecoderOptions fast(DecoderOptions base) {
  base.token_floor = 1e-5;
  base.blank_skip = 0.999;
  base.beam_threshold = 18.0;
  base.look_ahead = true;
  return base;
}

}  // namespace ctcdecode
