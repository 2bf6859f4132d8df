// The hypotheses of a search: reads the beams, changes nothing.
#include <algorithm>
#include <cmath>
#include <utility>

#include "beam_search.h"
#include "code_point.h"

namespace ctcdecode {

// The labels since the last space, or the bytes of the last code point.
std::string BeamSearch::spell_word(const BeamRecord& beam) const {
  std::vector<Label> labels;
  for (uint32_t at = beam.tokens; at != Backpointers::kRoot; at = tokens_.previous(at)) {
    const Label label = tokens_.value(at);
    if (!bytes_mode_ && label == space_) break;
    labels.push_back(label);
    if (bytes_mode_ && !continues_code_point(label + 1)) break;
  }
  std::reverse(labels.begin(), labels.end());
  return alphabet_->decode(labels);
}

std::vector<Hypothesis> BeamSearch::results(size_t n) const {
  // Scoring an unfinished word is expensive, so beams are taken in the order of an upper bound on their final scores, and
  // that ends when the next bound is below the worst of the n best.
  using Bounded = std::pair<float, uint32_t>;  // bound, slot
  std::vector<Bounded> open(beams_.size());
  for (uint32_t slot = 0; slot < open.size(); ++slot) {
    open[slot] = Bounded(beams_.now.score[slot] - beams_.charge[slot] + max_word_gain_, slot);
  }
  std::make_heap(open.begin(), open.end());
  const auto is_better = [this](const Bounded& a, const Bounded& b) {
    return a.first != b.first ? a.first > b.first : prefixes_.label(a.second) < prefixes_.label(b.second);
  };
  std::vector<Bounded> best;  // score, slot; the worst of them first, as soon as there are n
  while (!open.empty() && n > 0) {
    std::pop_heap(open.begin(), open.end());
    const Bounded next = open.back();
    open.pop_back();
    if (best.size() == n && next.first < best.front().first) break;
    best.emplace_back(final_score(next.second), next.second);
    std::push_heap(best.begin(), best.end(), is_better);
    if (best.size() > n) {
      std::pop_heap(best.begin(), best.end(), is_better);
      best.pop_back();
    }
  }
  std::sort(best.begin(), best.end(), is_better);
  std::vector<Hypothesis> found;
  for (const Bounded& one : best) found.push_back(hypothesis(one.second, one.first));
  return found;
}

// The score with the look-ahead charge given back, and with the last word scored as a word even if nothing ended it.
float BeamSearch::final_score(uint32_t slot) const {
  const float score = beams_.now.score[slot] - beams_.charge[slot];
  if (!lm_) return score;
  const BeamRecord& beam = beams_.record[slot];
  const bool is_empty = prefixes_.label(slot) == n_classes_;
  if (is_empty && !(bytes_mode_ && options_.compatible)) return score;
  const bool is_complete = bytes_mode_ ? CodePoint{static_cast<uint32_t>(beam.word), beam.n_bytes}.is_complete()
                                       : prefixes_.label(slot) == space_;
  if (is_complete) return score;
  const float gained = is_empty ? 0.0f : lm_->score_unfinished(beam.context, spell_word(beam));
  return score + static_cast<float>(gained + lm_->beta());
}

Hypothesis BeamSearch::hypothesis(uint32_t slot, float score) const {
  const BeamRecord& beam = beams_.record[slot];
  Hypothesis found;
  found.score = score;
  found.tokens = tokens_.sequence(beam.tokens);
  found.times = times_.sequence(beam.times);
  found.text = alphabet_->decode(found.tokens);
  const double acoustic = std::min(0.0, static_cast<double>(beams_.now.score[slot]) - beam.lm_total);
  found.label_probability = std::exp(acoustic / static_cast<double>(std::max<size_t>(1, found.tokens.size())));
  for (size_t first = 0, at = 0; at <= found.tokens.size(); ++at) {
    if (at < found.tokens.size() && found.tokens[at] != space_) continue;
    if (at > first) {
      const std::vector<Label> labels(found.tokens.begin() + first, found.tokens.begin() + at);
      found.words.push_back(Word{alphabet_->decode(labels), found.times[first], found.times[at - 1]});
    }
    first = at + 1;
  }
  return found;
}

}  // namespace ctcdecode
