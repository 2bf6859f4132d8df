#include "lm_cache.h"

#include <algorithm>
#include <limits>

namespace ctcdecode {
namespace {

// Look-ahead charges this part of the unigram score. Most words are likelier in their context than alone: charged in
// full, some would be dropped before they are complete. 0.3 to 0.7 make little difference.
constexpr double kLookAheadPart = 0.5;

}  // namespace

LmCache::LmCache(const Scorer& scorer, const DecoderOptions& options, const Alphabet& alphabet)
    : scorer_(scorer),
      // The published decoder holds the weights in single precision.
      alpha_(static_cast<float>(options.alpha.value_or(scorer.alpha()))),
      beta_(static_cast<float>(options.beta.value_or(scorer.beta()))),
      compatible_(options.compatible),
      hot_words_(options.hot_words) {
  float best_boost = 0.0f;
  for (const auto& hot_word : hot_words_) best_boost = std::max(best_boost, hot_word.second);
  if (compatible_) best_boost *= static_cast<float>(scorer.model().order());
  max_word_gain_ = alpha_ < 0 ? std::numeric_limits<float>::infinity()
                              : static_cast<float>(std::max(0.0, beta_) + alpha_ * best_boost);
  if (options.look_ahead && alpha_ > 0 && scorer.dictionary() && !scorer.bytes_mode()) {
    first_arc_ = scorer.dictionary()->begin(Dictionary::kStart);
    best_words_ = scorer.best_words(alphabet);
    look_ahead_weight_ = static_cast<float>(kLookAheadPart * alpha_);
  }
  Entry start{};
  start.state = scorer.model().start_of_sentence();
  start.n_known = static_cast<uint32_t>(scorer.model().order());
  entries_.push_back(start);
}

LmCache::Entry LmCache::score_word(const Entry& before, LanguageModel::WordId id, float boost) const {
  const LanguageModel& model = scorer_.model();
  Entry entry{};
  const float log10_p = model.score(before.state, id, &entry.state);
  const uint32_t order = static_cast<uint32_t>(model.order());
  entry.n_known = id == LanguageModel::kUnknown ? 0 : std::min(before.n_known + 1, order);
  const double log_p = entry.n_known < order ? LanguageModel::kUnknownWord : log10_p / LanguageModel::kLog10E;
  float boosts = boost;
  if (compatible_ && !hot_words_.empty()) {
    for (uint32_t i = 0; i + 1 < order; ++i) boosts += before.boosts[i];
    entry.boosts[0] = boost;
    std::copy(before.boosts, before.boosts + LanguageModel::kMaxOrder - 2, entry.boosts + 1);
  }
  entry.score = static_cast<float>((log_p + boosts) * alpha_);
  return entry;
}

float LmCache::score_unfinished(Context context, std::string_view word) const {
  const float boost = compatible_ || hot_words_.empty() ? 0.0f : boost_of(word);
  Entry before = entries_[context];
  std::fill(std::begin(before.boosts), std::end(before.boosts), 0.0f);
  return score_word(before, scorer_.model().id(word), boost).score;
}

void LmCache::compact(const std::vector<Context*>& used) {
  std::vector<Context> renumbered(entries_.size(), 0);
  for (const Context* context : used) renumbered[*context] = *context != kStart;
  Context n_kept = 1;
  for (Context at = 1; at < entries_.size(); ++at) {
    if (!renumbered[at]) continue;
    entries_[n_kept] = entries_[at];
    renumbered[at] = n_kept++;
  }
  entries_.resize(n_kept);
  for (Context* context : used) *context = renumbered[*context];
  known_ = HashTable();
}

}  // namespace ctcdecode
