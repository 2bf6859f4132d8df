// CTC prefix beam search over one utterance, row by row.
//
//   BeamSearch search(alphabet, scorer, options);   // scorer may be null
//   search.next(rows, n_rows);                      // as often as there are rows; any thread, one at a time
//   std::vector<Hypothesis> best = search.results(3);
//
// Maximises  ln P_ctc(text) + sum over words of (alpha * (ln P_lm(word | before) + hot-word boost) + beta).
// A beam is a prefix, a text so far. Its paths through the rows are kept as two sums: those that end in the blank and
// those that end in its last label. The beams live in slots of parallel arrays, the hot ones of which are worked
// through as vectors; a beam keeps its slot as long as it lives.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "alphabet.h"
#include "family.h"
#include "frame.h"
#include "log_space.h"
#include "options.h"
#include "scorer.h"
#include "trail.h"
#include "word_scores.h"

namespace ctcdecode {

class BeamSearch {
 public:
  // Throws std::invalid_argument if options are out of range, or the scorer's mode is not the alphabet's.
  // After `history` entries of prefixes, times or words those that no beam needs are forgotten; it decides on memory only.
  BeamSearch(std::shared_ptr<const Alphabet> alphabet, std::shared_ptr<const Scorer> scorer, DecoderOptions options,
             size_t history = 1 << 17);
  BeamSearch(const BeamSearch&) = delete;
  BeamSearch& operator=(const BeamSearch&) = delete;

  uint32_t n_classes() const { return n_classes_; }

  // Rows of n_classes() probabilities, blank last. Throws std::invalid_argument, before any row is used, if one is
  // negative or not finite (names row and class).
  void next(const double* rows, size_t n_rows);
  void next(const float* rows, size_t n_rows);

  // The best `n` readings so far, best first; fewer if fewer beams live.
  std::vector<Hypothesis> results(size_t n) const;

 private:

  // What a beam is, apart from its scores.
  struct Beam {
    uint64_t word;             // bytes mode: the code point being spelled; else the words before it in the dictionary,
                               // or without one a hash of its spelling
    uint32_t tokens, times;    // entries of the trails
    Dictionary::State state;
    WordScores::Context context;   // the complete words
    WordScores::Context extended;  // and the current word, once it was asked for; else kNone
    float lm_total;                // what was gained by all labels
    uint8_t n_bytes;               // bytes mode: how many bytes of the code point there are
  };

  // A beam lengthened by a label.
  struct Candidate {
    float score;
    uint32_t source;  // slot
    uint32_t label;
    WordScores::Context extended;  // kNone if no word ends here
    const Dictionary::Arc* arc;    // nullptr without dictionary
    float gain, bonus, ahead;      // as gain_, bonus_ and ahead_ below
  };

  static constexpr uint32_t kNone = Family::kNone;

  template <typename T>
  void check_and_step(const T* rows, size_t n_rows);
  void step();
  float floor() const;
  float most_behind_word() const;
  void stay(float floor);
  void grow(float floor);
  void grow_by_sets(float floor, const std::vector<uint32_t>& labels);
  void grow_one_by_one(float floor, const std::vector<uint32_t>& labels);
  void try_label(uint32_t slot, uint32_t label, const Dictionary::Arc* arc);
  void limit_candidates();
  void select();
  void settle(const std::vector<uint32_t>& dropped);
  void renew_times();
  Beam born(const Candidate& candidate);
  void wait();
  size_t n_remembered() const { return tokens_.size() + times_.size() + (words_ ? words_->size() : 0); }
  void collect_garbage();

  bool may_end_word(Label label) const { return words_ && (bytes_mode_ || label == space_); }
  // The context that `slot` has once `label` is behind it, or kNone if that completes no word.
  WordScores::Context complete(uint32_t slot, Label label, const Dictionary::Arc* arc);
  std::string spelling(const Beam& beam) const;
  float score_at_end(uint32_t slot) const;
  Hypothesis hypothesis(uint32_t slot, float score) const;

  std::shared_ptr<const Alphabet> alphabet_;
  std::shared_ptr<const Scorer> scorer_;
  const DecoderOptions options_;
  const uint32_t n_classes_, width_;
  const Dictionary* dictionary_;
  const Label space_;
  const bool bytes_mode_;
  std::optional<WordScores> words_;
  bool looks_ahead_ = false;
  float word_slack_;  // what completing a word can add at most, apart from what the prefix was charged ahead

  Frame frame_;
  uint64_t time_ = 0;
  bool speaking_ = false;

  // Per slot.
  size_t n_ = 0;
  Family family_;
  std::vector<float> blank_, nonblank_, score_;
  std::vector<float> gain_;   // what paths gain when they enter from the parent, apart from the label's probability
  std::vector<float> bonus_;  // and beta, if the last label completed a word
  std::vector<float> ahead_;  // what the prefix is charged for the word it has begun; in its scores until the results
  std::vector<uint64_t> continuations_;           // with few labels: those that the dictionary allows to follow
  std::vector<const Dictionary::Arc*> first_arc_;  // and the arc of the lowest one
  std::vector<Beam> beams_;
  ScoreRange range_{0.0f, 0.0f};

  // Of the row at hand; kept to save allocations.
  std::vector<double> row_;
  std::vector<float> same_, grown_, next_blank_, next_nonblank_, next_score_, values_;
  ScoreRange next_range_{0.0f, 0.0f};
  std::vector<Candidate> candidates_;
  float hurdle_ = kNever;  // a candidate below it would not be among the best
  std::vector<uint32_t> dropped_;
  std::vector<Family::Newcomer> newcomers_;
  std::vector<Beam> births_;
  std::vector<uint32_t> slots_, new_times_;

  Trail tokens_, times_;
  const size_t history_;
  size_t garbage_limit_;
};

}  // namespace ctcdecode
