#include "decoder.h"

#include <algorithm>
#include <numeric>
#include <thread>

#include "beam_search.h"

namespace ctcdecode {

Decoder::Decoder(std::shared_ptr<const Alphabet> alphabet, std::shared_ptr<const Scorer> scorer, DecoderOptions options,
                 size_t n_threads)
    : alphabet_(std::move(alphabet)),
      scorer_(std::move(scorer)),
      options_(std::move(options)),
      pool_(new ThreadPool(n_threads ? n_threads : std::thread::hardware_concurrency())) {
  BeamSearch(alphabet_, scorer_, options_);  // finds what does not fit before there is anything to decode
}

template <typename T>
std::vector<Hypothesis> Decoder::decode(Utterance<T> utterance, size_t n_results) const {
  BeamSearch search(alphabet_, scorer_, options_);
  search.next(utterance.frames, utterance.n_frames);
  return search.results(n_results);
}

template <typename T>
std::vector<std::vector<Hypothesis>> Decoder::decode_batch(const std::vector<Utterance<T>>& utterances,
                                                           size_t n_results) const {
  std::vector<size_t> longest_first(utterances.size());
  std::iota(longest_first.begin(), longest_first.end(), size_t{0});
  std::stable_sort(longest_first.begin(), longest_first.end(),
                   [&](size_t a, size_t b) { return utterances[a].n_frames > utterances[b].n_frames; });
  std::vector<std::vector<Hypothesis>> results(utterances.size());
  pool_->run(utterances.size(), [&](size_t i) {
    const size_t at = longest_first[i];
    results[at] = decode(utterances[at], n_results);
  });
  return results;
}

template std::vector<Hypothesis> Decoder::decode(Utterance<float>, size_t) const;
template std::vector<Hypothesis> Decoder::decode(Utterance<double>, size_t) const;
template std::vector<std::vector<Hypothesis>> Decoder::decode_batch(const std::vector<Utterance<float>>&, size_t) const;
template std::vector<std::vector<Hypothesis>> Decoder::decode_batch(const std::vector<Utterance<double>>&,
                                                                    size_t) const;

}  // namespace ctcdecode
