// What a search gives back.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "alphabet.h"

namespace ctcdecode {

struct Word {
  std::string text;
  uint32_t first_frame;  // frames at which its first and last labels were emitted
  uint32_t last_frame;
};

struct Hypothesis {
  std::string text;
  // Natural log, language model and bonuses included; may be positive. The published interfaces call it `confidence`.
  double score = 0.0;
  // Geometric mean over the labels of the acoustic probability, in [0, 1]; language model and bonuses are not in it.
  double label_probability = 0.0;
  std::vector<Label> tokens;
  std::vector<uint32_t> times;  // frame at which each token was emitted
  std::vector<Word> words;
};

}  // namespace ctcdecode
