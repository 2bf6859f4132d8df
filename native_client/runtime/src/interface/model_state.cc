#include "interface/model_state.h"

#include <mutex>
#include <utility>

#include "errors.h"
#include "interface/metadata.h"
#include "interface/model_alphabet.h"
#include "model/model_error.h"
#include "model/model_file.h"

using ctcdecode::BeamSearch;
using ctcdecode::Scorer;
using deepspeech::ModelError;

namespace {

using Guard = std::lock_guard<ctcdecode::ProcessLock>;

// A network that takes whole utterances has no features of single windows.
std::shared_ptr<const deepspeech::Hearing> open(const std::string& path, deepspeech::WeightFormat format,
                                                size_t n_threads) {
  std::shared_ptr<const deepspeech::AcousticModel> model = deepspeech::read_model(path);
  const deepspeech::FeatureSpec spec = model->features;
  const bool takes_windows = model->n_steps > 0;
  return std::shared_ptr<const deepspeech::Hearing>(
      new deepspeech::Hearing{deepspeech::Network(std::move(model), format, deepspeech::Kernels::best(), n_threads),
                              takes_windows ? deepspeech::WindowFeatures::make(spec) : nullptr});
}

float step_s_of(const deepspeech::FeatureSpec& spec) {
  return static_cast<float>(1.0 * spec.step_samples / spec.rate_hz);
}

std::string sentence(const std::string& text) {
  return !text.empty() && (text.back() == '.' || text.back() == '?') ? text : text + ".";
}

// Runs `action`; whatever a decoder finds wrong becomes a ModelError, with `code` unless it has one of its own.
template <typename Action>
auto with_code(int code, Action action) {
  try {
    return action();
  } catch (const ctcdecode::FormatError& error) {
    throw ModelError(error.kind(), sentence(error.what()));
  } catch (const std::invalid_argument& error) {
    throw ModelError(code, sentence(error.what()));
  }
}

}  // namespace

ModelState::ModelState(const std::string& path, const std::string& alphabet_path, deepspeech::WeightFormat format,
                       size_t n_threads)
    : hearing_(open(path, format, n_threads)) {
  const deepspeech::AcousticModel& model = hearing_->network.model();
  try {
    alphabet_ = deepspeech::alphabet_of(model, alphabet_path);
  } catch (const ModelError& error) {
    const std::string detail = error.what();
    throw ModelError(error.code(), detail.find(path) == std::string::npos ? path + ": " + detail : detail);
  }
  settings_.options.beam_width = model.beam_width;
}

unsigned ModelState::beam_width() const {
  const Guard guard(lock_);
  return settings_.options.beam_width;
}

void ModelState::set_beam_width(unsigned beam_width) {
  const Guard guard(lock_);
  ctcdecode::DecoderOptions options = settings_.options;
  options.beam_width = beam_width;
  with_code(DS_ERR_FAIL_CREATE_STREAM, [&] { options.check(); });
  settings_.options = std::move(options);
}

void ModelState::use_scorer(const std::string& path) {
  use(with_code(DS_ERR_INVALID_SCORER, [&] { return Scorer::load(path, *alphabet_); }));
}

void ModelState::use_scorer_files(const std::string& lm_path, const std::string& trie_path) {
  use(with_code(DS_ERR_INVALID_SCORER, [&] { return Scorer::load_trio(lm_path, trie_path, *alphabet_); }));
}

// With the weights stored in it.
void ModelState::use(std::shared_ptr<const Scorer> scorer) {
  with_code(DS_ERR_INVALID_SCORER, [&] { BeamSearch(alphabet_, scorer, {}); });  // throws if they do not fit
  const Guard guard(lock_);
  settings_.scorer = std::move(scorer);
  settings_.options.alpha.reset();
  settings_.options.beta.reset();
}

void ModelState::drop_scorer() {
  const Guard guard(lock_);
  need_scorer();
  settings_.scorer.reset();
}

void ModelState::set_weights(const double* alpha, const double* beta) {
  const Guard guard(lock_);
  need_scorer();
  ctcdecode::DecoderOptions options = settings_.options;
  options.alpha = alpha ? std::optional<double>(*alpha) : std::nullopt;
  options.beta = beta ? std::optional<double>(*beta) : std::nullopt;
  with_code(DS_ERR_INVALID_SCORER, [&] { options.check(); });
  settings_.options = std::move(options);
}

