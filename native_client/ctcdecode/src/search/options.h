// What a search can be told.
//
//   DecoderOptions options;
//   options.beam_width = 1024;
//   options.check();
#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <unordered_map>

namespace ctcdecode {

struct DecoderOptions {
  uint32_t beam_width = 500;
  double cutoff_prob = 1.0;
  uint32_t cutoff_top_n = 40;
  std::optional<double> alpha;
  std::optional<double> beta;
  std::unordered_map<std::string, float> hot_words;

  // Repeats known faults of the published decoder: a hot word counts again for the words behind it, but not as the last
  // word of an utterance; one that can never be found is silently without effect; in bytes mode an empty text earns a word
  // bonus.
  bool compatible = false;

  // Savings that the published decoder does not know, off here and on in fast().
  double token_floor = 0.0;
  double blank_skip = 1.0;
  double beam_threshold = std::numeric_limits<double>::infinity();
  // While a word is spelled, it is charged part of the unigram score of the best word that it can still become; results
  // are scored without (look_ahead.h). Without effect where there is no dictionary, in bytes mode, and unless alpha is
  // above 0.
  bool look_ahead = false;

  // Throws std::invalid_argument naming the option, its value and the limit.
  void check() const;
};

// The one list of all options, for bindings: calls visit(name, pointer to member, meaning) for each. Defaults are those of
// DecoderOptions{}.
template <typename Visit>
void each_option(Visit visit) {
  using Options = DecoderOptions;
  visit("beam_width", &Options::beam_width, "beams kept after each frame");
  visit("cutoff_prob", &Options::cutoff_prob,
        "below 1: only the most probable labels of a frame that together reach it are tried");
  visit("cutoff_top_n", &Options::cutoff_top_n, "and at most so many; without effect while cutoff_prob is 1");
  visit("alpha", &Options::alpha, "weight of the language model; None: as stored with the scorer");
  visit("beta", &Options::beta, "bonus per word (code point in bytes mode), natural log; None: as stored");
  visit("hot_words", &Options::hot_words, "word -> what is added to its natural-log probability");
  visit("compatible", &Options::compatible, "repeat known faults of the published decoder");
  visit("token_floor", &Options::token_floor, "labels less probable than this in a frame do not extend a beam");
  visit("blank_skip", &Options::blank_skip, "above this probability of the blank no beam is extended");
  visit("beam_threshold", &Options::beam_threshold, "beams this far below the best are dropped, natural log");
  visit("look_ahead", &Options::look_ahead, "charge unfinished words for what they can become");
}

// The options that make decoding fastest at no measured cost in errors; everything else as in `base`.
DecoderOptions fast(DecoderOptions base);

}  // namespace ctcdecode
