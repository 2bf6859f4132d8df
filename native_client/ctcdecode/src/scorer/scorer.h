// What helps the search to write words: a language model, a dictionary, and two weights.
//
//   auto scorer = Scorer::load("my.scorer", alphabet);
//   auto old = Scorer::load_trio("lm.binary", "trie", alphabet);
//
// Read-only, shared by any number of searches; weights belong to the search (options.h).
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "alphabet.h"
#include "dictionary.h"
#include "language_model.h"
#include "process_lock.h"

namespace ctcdecode {

class Scorer {
 public:
  // A package of version 6. Throws FormatError, also if the mode or a label does not fit the alphabet.
  static std::shared_ptr<const Scorer> load(const std::string& path, const Alphabet& alphabet);

  // A language model (ARPA or any KenLM binary) with a trie file of version 1, 2, 3, 5, as used before packages.
  // An empty `trie_path` takes the words from the model, which must then hold its strings.
  static std::shared_ptr<const Scorer> load_trio(const std::string& lm_path, const std::string& trie_path,
                                                 const Alphabet& alphabet);

  Scorer(std::unique_ptr<LanguageModel> model, std::unique_ptr<Dictionary> dictionary, bool bytes_mode, double alpha,
         double beta);

  ~Scorer() { delete best_words_.load(); }

  const LanguageModel& model() const { return *model_; }
  const Dictionary* dictionary() const { return dictionary_.get(); }  // nullptr: any spelling
  bool bytes_mode() const { return bytes_mode_; }
  double alpha() const { return alpha_; }  // stored default weight of the language model
  double beta() const { return beta_; }    // stored default bonus per word (code point in bytes mode)

  // The language model's id of dictionary word `index`, whose spelling is asked of `spell` at the first time only.
  template <typename Spell>
  LanguageModel::WordId word_id(uint32_t index, Spell spell) const {
    if (!word_ids_) return model_->id(spell());
    const uint32_t known = word_ids_[index].load(std::memory_order_relaxed);
    if (known) return known - 1;
    const LanguageModel::WordId id = model_->id(spell());
    word_ids_[index].store(id + 1, std::memory_order_relaxed);
    return id;
  }

  // best_words_of_arcs() of the dictionary, which must not be null. Computed when it is first asked for.
  const float* best_words(const Alphabet& alphabet) const;

 private:
  std::unique_ptr<LanguageModel> model_;
  std::unique_ptr<Dictionary> dictionary_;
  std::unique_ptr<std::atomic<uint32_t>[]> word_ids_;  // id + 1; 0: not asked yet. No table for absurdly many words
  mutable ProcessLock best_words_lock_;
  mutable std::atomic<const std::vector<float>*> best_words_{nullptr};
  bool bytes_mode_;
  double alpha_, beta_;
};

}  // namespace ctcdecode