void ModelState::add_hot_word(const std::string& word, float boost) {
  const Guard guard(lock_);
  need_scorer();
  const auto known = settings_.options.hot_words.find(word);
  if (known != settings_.options.hot_words.end()) {
    throw ModelError(DS_ERR_FAIL_INSERT_HOTWORD,
                     "'" + word + "' has the boost " + deepspeech::shown(known->second) + "; erase it first.");
  }
  ctcdecode::DecoderOptions options = settings_.options;
  options.hot_words[word] = boost;
  with_code(DS_ERR_FAIL_INSERT_HOTWORD,
            [&] { BeamSearch(alphabet_, nullptr, options); });  // throws if it cannot be heard
  settings_.options = std::move(options);
}

void ModelState::erase_hot_word(const std::string& word) {
  const Guard guard(lock_);
  need_scorer();
  if (settings_.options.hot_words.erase(word)) return;
  throw ModelError(DS_ERR_FAIL_ERASE_HOTWORD, "'" + word + "' is not among the hot words.");
}

void ModelState::clear_hot_words() {
  const Guard guard(lock_);
  need_scorer();
  settings_.options.hot_words.clear();
}

void ModelState::need_scorer() const {
  if (settings_.scorer) return;
  throw ModelError(DS_ERR_SCORER_NOT_ENABLED, "weights and hot words are a matter of the scorer; enable one first.");
}

ModelState::Settings ModelState::settings() const {
  const Guard guard(lock_);
  Settings now = settings_;
  if (!now.scorer) {  // hot words are kept for the next scorer
    now.options = {};
    now.options.beam_width = settings_.options.beam_width;
  }
  return now;
}

std::unique_ptr<StreamingState> ModelState::stream() const {
  const Settings now = settings();
  return with_code(DS_ERR_FAIL_CREATE_STREAM,
                   [&] { return std::make_unique<StreamingState>(hearing_, alphabet_, now.scorer, now.options); });
}

StreamingState::StreamingState(std::shared_ptr<const deepspeech::Hearing> hearing,
                               std::shared_ptr<const ctcdecode::Alphabet> alphabet,
                               std::shared_ptr<const ctcdecode::Scorer> scorer,
                               const ctcdecode::DecoderOptions& options)
    : alphabet_(alphabet),
      step_s_(step_s_of(hearing->network.model().features)),
      listener_(std::move(hearing)),
      search_(std::move(alphabet), std::move(scorer), options) {}

// After a failure what was heard is in pieces, so nothing more comes of the stream.
template <typename Action>
void StreamingState::hear(Action action) {
  const Guard guard(lock_);
  check_sound();
  has_failed_ = true;
  with_code(DS_ERR_FAIL_RUN_SESS, action);
  has_failed_ = false;
}

void StreamingState::check_sound() const {
  if (!has_failed_) return;
  throw ModelError(DS_ERR_FAIL_RUN_SESS,
                   "an earlier call of this stream failed, so what it heard is lost; make another stream.");
}

void StreamingState::feed(const short* samples, size_t n_samples) {
  hear([&] {
    listener_.feed(samples, n_samples, [&](const float* probabilities, size_t n) { search_.next(probabilities, n); });
  });
}

void StreamingState::finish() {
  hear([&] { listener_.finish([&](const float* probabilities, size_t n) { search_.next(probabilities, n); }); });
}

Metadata* StreamingState::metadata(size_t n) const {
  const Guard guard(lock_);
  check_sound();
  return deepspeech::make_metadata(n ? search_.results(n) : std::vector<ctcdecode::Hypothesis>{}, *alphabet_, step_s_);
}

std::string StreamingState::text() const {
  const Guard guard(lock_);
  check_sound();
  const std::vector<ctcdecode::Hypothesis> best = search_.results(1);
  std::string text;
  if (!best.empty()) {
    for (const ctcdecode::Label label : best.front().tokens) text += alphabet_->labels()[label];
  }
  return text;
}
