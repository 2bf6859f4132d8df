// Decodes whole utterances, one or many at a time.
//
//   Decoder decoder(alphabet, scorer, options, 4);
//   std::vector<Hypothesis> best = decoder.decode(Utterance<float>{frames, n_frames}, 1);
//   auto of_each = decoder.decode_batch(utterances, 1);   // on 4 threads, in the order of the utterances
//
// A decoder is read-only and may be used by several threads. For audio that comes in pieces use BeamSearch.
#pragma once

#include <cstddef>
#include <memory>
#include <vector>

#include "alphabet.h"
#include "hypothesis.h"
#include "options.h"
#include "scorer.h"
#include "thread_pool.h"

namespace ctcdecode {

// Probabilities of one utterance: `n_frames` frames of one class per label and the blank.
template <typename T>
struct Utterance {
  const T* frames;
  size_t n_frames;
};

class Decoder {
 public:
  // `scorer` may be null. `n_threads` 0: one per processor core. Throws std::invalid_argument as BeamSearch does.
  Decoder(std::shared_ptr<const Alphabet> alphabet, std::shared_ptr<const Scorer> scorer, DecoderOptions options,
          size_t n_threads = 0);

  const std::shared_ptr<const Alphabet>& alphabet() const { return alphabet_; }
  const std::shared_ptr<const Scorer>& scorer() const { return scorer_; }
  const DecoderOptions& options() const { return options_; }

  // The best `n_results` hypotheses of one utterance, best first. T is float or double.
  template <typename T>
  std::vector<Hypothesis> decode(Utterance<T> utterance, size_t n_results) const;

  // Long utterances are begun first, so that no thread is left with one in the end. One utterance stays on one thread:
  // a frame takes some 50 microseconds, each step needs the one before, and handing parts of it round would cost more.
  template <typename T>
  std::vector<std::vector<Hypothesis>> decode_batch(const std::vector<Utterance<T>>& utterances,
                                                    size_t n_results) const;

 private:
  std::shared_ptr<const Alphabet> alphabet_;
  std::shared_ptr<const Scorer> scorer_;
  DecoderOptions options_;
  std::unique_ptr<ThreadPool> pool_;
};

}  // namespace ctcdecode
