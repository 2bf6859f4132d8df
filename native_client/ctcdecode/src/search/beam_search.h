// CTC prefix beam search over one utterance, frame by frame.
//
//   BeamSearch search(alphabet, scorer, options);   // scorer may be null
//   search.next(frames, n_frames);                  // as often as there are frames; any thread, one at a time
//   std::vector<Hypothesis> best = search.results(3);
//
// Maximises  ln P_ctc(text) + sum over words of (alpha * (ln P_lm(word | before) + hot-word boost) + beta).
// A beam is a prefix, a text so far, with the probability of all its paths through the frames (ctc_recursion.h). Each
// frame is one step of five phases, see step(). Beams live in slots of parallel arrays (beams.h), and a beam keeps its
// slot as long as it lives, unless it moves to close a gap.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "alphabet.h"
#include "backpointers.h"
#include "beams.h"
#include "frame.h"
#include "hypothesis.h"
#include "lm_cache.h"
#include "options.h"
#include "prefix_index.h"
#include "scorer.h"

namespace ctcdecode {

class BeamSearch {
 public:
  // Throws std::invalid_argument if options are out of range, or the scorer's mode is not the alphabet's.
  // After `history` entries of prefixes, times or words those that no beam needs are forgotten: memory, not results.
  BeamSearch(std::shared_ptr<const Alphabet> alphabet, std::shared_ptr<const Scorer> scorer, DecoderOptions options,
             size_t history = 1 << 17);
  BeamSearch(const BeamSearch&) = delete;
  BeamSearch& operator=(const BeamSearch&) = delete;

  uint32_t n_classes() const { return n_classes_; }

  // Frames of n_classes() probabilities, blank last. Throws std::invalid_argument, before any frame is used, if one is
  // negative or not finite (names frame and class).
  void next(const double* frames, size_t n_frames);
  void next(const float* frames, size_t n_frames);

  // The best `n` hypotheses so far, best first; fewer if fewer beams live.
  std::vector<Hypothesis> results(size_t n) const;

 private:
  // A living prefix with one more label, which does not live yet.
  struct Candidate {
    float score;
    uint32_t source;  // slot
    uint32_t label;
    LmCache::Context context;    // with the word that ends here; kNone if none does
    const Dictionary::Arc* arc;  // nullptr without dictionary
    float gain, bonus, charge;   // as in Beams
  };

  static constexpr uint32_t kNone = PrefixIndex::kNone;

  template <typename T>
  void check_and_step(const T* frames, size_t n_frames);
  void step();

  // Phase 2, beam_search.cc.
  void score_existing(float path_bound);

  // Phase 3, extend.cc.
  void extend(float path_bound);
  void extend_by_sets(float path_bound, const std::vector<uint32_t>& labels);
  void extend_one_by_one(float path_bound, const std::vector<uint32_t>& labels);
  void try_label(uint32_t slot, uint32_t label, const Dictionary::Arc* arc);
  void limit_candidates();
  float path_bound() const;
  float best_score_before_word() const;
  bool may_end_word(Label label) const { return lm_ && (bytes_mode_ || label == space_); }
  LmCache::Context complete_word(uint32_t slot, Label label, const Dictionary::Arc* arc);

  // Phases 4 and 5, commit.cc.
  void select();
  float selection_bound();
  void drop_below(float bound);
  void drop_ties(float bound, size_t n_ties);
  void commit();
  void update_times();
  void emit_blank();
  BeamRecord extended_record(const Candidate& candidate);
  void put(size_t candidate, uint32_t slot);

  size_t n_remembered() const { return tokens_.size() + times_.size() + (lm_ ? lm_->size() : 0); }
  void collect_garbage();

  // hypotheses.cc.
  std::string spell_word(const BeamRecord& beam) const;
  float final_score(uint32_t slot) const;
  Hypothesis hypothesis(uint32_t slot, float score) const;

  std::shared_ptr<const Alphabet> alphabet_;
  std::shared_ptr<const Scorer> scorer_;
  const DecoderOptions options_;
  const uint32_t n_classes_, width_;
  const Dictionary* dictionary_;  // nullptr: any spelling
  const Label space_;
  const bool bytes_mode_;
  std::optional<LmCache> lm_;  // none without scorer
  bool looks_ahead_ = false;
  float max_word_gain_;  // upper bound on what a completed word adds, apart from its look-ahead charge given back

  uint64_t time_ = 0;
  bool speech_has_begun_ = false;
  std::vector<double> probabilities_;  // of the frame at hand
  Frame frame_;                        // the same, as logarithms

  Beams beams_;
  PrefixIndex prefixes_;
  Backpointers tokens_, times_;

  std::vector<Candidate> candidates_;
  float candidate_bound_ = kNever;  // a candidate below it cannot be among the best `width_`

  // What phase 4 hands to phase 5, and what phase 5 builds; members to save allocations.
  std::vector<uint32_t> dropped_;
  std::vector<NewPrefix> new_prefixes_;
  std::vector<BeamRecord> new_records_;
  std::vector<float> scores_;
  std::vector<uint32_t> slots_, new_times_;

  const size_t history_;
  size_t garbage_limit_;
};

}  // namespace ctcdecode
