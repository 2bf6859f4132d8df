// What a search can be told, and what it gives back.
#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "alphabet.h"

namespace ctcdecode {

struct DecoderOptions {
  uint32_t beam_width = 500;
  double cutoff_prob = 1.0;    // below 1: only the most probable labels of a row that together reach it are tried
  uint32_t cutoff_top_n = 40;  // and at most so many; without effect while cutoff_prob is 1
  std::optional<double> alpha;  // weight of the language model; default: as stored with the scorer
  std::optional<double> beta;   // bonus per word (code point in bytes mode), natural log; likewise
  std::unordered_map<std::string, float> hot_words;  // word -> what is added to its natural-log probability

  // Repeats known faults of the published decoder: a hot word counts again for the words behind it, but not as the last
  // word of an utterance; one that can never be found is silently without effect; in bytes mode an empty text earns a word
  // bonus.
  bool compatible = false;

  // Thrift that the published decoder does not know, off here and on in fast().
  double token_floor = 0.0;     // labels less probable than this in a row do not lengthen a beam
  double blank_skip = 1.0;      // above this probability of the blank no beam is lengthened
  double beam_threshold = std::numeric_limits<double>::infinity();  // beams this far below the best are dropped (nats)
  // While a word is spelled, it is charged part of the unigram score of the best word that it can still become; results
  // are scored without. Fewer beams are wasted on rare words. Without effect where there is no dictionary, in bytes
  // mode, and unless alpha is above 0.
  bool look_ahead = false;

  // Throws std::invalid_argument naming the option, its value and the limit.
  void check() const;
};

// The options that make decoding fastest at no measured cost in errors; everything else as in `base`.
DecoderOptions fast(DecoderOptions base);

struct Word {
  std::string text;
  uint32_t first_row;  // rows of the probabilities at which its first and last labels were emitted
  uint32_t last_row;
};

struct Hypothesis {
  std::string text;
  double score = 0.0;       // natural log, language model and bonuses included; may be positive
  double confidence = 0.0;  // geometric mean over the labels of the acoustic probability, in [0, 1]
  std::vector<Label> tokens;
  std::vector<uint32_t> times;  // row at which each token was emitted
  std::vector<Word> words;
};

}  // namespace ctcdecode
