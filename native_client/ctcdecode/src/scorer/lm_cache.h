// What words are worth to one search: scores of the language model and of hot words, each computed once.
//
//   LmCache cache(scorer, options, alphabet);
//   LmCache::Context context = cache.context_after(LmCache::kStart, key, index, spell);   // looked up if asked before
//   float gain = cache.score(context) + cache.beta();
//
// A context stands for the words so far, as far as scores depend on them. Contexts are numbered; 0 is the start of a
// sentence. Invariant: equal words after the same context give the same number, until compact().
#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "hash_table.h"
#include "options.h"
#include "scorer.h"

namespace ctcdecode {

class LmCache {
 public:
  using Context = uint32_t;
  static constexpr Context kStart = 0;
  static constexpr uint32_t kNoIndex = 0xFFFFFFFFu;  // a word that is not in the dictionary

  // `scorer` must outlive this object; alpha and beta are those of `options` or the scorer's own. `alphabet`: that of
  // the dictionary. Throws std::invalid_argument if options.look_ahead is asked for and not possible.
  LmCache(const Scorer& scorer, const DecoderOptions& options, const Alphabet& alphabet);

  double beta() const { return beta_; }
  // Upper bound on what a word gains, bonus included; infinite if alpha is negative.
  float max_word_gain() const { return max_word_gain_; }

  bool looks_ahead() const { return best_words_ != nullptr; }
  // Look-ahead: what a prefix is charged for the word it has begun, at most 0, when it follows `arc`, which does not end
  // the word. `before`: its charge without this arc, 0 at the start of a word. Words with different beginnings share arcs
  // where their ends are alike, so the best word of an arc may be one that this prefix cannot become: the smallest of the
  // charges along the way counts.
  float look_ahead_charge(float before, const Dictionary::Arc& arc) const {
    return std::min(before, look_ahead_weight_ * best_words_[&arc - first_arc_]);
  }

  // The context behind a word; score() of it is what the word gained. `key` stands for the word: equal words have
  // equal keys. `index`: its number in the dictionary or kNoIndex. `spell()` gives its text; it is called for words that
  // are not in the cache.
  template <typename Spell>
  Context context_after(Context context, uint64_t key, uint32_t index, Spell spell) {
    const uint64_t pair = (static_cast<uint64_t>(context) << 32) ^ key;
    const uint32_t known = known_.find(pair);
    if (known != HashTable::kMissing) return known;
    const LanguageModel::WordId id = index == kNoIndex ? scorer_.model().id(spell()) : scorer_.word_id(index, spell);
    const Entry entry = score_word(entries_[context], id, hot_words_.empty() ? 0.0f : boost_of(spell()));
    entries_.push_back(entry);
    known_.insert(pair, static_cast<uint32_t>(entries_.size() - 1));
    return static_cast<Context>(entries_.size() - 1);
  }

  // What the last word of a context gained: alpha * natural-log probability, hot-word boost included, bonus not.
  float score(Context context) const { return entries_[context].score; }

  // What a word gains that is the last one but was not ended by a space or a complete code point; bonus not included.
  float score_unfinished(Context context, std::string_view word) const;

  size_t size() const { return entries_.size(); }
  // Forgets every context but the start and those in `used`, and corrects these references.
  void compact(const std::vector<Context*>& used);

 private:
  struct Entry {
    LanguageModel::State state;
    uint32_t n_known;  // words since the last unknown one
    float score;
    float boosts[LanguageModel::kMaxOrder - 1];  // of the words before, newest first, if compatible
  };

  float boost_of(std::string_view word) const {
    const auto found = hot_words_.find(std::string(word));
    return found == hot_words_.end() ? 0.0f : found->second;
  }
  Entry score_word(const Entry& before, LanguageModel::WordId id, float boost) const;

  const Scorer& scorer_;
  double alpha_, beta_;
  float max_word_gain_;
  bool compatible_;
  std::unordered_map<std::string, float> hot_words_;
  const Dictionary::Arc* first_arc_ = nullptr;
  const float* best_words_ = nullptr;  // by distance from first_arc_; nullptr: no look-ahead
  float look_ahead_weight_ = 0.0f;     // times the natural-log probability of the best word
  std::vector<Entry> entries_;
  HashTable known_;
};

}  // namespace ctcdecode
