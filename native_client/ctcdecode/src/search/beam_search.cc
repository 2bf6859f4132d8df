#include "beam_search.h"

#include <algorithm>
#include <limits>
#include <stdexcept>

namespace ctcdecode {
namespace {

constexpr double kSilence = 0.999;  // up to the first frame whose blank is less probable, frames cost nothing

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
      reason = "it is empty; leave it out";
    } else if (alphabet.is_bytes() && split_code_points(word).size() != 1) {
      reason = "the scorer counts single characters; give each of its characters a boost";
    } else if (!alphabet.is_bytes() && word.find(' ') != std::string::npos) {
      reason = "there is a blank in it; give each of its words a boost";
    } else if (!alphabet.can_encode(word)) {
      reason = "a letter of it is not in the alphabet; spell it as transcripts are spelt";
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
      max_word_gain_(0.0f),
      probabilities_(n_classes_),
      frame_(n_classes_, options_),
      prefixes_(n_classes_),  // the class behind the blank, whose log probability is kNever
      history_(history),
      garbage_limit_(history) {
  check_hot_words(options_, *alphabet_);
  if (scorer_) {
    lm_.emplace(*scorer_, options_, *alphabet_);
    max_word_gain_ = lm_->max_word_gain();
    looks_ahead_ = lm_->looks_ahead();
  }
  // One beam, the empty prefix, of probability 1.
  beams_.resize(1);
  beams_.now.nonblank[0] = kNever;
  beams_.continuations[0] = dictionary_ ? dictionary_->filter(Dictionary::kStart) : ~uint64_t{0};
  beams_.first_arc[0] = dictionary_ ? dictionary_->begin(Dictionary::kStart) : nullptr;
  beams_.record[0].with_word = kNone;
}

void BeamSearch::next(const double* frames, size_t n_frames) { check_and_step(frames, n_frames); }
void BeamSearch::next(const float* frames, size_t n_frames) { check_and_step(frames, n_frames); }

template <typename T>
void BeamSearch::check_and_step(const T* frames, size_t n_frames) {
  for (size_t i = 0; i < n_frames * n_classes_; ++i) {
    if (frames[i] >= 0 && frames[i] <= std::numeric_limits<T>::max()) continue;
    throw std::invalid_argument("the probability in frame " + std::to_string(i / n_classes_) + ", class " +
                                std::to_string(i % n_classes_) + " is " + std::to_string(frames[i]) +
                                "; the values of a softmax are needed");
  }
  for (size_t frame = 0; frame < n_frames; ++frame, ++time_) {
    std::copy(frames + frame * n_classes_, frames + (frame + 1) * n_classes_, probabilities_.begin());
    if (probabilities_.back() < kSilence) speech_has_begun_ = true;
    if (speech_has_begun_) step();
  }
}

// One frame. Invariants between two steps: slot i of all arrays of beams_ and of prefixes_ is the same beam; no prefix is
// in two slots; there is at least one beam and at most width_; beams_.now has the scores after the frames so far, and its
// range.
void BeamSearch::step() {
  // 1. Load the frame. frame_ has its log probabilities; labels that are cut off have kNever.
  frame_.load(probabilities_.data());
  const float bound = path_bound();

  // 2. Score the existing beams: beams_.next is what they are worth if they stay. beams_.now stays as it was, since what
  //    extends a beam starts from there.
  score_existing(bound);

  // 3. Extend. candidates_ has prefixes that do not live yet, each once. One that is missing would not be among the best
  //    width_ of beams and candidates. Beams are unchanged, but for words that were looked up (with_word).
  extend(bound);

  // 4. Select. dropped_ and candidates_ say which beams go and which candidates come: the best width_ of both stay.
  //    Beams are unchanged.
  select();

  // 5. Commit: the next frame's beams become the present ones. Where cut-offs left no label that any beam can take, the
  //    frame counts as a blank for all.
  if (dropped_.size() == beams_.size() && candidates_.empty()) {
    emit_blank();
  } else {
    commit();
  }
  if (n_remembered() > garbage_limit_) collect_garbage();
}

void BeamSearch::score_existing(float path_bound) {
  beams_.begin_frame();
  const PathScores& now = beams_.now;
  PathScores& next = beams_.next;
  const size_t size = beams_.size();
  const PrefixPaths before{now.blank.data(),   now.nonblank.data(), now.score.data(),
                           prefixes_.labels(), prefixes_.parents(), size};
  const FramePaths paths{beams_.repeat.data(), beams_.extend.data(), next.blank.data()};
  advance_paths(before, frame_.log_p(), frame_.log_p_blank(), path_bound, paths);
  if (lm_) {  // what is kNever stays below kDead
    const float *const gain = beams_.gain.data(), *const bonus = beams_.bonus.data();
    // First gain, then bonus, to round as the published decoder does.
    for (size_t slot = 0; slot < size; ++slot) paths.extend[slot] = (paths.extend[slot] + gain[slot]) + bonus[slot];
  }
  next.range = sum_paths(paths, next.nonblank.data(), next.score.data(), size);
}

// Forgets prefixes, times and contexts that no living beam refers to, so that an endless stream needs no more memory.
void BeamSearch::collect_garbage() {
  std::vector<uint32_t*> tokens, times, contexts;
  for (BeamRecord& beam : beams_.record) {
    tokens.push_back(&beam.tokens);
    times.push_back(&beam.times);
    contexts.push_back(&beam.context);
    if (beam.with_word != kNone) contexts.push_back(&beam.with_word);
  }
  tokens_.compact(tokens);
  times_.compact(times);
  if (lm_) lm_->compact(contexts);
  garbage_limit_ = std::max(history_, 2 * n_remembered());
}

}  // namespace ctcdecode
