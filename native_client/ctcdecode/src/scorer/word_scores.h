// What words are worth in the light of the words before them. A context is what a score depends on; they are numbered,
// 0 is the start of a sentence. Belongs to one search and remembers what that search has asked.
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

// Natural log P(last of `words` | those before it), -1000 if one of them is unknown, 0 if there are none. `bos`: they
// begin a sentence; `eos`: the end of the sentence is asked for instead of the last word.
double log_probability(const LanguageModel& model, const std::vector<std::string>& words, bool bos, bool eos);

class WordScores {
 public:
  using Context = uint32_t;
  static constexpr Context kStart = 0;
  static constexpr uint32_t kNoIndex = 0xFFFFFFFFu;  // a word that is not in the dictionary

  // `scorer` must outlive this object; alpha and beta are those of `options` or the scorer's own. `alphabet`: that of
  // the dictionary. Throws std::invalid_argument if options.look_ahead is asked for and not possible.
  WordScores(const Scorer& scorer, const DecoderOptions& options, const Alphabet& alphabet);

  double beta() const { return beta_; }
  // No word can earn more than this, bonus included; infinite if alpha is negative.
  float most_for_word() const { return most_for_word_; }

  bool looks_ahead() const { return best_words_ != nullptr; }
  // What a prefix is charged for the word it has begun, at most 0, when it follows `arc`, which does not end the word.
  // `before`: its charge without this arc, 0 at the start of a word. Words with different beginnings share arcs where
  // their ends are alike, so an arc alone may promise too much: the least hopeful one so far counts.
  float ahead(float before, const Dictionary::Arc& arc) const {
    return std::min(before, charge_ * best_words_[&arc - first_arc_]);
  }

  // The context behind a word; score() of it is what the word earned. `key` stands for the word: equal words have
  // equal keys. `index`: its number in the dictionary or kNoIndex. `spell()` gives its text and is rarely called.
  template <typename Spell>
  Context after(Context context, uint64_t key, uint32_t index, Spell spell) {
    const uint64_t pair = (static_cast<uint64_t>(context) << 32) ^ key;
    const uint32_t known = memory_.find(pair);
    if (known != HashTable::kMissing) return known;
    const LanguageModel::WordId id =
        index == kNoIndex ? scorer_.model().id(spell()) : scorer_.word_id(index, spell);
    const Entry entry = score_word(entries_[context], id, hot_words_.empty() ? 0.0f : boost_of(spell()));
    entries_.push_back(entry);
    memory_.insert(pair, static_cast<uint32_t>(entries_.size() - 1));
    return static_cast<Context>(entries_.size() - 1);
  }

  // What the last word of a context earned: alpha * natural-log probability, hot-word boost included, bonus not.
  float score(Context context) const { return entries_[context].score; }

  // What a last word earns that no space or complete code point ended; bonus not included.
  float score_last(Context context, std::string_view word) const;

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
  float most_for_word_;
  bool compatible_;
  std::unordered_map<std::string, float> hot_words_;
  const Dictionary::Arc* first_arc_ = nullptr;
  const float* best_words_ = nullptr;  // by distance from first_arc_; nullptr: no look-ahead
  float charge_ = 0.0f;                // part of the natural-log probability of the best word that is charged ahead
  std::vector<Entry> entries_;
  HashTable memory_;
};

}  // namespace ctcdecode
