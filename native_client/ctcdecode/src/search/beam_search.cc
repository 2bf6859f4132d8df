#include "beam_search.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <stdexcept>

#include "code_point.h"
#include "selection.h"

namespace ctcdecode {
namespace {

constexpr double kSilence = 0.999;  // up to the first row whose blank is less probable, rows cost nothing
constexpr uint32_t kSteps = 256;    // log probabilities of labels are looked up in steps below the best one
constexpr float kStepsPerNat = 8.0f;

std::shared_ptr<const Alphabet> checked(std::shared_ptr<const Alphabet> alphabet, const Scorer* scorer) {
  if (!alphabet) throw std::invalid_argument("a search needs an alphabet");
  if (scorer && scorer->dictionary() && scorer->dictionary()->max_label() >= alphabet->size()) {
    throw std::invalid_argument("the scorer writes with label " + std::to_string(scorer->dictionary()->max_label()) +
                                ", the alphabet has labels 0 to " + std::to_string(alphabet->size() - 1));
  }
  if (scorer && scorer->bytes_mode() != alphabet->is_bytes()) {
    throw std::invalid_argument(scorer->bytes_mode()
                                    ? "the scorer was made for bytes output mode, the model has an alphabet"
                                    : "the scorer was made for an alphabet, the model is in bytes output mode");
  }
  return alphabet;
}

const DecoderOptions& checked(const DecoderOptions& options) {
  options.check();
  return options;
}

// Refuses hot words that no search can write: the scorer counts words between spaces, or single characters.
void check_hot_words(const DecoderOptions& options, const Alphabet& alphabet) {
  if (options.compatible) return;
  for (const auto& hot_word : options.hot_words) {
    const std::string& word = hot_word.first;
    std::string reason;
    if (word.empty()) {
      reason = "it is empty";
    } else if (alphabet.is_bytes() && split_code_points(word).size() != 1) {
      reason = "the scorer counts single characters";
    } else if (!alphabet.is_bytes() && word.find(' ') != std::string::npos) {
      reason = "there is a blank in it; give each of its words a boost";
    } else if (!alphabet.can_encode(word)) {
      reason = "a letter of it is not in the alphabet";
    }
    if (!reason.empty()) {
      throw std::invalid_argument("the hot word '" + word + "' can never be found: " + reason);
    }
  }
}

}  // namespace

BeamSearch::BeamSearch(std::shared_ptr<const Alphabet> alphabet, std::shared_ptr<const Scorer> scorer,
                       DecoderOptions options, size_t history)
    : alphabet_(checked(std::move(alphabet), scorer.get())),
      scorer_(std::move(scorer)),
      options_(checked(options)),
      n_classes_(alphabet_->size() + 1),
      width_(options_.beam_width),
      dictionary_(scorer_ ? scorer_->dictionary() : nullptr),
      space_(alphabet_->space()),
      bytes_mode_(alphabet_->is_bytes()),
      word_slack_(0.0f),
      frame_(n_classes_, options_),
      n_(1),
      family_(n_classes_),  // the class behind the blank, whose log probability is kNever
      blank_{0.0f},
      nonblank_{kNever},
      score_{0.0f},
      gain_{0.0f},
      bonus_{0.0f},
      ahead_{0.0f},
      continuations_{dictionary_ ? dictionary_->filter(Dictionary::kStart) : ~uint64_t{0}},
      first_arc_{dictionary_ ? dictionary_->begin(Dictionary::kStart) : nullptr},
      row_(n_classes_),
      history_(history),
      garbage_limit_(history) {
  check_hot_words(options_, *alphabet_);
  if (scorer_) {
    words_.emplace(*scorer_, options_, *alphabet_);
    word_slack_ = words_->most_for_word();
    looks_ahead_ = words_->looks_ahead();
  }
  Beam root{};
  root.extended = kNone;
  beams_.push_back(root);
}

void BeamSearch::next(const double* rows, size_t n_rows) { check_and_step(rows, n_rows); }
void BeamSearch::next(const float* rows, size_t n_rows) { check_and_step(rows, n_rows); }

template <typename T>
void BeamSearch::check_and_step(const T* rows, size_t n_rows) {
  for (size_t i = 0; i < n_rows * n_classes_; ++i) {
    if (rows[i] >= 0 && rows[i] <= std::numeric_limits<T>::max()) continue;
    throw std::invalid_argument("the probability in row " + std::to_string(i / n_classes_) + ", class " +
                                std::to_string(i % n_classes_) + " is " + std::to_string(rows[i]) +
                                "; the values of a softmax are needed");
  }
  for (size_t row = 0; row < n_rows; ++row, ++time_) {
    std::copy(rows + row * n_classes_, rows + (row + 1) * n_classes_, row_.begin());
    if (row_.back() < kSilence) speaking_ = true;
    if (speaking_) step();
  }
}

// One row: every beam stays or dies, and those with a chance are lengthened.
void BeamSearch::step() {
  frame_.load(row_.data());
  const float least = floor();
  stay(least);
  grow(least);
  select();
  if (n_remembered() > garbage_limit_) collect_garbage();
}

// With a scorer and all slots taken, paths that cannot catch up with the worst beam are not followed. With look-ahead a
// path may catch up by much more than the bonus, when a word turns out better than it was charged for.
float BeamSearch::floor() const {
  if (!words_ || looks_ahead_ || n_ < width_) return kNever;
  const double floor = range_.min + std::log(frame_.p_blank()) - std::max(0.0, words_->beta());
  return static_cast<float>(std::max<double>(floor, kNever));
}

// What a beam that completes a word could have at most, the probability of the label and word_slack_ aside.
float BeamSearch::most_behind_word() const {
  if (!looks_ahead_) return range_.max;
  float most = kNever;
  for (size_t slot = 0; slot < n_; ++slot) most = std::max(most, score_[slot] - ahead_[slot]);
  return most;
}

// Scores the present prefixes one row on.
void BeamSearch::stay(float floor) {
  same_.resize(n_);
  grown_.resize(n_);
  next_blank_.resize(n_);
  next_nonblank_.resize(n_);
  next_score_.resize(n_);
  const Paths paths{blank_.data(), nonblank_.data(), score_.data(), family_.labels(), family_.parents(), n_};
  follow_paths(paths, frame_.log_p(), frame_.log_p_blank(), floor, same_.data(), grown_.data(), next_blank_.data());
  if (words_) {  // what is kNever stays below kDead
    float* const grown = grown_.data();
    const float *const gain = gain_.data(), *const bonus = bonus_.data();
    // One after the other, as the published decoder rounds.
    for (size_t slot = 0, n = n_; slot < n; ++slot) grown[slot] = (grown[slot] + gain[slot]) + bonus[slot];
  }
  next_range_ = merge_paths(same_.data(), grown_.data(), next_blank_.data(), next_nonblank_.data(),
                            next_score_.data(), n_);
}

// Collects the prefixes that do not live yet and could be among the best.
void BeamSearch::grow(float floor) {
  candidates_.clear();
  // With all slots taken a newcomer must be better than the worst of those that stay.
  hurdle_ = n_ == width_ ? std::max(next_range_.min, kNever) : kNever;
  const std::vector<uint32_t>& labels =
      frame_.labels_above(std::max(hurdle_ - word_slack_, floor) - most_behind_word());
  if (labels.empty()) return;
  if (family_.has_few_labels()) {
    grow_by_sets(floor, labels);
  } else {
    grow_one_by_one(floor, labels);
  }
}

// With few labels, those worth trying are a bit set that is looked up by how far a beam is from being good enough.
void BeamSearch::grow_by_sets(float floor, const std::vector<uint32_t>& labels) {
  const float most = frame_.log_p(labels.front());
  const auto step_of = [most](float log_p) {  // never more than a label's own step for a bound that it reaches
    return static_cast<uint32_t>(std::min((most - log_p) * kStepsPerNat, kSteps - 1.0f));
  };
  std::array<uint64_t, kSteps> labels_to{};
  for (const uint32_t label : labels) labels_to[step_of(frame_.log_p(label))] |= uint64_t{1} << label;
  for (uint32_t step = 1; step < kSteps; ++step) labels_to[step] |= labels_to[step - 1];
  // Only labels that may complete a word can gain something.
  const bool all_earn = words_ && bytes_mode_;
  const uint64_t space_bit = words_ && !bytes_mode_ ? uint64_t{1} << space_ : 0;
  const float log_p_space = labels_to[kSteps - 1] & space_bit ? frame_.log_p(space_) : kNever;
  for (uint32_t slot = 0; slot < n_; ++slot) {
    const float least = std::max(hurdle_ - word_slack_ + ahead_[slot], floor) - score_[slot];
    const float needed = all_earn ? least : std::max(hurdle_, floor) - score_[slot];
    uint64_t set = most < needed ? 0 : labels_to[step_of(needed)] & ~space_bit;
    if (log_p_space >= least) set |= space_bit;
    set &= continuations_[slot] & ~family_.children(slot);
    for (; set; set &= set - 1) {
      const uint32_t label = static_cast<uint32_t>(__builtin_ctzll(set));
      if (frame_.log_p(label) < (uint64_t{1} << label == space_bit ? least : needed)) continue;
      const uint64_t lower = continuations_[slot] & ((uint64_t{1} << label) - 1);
      try_label(slot, label, dictionary_ ? first_arc_[slot] + __builtin_popcountll(lower) : nullptr);
    }
  }
}

// With more labels, goes through them or through the arcs of the dictionary, whichever are fewer.
void BeamSearch::grow_one_by_one(float floor, const std::vector<uint32_t>& labels) {
  for (uint32_t slot = 0; slot < n_; ++slot) {
    const float needed = std::max(hurdle_ - word_slack_ + ahead_[slot], floor) - score_[slot];
    const auto try_new = [=](uint32_t label, const Dictionary::Arc* arc) {
      if (!family_.lives(Family::child_key(family_.key(slot), label))) try_label(slot, label, arc);
    };
    const Dictionary::Arc* arc = nullptr;
    if (dictionary_) {
      arc = dictionary_->begin(beams_[slot].state);
      const Dictionary::Arc* end = dictionary_->end(beams_[slot].state);
      if (static_cast<size_t>(end - arc) <= labels.size()) {
        for (; arc != end; ++arc) {
          if (frame_.log_p(arc->label) >= std::max(needed, frame_.log_p(labels.back()))) try_new(arc->label, arc);
        }
        continue;
      }
    }
    for (const uint32_t label : labels) {
      if (frame_.log_p(label) < needed) break;
      if (!dictionary_ || (arc = dictionary_->find(beams_[slot].state, label))) try_new(label, arc);
    }
  }
}

void BeamSearch::try_label(uint32_t slot, uint32_t label, const Dictionary::Arc* arc) {
  const float base = label == family_.label(slot) ? blank_[slot] : score_[slot];
  const bool may_end = may_end_word(label);
  Candidate candidate{frame_.log_p(label) + base, slot, label, kNone, arc, 0.0f, 0.0f, 0.0f};
  if (candidate.score < kDead || candidate.score + (may_end ? word_slack_ - ahead_[slot] : 0.0f) < hurdle_) return;
  if (looks_ahead_) {
    if (!arc->ends_word()) candidate.ahead = words_->ahead(ahead_[slot], *arc);
    candidate.gain = candidate.ahead - ahead_[slot];
  }
  if (may_end) {
    candidate.extended = complete(slot, label, arc);
    if (candidate.extended != kNone) {
      candidate.gain += words_->score(candidate.extended);
      candidate.bonus = static_cast<float>(words_->beta());
    }
  }
  candidate.score = (candidate.score + candidate.gain) + candidate.bonus;
  if (candidate.score < hurdle_) return;
  if (arc) dictionary_->prefetch(arc->target);  // it is looked at when the candidate is chosen
  candidates_.push_back(candidate);
  if (candidates_.size() >= 2 * size_t{width_}) limit_candidates();
}

// Keeps the best `width_` candidates and lets later ones know what they have to beat.
void BeamSearch::limit_candidates() {
  const auto last = candidates_.begin() + width_ - 1;
  std::nth_element(candidates_.begin(), last, candidates_.end(), [](const Candidate& a, const Candidate& b) {
    return a.score != b.score ? a.score > b.score : a.label < b.label;
  });
  hurdle_ = std::max(hurdle_, last->score);
  candidates_.resize(width_);
}

// Keeps the best beams of the old and the new ones; among equal scores smaller labels win.
void BeamSearch::select() {
  dropped_.clear();
  float limit = kDead;
  const size_t n_all = n_ + candidates_.size();
  if (n_all > width_) {
    values_.resize(n_all);
    size_t n_alive = 0;
    for (const float score : next_score_) {
      values_[n_alive] = score;
      n_alive += score > kDead;
    }
    values_.resize(n_alive);
    float best = next_range_.max;
    for (const Candidate& candidate : candidates_) {
      values_.push_back(candidate.score);
      best = std::max(best, candidate.score);
    }
    if (values_.size() > width_) limit = nth_largest(values_, width_, std::max(hurdle_, kDead), best);
  }
  if (std::isfinite(options_.beam_threshold)) {
    float best = next_range_.max;
    for (const Candidate& candidate : candidates_) best = std::max(best, candidate.score);
    const float threshold = best - static_cast<float>(options_.beam_threshold);
    limit = std::max(limit, threshold);
  }
  if (next_range_.min > limit && candidates_.empty()) return settle(dropped_);

  std::vector<std::pair<uint32_t, size_t>> ties;  // label, slot or n_ + candidate
  dropped_.resize(n_);
  size_t n_dropped = 0;
  bool has_ties = false;
  for (uint32_t slot = 0; slot < n_; ++slot) {
    dropped_[n_dropped] = slot;
    n_dropped += (next_score_[slot] < limit) | (next_score_[slot] <= kDead);
    has_ties |= next_score_[slot] == limit;
  }
  dropped_.resize(n_dropped);
  for (uint32_t slot = 0; has_ties && slot < n_; ++slot) {
    if (next_score_[slot] == limit && limit > kDead) ties.emplace_back(family_.label(slot), slot);
  }
  size_t n_kept = 0;
  for (const Candidate& candidate : candidates_) {
    if (candidate.score < limit) continue;
    if (candidate.score == limit) ties.emplace_back(candidate.label, n_ + n_kept);
    candidates_[n_kept++] = candidate;
  }
  candidates_.resize(n_kept);
  const size_t n_left = n_ - dropped_.size() + n_kept;
  if (n_left > width_) {
    std::sort(ties.begin(), ties.end());
    for (size_t i = ties.size() - (n_left - width_); i < ties.size(); ++i) {
      if (ties[i].second < n_) {
        dropped_.push_back(static_cast<uint32_t>(ties[i].second));
      } else {
        candidates_[ties[i].second - n_].score = kNever;
      }
    }
    candidates_.erase(std::remove_if(candidates_.begin(), candidates_.end(),
                                     [](const Candidate& candidate) { return candidate.score <= kDead; }),
                      candidates_.end());
  }
  if (dropped_.size() == n_ && candidates_.empty()) return wait();
  settle(dropped_);
}

// A better path into a prefix dates its last label anew, unless a path that waits in the blank is better still.
void BeamSearch::renew_times() {
  // The answers are hard to predict, so indices are collected without branches.
  slots_.resize(n_);
  size_t n_better = 0;
  for (uint32_t slot = 0; slot < n_; ++slot) {
    const bool waits = frame_.before_blank(family_.label(slot)) & (next_nonblank_[slot] < next_blank_[slot]);
    slots_[n_better] = slot;
    n_better += (grown_[slot] > same_[slot]) & (grown_[slot] > kDead) & !waits;
  }
  new_times_.resize(n_better);
  for (size_t i = 0; i < n_better; ++i) {
    new_times_[i] = times_.add(beams_[family_.parent(slots_[i])].times, static_cast<uint32_t>(time_));
  }
  for (size_t i = 0; i < n_better; ++i) beams_[slots_[i]].times = new_times_[i];
}

// Makes the next row's beams the present ones: survivors stay in their slots, newcomers take free ones.
void BeamSearch::settle(const std::vector<uint32_t>& dropped) {
  births_.clear();
  for (const Candidate& candidate : candidates_) births_.push_back(born(candidate));
  renew_times();
  blank_.swap(next_blank_);
  nonblank_.swap(next_nonblank_);
  score_.swap(next_score_);
  if (births_.empty() && dropped.empty()) {
    range_ = next_range_;
    return;
  }

  newcomers_.clear();
  for (const Candidate& candidate : candidates_) {
    const uint64_t parent_key = family_.key(candidate.source);
    newcomers_.push_back(Family::Newcomer{Family::child_key(parent_key, candidate.label), parent_key,
                                          candidate.source, candidate.label});
  }
  const auto put = [this](size_t newcomer, uint32_t slot) {
    if (slot == n_) {
      ++n_;
      for (auto* values : {&blank_, &nonblank_, &score_, &gain_, &bonus_, &ahead_}) values->resize(n_);
      continuations_.resize(n_);
      first_arc_.resize(n_);
      beams_.resize(n_);
    }
    blank_[slot] = kNever;
    nonblank_[slot] = score_[slot] = candidates_[newcomer].score;
    gain_[slot] = candidates_[newcomer].gain;
    bonus_[slot] = candidates_[newcomer].bonus;
    ahead_[slot] = candidates_[newcomer].ahead;
    continuations_[slot] = dictionary_ ? dictionary_->filter(births_[newcomer].state) : ~uint64_t{0};
    first_arc_[slot] = dictionary_ ? dictionary_->begin(births_[newcomer].state) : nullptr;
    beams_[slot] = births_[newcomer];
  };
  const auto move = [this](uint32_t from, uint32_t to) {
    for (auto* values : {&blank_, &nonblank_, &score_, &gain_, &bonus_, &ahead_}) {
      (*values)[to] = (*values)[from];
      values->pop_back();
    }
    continuations_[to] = continuations_[from];
    continuations_.pop_back();
    first_arc_[to] = first_arc_[from];
    first_arc_.pop_back();
    beams_[to] = beams_[from];
    beams_.pop_back();
    --n_;
  };
  family_.replace(dropped, newcomers_, put, move);
  range_ = ScoreRange{score_[0], score_[0]};
  for (const float score : score_) {
    range_.min = std::min(range_.min, score);
    range_.max = std::max(range_.max, score);
  }
}

// Counts the row as a blank for all beams: the cut-offs left only labels that none of them can take.
void BeamSearch::wait() {
  const float log_p = static_cast<float>(std::log(frame_.p_blank() + std::numeric_limits<float>::min()));
  for (size_t slot = 0; slot < n_; ++slot) {
    blank_[slot] = score_[slot] += log_p;
    nonblank_[slot] = kNever;
  }
  range_.min += log_p;
  range_.max += log_p;
}

BeamSearch::Beam BeamSearch::born(const Candidate& candidate) {
  const Beam& source = beams_[candidate.source];
  Beam beam = source;
  beam.tokens = tokens_.add(source.tokens, candidate.label);
  beam.times = times_.add(source.times, static_cast<uint32_t>(time_));
  beam.state = candidate.arc ? candidate.arc->target : Dictionary::kStart;
  beam.extended = kNone;
  if (!words_) return beam;
  beam.lm_total += candidate.gain + candidate.bonus;
  const bool completes = candidate.extended != kNone;
  if (completes) beam.context = candidate.extended;
  if (bytes_mode_) {
    const CodePoint unit = CodePoint{static_cast<uint32_t>(source.word), source.n_bytes}.followed_by(candidate.label + 1);
    beam.word = unit.bytes;
    beam.n_bytes = unit.n;
  } else if (candidate.arc) {
    beam.word = candidate.arc->ends_word() ? 0 : source.word + candidate.arc->words_before;
  } else {
    beam.word = completes ? 0 : Family::child_key(source.word, candidate.label);
  }
  return beam;
}

WordScores::Context BeamSearch::complete(uint32_t slot, Label label, const Dictionary::Arc* arc) {
  Beam& beam = beams_[slot];
  if (bytes_mode_) {
    const CodePoint unit = CodePoint{static_cast<uint32_t>(beam.word), beam.n_bytes}.followed_by(label + 1);
    if (!unit.is_complete()) return kNone;
    return words_->after(beam.context, unit.bytes, WordScores::kNoIndex, [&unit] {
      std::string text;
      for (int i = unit.n - 1; i >= 0; --i) text.push_back(static_cast<char>(unit.bytes >> (8 * i)));
      return text;
    });
  }
  if (beam.extended == kNone) {
    const bool has_index = arc && arc->ends_word();
    const uint32_t index = has_index ? static_cast<uint32_t>(beam.word) + arc->words_before : WordScores::kNoIndex;
    const uint64_t key = has_index ? index : arc ? family_.key(slot) : beam.word;
    beam.extended = words_->after(beam.context, key, index, [this, &beam] { return spelling(beam); });
  }
  return beam.extended;
}

// Forgets prefixes, times and contexts that no living beam refers to, so that an endless stream needs no more memory.
void BeamSearch::collect_garbage() {
  std::vector<uint32_t*> tokens, times, contexts;
  for (Beam& beam : beams_) {
    tokens.push_back(&beam.tokens);
    times.push_back(&beam.times);
    contexts.push_back(&beam.context);
    if (beam.extended != kNone) contexts.push_back(&beam.extended);
  }
  tokens_.compact(tokens);
  times_.compact(times);
  if (words_) words_->compact(contexts);
  garbage_limit_ = std::max(history_, 2 * n_remembered());
}

}  // namespace ctcdecode
