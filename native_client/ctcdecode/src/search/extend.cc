// Phase 3 of a step: the prefixes that could come, one label longer than a living one.
//
// Most extensions have no chance, and finding that out early is what makes the search fast. Two bounds serve that:
// path_bound: paths below it are not followed at all, as in phase 2;
// candidate_bound_: the score of a candidate that would be the worst of the best width_; it only rises.
#include <algorithm>
#include <array>
#include <cmath>

#include "beam_search.h"
#include "code_point.h"

namespace ctcdecode {
namespace {

constexpr uint32_t kBuckets = 256;  // labels by how far their log probability is below that of the best one
constexpr float kBucketsPerNat = 8.0f;

}  // namespace

// With a scorer and all slots taken, paths that cannot catch up with the worst beam are not followed. With look-ahead a
// path can catch up by much more than the bonus, when a word turns out better than it was charged for.
float BeamSearch::path_bound() const {
  if (!lm_ || looks_ahead_ || beams_.size() < width_) return kNever;
  const double bound = beams_.now.range.min + std::log(frame_.p_blank()) - std::max(0.0, lm_->beta());
  return static_cast<float>(std::max<double>(bound, kNever));
}

// Upper bound on the score of a beam before the label that completes its word, with the look-ahead charge given back.
float BeamSearch::best_score_before_word() const {
  if (!looks_ahead_) return beams_.now.range.max;
  float best = kNever;
  for (size_t slot = 0; slot < beams_.size(); ++slot) {
    best = std::max(best, beams_.now.score[slot] - beams_.charge[slot]);
  }
  return best;
}

void BeamSearch::extend(float path_bound) {
  candidates_.clear();
  // With all slots taken a candidate must be better than the worst beam that stays.
  candidate_bound_ = beams_.size() == width_ ? std::max(beams_.next.range.min, kNever) : kNever;
  const std::vector<uint32_t>& labels =
      frame_.labels_above(std::max(candidate_bound_ - max_word_gain_, path_bound) - best_score_before_word());
  if (labels.empty()) return;
  if (prefixes_.has_few_labels()) {
    extend_by_sets(path_bound, labels);
  } else {
    extend_one_by_one(path_bound, labels);
  }
}

// With few labels, those that reach a log probability are a bit mask, looked up in buckets. A beam's candidates are that
// mask, without labels that the dictionary does not allow and without children that live.
void BeamSearch::extend_by_sets(float path_bound, const std::vector<uint32_t>& labels) {
  const float best_log_p = frame_.log_p(labels.front());
  const auto bucket_of = [best_log_p](float log_p) {  // rounds down, so a label is not in a later bucket than its bound
    return static_cast<uint32_t>(std::min((best_log_p - log_p) * kBucketsPerNat, kBuckets - 1.0f));
  };
  std::array<uint64_t, kBuckets> labels_down_to{};
  for (const uint32_t label : labels) labels_down_to[bucket_of(frame_.log_p(label))] |= uint64_t{1} << label;
  for (uint32_t bucket = 1; bucket < kBuckets; ++bucket) labels_down_to[bucket] |= labels_down_to[bucket - 1];
  // Only labels that can complete a word gain from the language model: in bytes mode all, else the space.
  const bool all_gain = lm_ && bytes_mode_;
  const uint64_t space_bit = lm_ && !bytes_mode_ ? uint64_t{1} << space_ : 0;
  const float log_p_space = labels_down_to[kBuckets - 1] & space_bit ? frame_.log_p(space_) : kNever;
  for (uint32_t slot = 0; slot < beams_.size(); ++slot) {
    const float score = beams_.now.score[slot];
    const float needed_to_gain = std::max(candidate_bound_ - max_word_gain_ + beams_.charge[slot], path_bound) - score;
    const float needed = all_gain ? needed_to_gain : std::max(candidate_bound_, path_bound) - score;
    uint64_t set = best_log_p < needed ? 0 : labels_down_to[bucket_of(needed)] & ~space_bit;
    if (log_p_space >= needed_to_gain) set |= space_bit;
    const uint64_t continuations = beams_.continuations[slot];
    set &= continuations & ~prefixes_.children(slot);
    for (; set; set &= set - 1) {
      const uint32_t label = static_cast<uint32_t>(__builtin_ctzll(set));
      const uint64_t bit = uint64_t{1} << label;
      if (frame_.log_p(label) < (bit == space_bit ? needed_to_gain : needed)) continue;
      const int arc = __builtin_popcountll(continuations & (bit - 1));
      try_label(slot, label, dictionary_ ? beams_.first_arc[slot] + arc : nullptr);
    }
  }
}

// With more labels, goes through them or through the arcs of the dictionary, whichever are fewer.
void BeamSearch::extend_one_by_one(float path_bound, const std::vector<uint32_t>& labels) {
  for (uint32_t slot = 0; slot < beams_.size(); ++slot) {
    const float needed =
        std::max(candidate_bound_ - max_word_gain_ + beams_.charge[slot], path_bound) - beams_.now.score[slot];
    const auto try_new = [=](uint32_t label, const Dictionary::Arc* arc) {
      if (!prefixes_.contains(PrefixIndex::child_key(prefixes_.key(slot), label))) try_label(slot, label, arc);
    };
    const Dictionary::Arc* arc = nullptr;
    if (dictionary_) {
      const Dictionary::State state = beams_.record[slot].state;
      const Dictionary::Arc* const end = dictionary_->end(state);
      arc = dictionary_->begin(state);
      if (static_cast<size_t>(end - arc) <= labels.size()) {
        const float least = std::max(needed, frame_.log_p(labels.back()));
        for (; arc != end; ++arc) {
          if (frame_.log_p(arc->label) >= least) try_new(arc->label, arc);
        }
        continue;
      }
    }
    for (const uint32_t label : labels) {
      if (frame_.log_p(label) < needed) break;
      if (!dictionary_ || (arc = dictionary_->find(beams_.record[slot].state, label))) try_new(label, arc);
    }
  }
}

// Makes a candidate of a beam and a label, unless its score is below the bound.
void BeamSearch::try_label(uint32_t slot, uint32_t label, const Dictionary::Arc* arc) {
  const bool is_repeated = label == prefixes_.label(slot), may_end = may_end_word(label);
  const float charge = beams_.charge[slot];
  const float score = extend_path(frame_.log_p(label), beams_.now.blank[slot], beams_.now.score[slot], is_repeated);
  if (score < kDead || score + (may_end ? max_word_gain_ - charge : 0.0f) < candidate_bound_) return;
  Candidate candidate{score, slot, label, kNone, arc, 0.0f, 0.0f, 0.0f};
  if (looks_ahead_) {
    if (!arc->ends_word()) candidate.charge = lm_->look_ahead_charge(charge, *arc);
    candidate.gain = candidate.charge - charge;
  }
  if (may_end) {
    candidate.context = complete_word(slot, label, arc);
    if (candidate.context != kNone) {
      candidate.gain += lm_->score(candidate.context);
      candidate.bonus = static_cast<float>(lm_->beta());
    }
  }
  candidate.score = (candidate.score + candidate.gain) + candidate.bonus;
  if (candidate.score < candidate_bound_) return;
  if (arc) dictionary_->prefetch(arc->target);  // phase 5 reads it if the candidate is chosen
  candidates_.push_back(candidate);
  if (candidates_.size() >= 2 * size_t{width_}) limit_candidates();
}

// Keeps the best width_ candidates and raises the bound to the worst of them.
void BeamSearch::limit_candidates() {
  const auto last = candidates_.begin() + width_ - 1;
  std::nth_element(candidates_.begin(), last, candidates_.end(), [](const Candidate& a, const Candidate& b) {
    return a.score != b.score ? a.score > b.score : a.label < b.label;
  });
  candidate_bound_ = std::max(candidate_bound_, last->score);
  candidates_.resize(width_);
}

// The context that a beam has once `label` is behind it, or kNone if that completes no word.
LmCache::Context BeamSearch::complete_word(uint32_t slot, Label label, const Dictionary::Arc* arc) {
  BeamRecord& beam = beams_.record[slot];
  if (bytes_mode_) {
    const CodePoint unit = CodePoint{static_cast<uint32_t>(beam.word), beam.n_bytes}.followed_by(label + 1);
    if (!unit.is_complete()) return kNone;
    return lm_->context_after(beam.context, unit.bytes, LmCache::kNoIndex, [&unit] {
      std::string text;
      for (int i = unit.n - 1; i >= 0; --i) text.push_back(static_cast<char>(unit.bytes >> (8 * i)));
      return text;
    });
  }
  if (beam.with_word == kNone) {
    const bool has_index = arc && arc->ends_word();
    const uint32_t index = has_index ? static_cast<uint32_t>(beam.word) + arc->words_before : LmCache::kNoIndex;
    const uint64_t key = has_index ? index : arc ? prefixes_.key(slot) : beam.word;
    beam.with_word = lm_->context_after(beam.context, key, index, [this, &beam] { return spell_word(beam); });
  }
  return beam.with_word;
}

}  // namespace ctcdecode
