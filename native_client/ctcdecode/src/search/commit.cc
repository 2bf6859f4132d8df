// Phases 4 and 5 of a step: which beams and candidates are the best, and their taking the place of the present beams.
#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "beam_search.h"
#include "code_point.h"
#include "selection.h"

namespace ctcdecode {

void BeamSearch::select() {
  dropped_.clear();
  const float bound = selection_bound();
  if (candidates_.empty() && beams_.next.range.min > bound) return;  // all beams stay
  drop_below(bound);
  const size_t n_left = beams_.size() - dropped_.size() + candidates_.size();
  if (n_left > width_) drop_ties(bound, n_left - width_);
}

// The score that is needed: that of the last of the best width_, or beam_threshold below the best. At least kDead.
float BeamSearch::selection_bound() {
  const bool is_crowded = beams_.size() + candidates_.size() > width_;
  scores_.clear();
  if (is_crowded) {
    scores_.resize(beams_.size());
    size_t n_alive = 0;  // without branches, as the answers are hard to predict
    for (const float score : beams_.next.score) {
      scores_[n_alive] = score;
      n_alive += score > kDead;
    }
    scores_.resize(n_alive);
  }
  float best = beams_.next.range.max;
  for (const Candidate& candidate : candidates_) {
    scores_.push_back(candidate.score);
    best = std::max(best, candidate.score);
  }
  float bound = kDead;
  if (is_crowded && scores_.size() > width_) {
    bound = nth_largest(scores_, width_, std::max(candidate_bound_, kDead), best);
  }
  if (std::isfinite(options_.beam_threshold)) {
    bound = std::max(bound, best - static_cast<float>(options_.beam_threshold));
  }
  return bound;
}

// Drops beams that are below the bound or dead, and candidates below the bound.
void BeamSearch::drop_below(float bound) {
  const std::vector<float>& scores = beams_.next.score;
  dropped_.resize(scores.size());
  size_t n_dropped = 0;  // without branches, as above
  for (uint32_t slot = 0; slot < scores.size(); ++slot) {
    const float score = scores[slot];
    dropped_[n_dropped] = slot;
    n_dropped += (score < bound) | (score <= kDead);
  }
  dropped_.resize(n_dropped);
  candidates_.erase(std::remove_if(candidates_.begin(), candidates_.end(),
                                   [bound](const Candidate& candidate) { return candidate.score < bound; }),
                    candidates_.end());
}

// Drops `n_ties` of those whose score is the bound itself: those with the largest labels.
void BeamSearch::drop_ties(float bound, size_t n_ties) {
  const size_t n_beams = beams_.size();
  std::vector<std::pair<uint32_t, size_t>> ties;  // label; slot, or n_beams + index of candidate
  for (uint32_t slot = 0; slot < n_beams; ++slot) {
    if (beams_.next.score[slot] == bound && bound > kDead) ties.emplace_back(prefixes_.label(slot), slot);
  }
  for (size_t i = 0; i < candidates_.size(); ++i) {
    if (candidates_[i].score == bound) ties.emplace_back(candidates_[i].label, n_beams + i);
  }
  std::sort(ties.begin(), ties.end());
  for (size_t i = ties.size() - n_ties; i < ties.size(); ++i) {
    if (ties[i].second < n_beams) {
      dropped_.push_back(static_cast<uint32_t>(ties[i].second));
    } else {
      candidates_[ties[i].second - n_beams].score = kNever;
    }
  }
  candidates_.erase(std::remove_if(candidates_.begin(), candidates_.end(),
                                   [](const Candidate& candidate) { return candidate.score <= kDead; }),
                    candidates_.end());
}

// Makes the next frame's beams the present ones: survivors stay in their slots, candidates take free ones.
void BeamSearch::commit() {
  // First what looks at the beams as they were: records of the candidates' sources, times of the parents.
  new_records_.clear();
  new_prefixes_.clear();
  for (const Candidate& candidate : candidates_) {
    new_records_.push_back(extended_record(candidate));
    new_prefixes_.push_back(prefixes_.child(candidate.source, candidate.label));
  }
  update_times();
  beams_.swap_scores();
  if (candidates_.empty() && dropped_.empty()) return;
  const size_t n_after = beams_.size() - dropped_.size() + candidates_.size();
  if (n_after > beams_.size()) beams_.resize(n_after);
  prefixes_.replace(
      dropped_, new_prefixes_, [this](size_t candidate, uint32_t slot) { put(candidate, slot); },
      [this](uint32_t from, uint32_t to) { beams_.move(from, to); });
  beams_.resize(n_after);
  beams_.find_range();
}

void BeamSearch::put(size_t index, uint32_t slot) {
  const Candidate& candidate = candidates_[index];
  const BeamRecord& record = new_records_[index];
  beams_.now.blank[slot] = kNever;
  beams_.now.nonblank[slot] = beams_.now.score[slot] = candidate.score;
  beams_.gain[slot] = candidate.gain;
  beams_.bonus[slot] = candidate.bonus;
  beams_.charge[slot] = candidate.charge;
  beams_.continuations[slot] = dictionary_ ? dictionary_->filter(record.state) : ~uint64_t{0};
  beams_.first_arc[slot] = dictionary_ ? dictionary_->begin(record.state) : nullptr;
  beams_.record[slot] = record;
}

// The record of a candidate: that of its source with one more label.
BeamRecord BeamSearch::extended_record(const Candidate& candidate) {
  const BeamRecord& source = beams_.record[candidate.source];
  BeamRecord beam = source;
  beam.tokens = tokens_.add(source.tokens, candidate.label);
  beam.times = times_.add(source.times, static_cast<uint32_t>(time_));
  beam.state = candidate.arc ? candidate.arc->target : Dictionary::kStart;
  beam.with_word = kNone;
  if (!lm_) return beam;
  beam.lm_total += candidate.gain + candidate.bonus;
  const bool completes = candidate.context != kNone;
  if (completes) beam.context = candidate.context;
  if (bytes_mode_) {
    const CodePoint unit =
        CodePoint{static_cast<uint32_t>(source.word), source.n_bytes}.followed_by(candidate.label + 1);
    beam.word = unit.bytes;
    beam.n_bytes = unit.n;
  } else if (candidate.arc) {
    beam.word = candidate.arc->ends_word() ? 0 : source.word + candidate.arc->words_before;
  } else {
    beam.word = completes ? 0 : PrefixIndex::child_key(source.word, candidate.label);
  }
  return beam;
}

// The time of a prefix's last label is that of the best path: where the path from the parent is now the better one, the
// label was emitted in this frame. As in the published decoder, not if a path that ends in the blank is better still and
// the label is worked through before the blank.
void BeamSearch::update_times() {
  const PathScores& next = beams_.next;
  slots_.resize(beams_.size());
  size_t n_better = 0;  // without branches, as above
  for (uint32_t slot = 0; slot < beams_.size(); ++slot) {
    const float from_parent = beams_.extend[slot], repeat = beams_.repeat[slot];
    const float nonblank = next.nonblank[slot], blank = next.blank[slot];
    const bool is_before_blank = frame_.before_blank(prefixes_.label(slot));
    const bool blank_is_better = is_before_blank & (nonblank < blank);
    slots_[n_better] = slot;
    n_better += (from_parent > repeat) & (from_parent > kDead) & !blank_is_better;
  }
  // All are added before the first is stored, since a parent's time may be updated, too.
  new_times_.resize(n_better);
  for (size_t i = 0; i < n_better; ++i) {
    const uint32_t parent = prefixes_.parent(slots_[i]);
    new_times_[i] = times_.add(beams_.record[parent].times, static_cast<uint32_t>(time_));
  }
  for (size_t i = 0; i < n_better; ++i) beams_.record[slots_[i]].times = new_times_[i];
}

// Counts the frame as a blank for all beams.
void BeamSearch::emit_blank() {
  const float log_p = static_cast<float>(std::log(frame_.p_blank() + std::numeric_limits<float>::min()));
  PathScores& now = beams_.now;
  for (size_t slot = 0; slot < beams_.size(); ++slot) {
    now.blank[slot] = now.score[slot] += log_p;
    now.nonblank[slot] = kNever;
  }
  now.range.min += log_p;
  now.range.max += log_p;
}

}  // namespace ctcdecode
