#include "network/listener.h"

#include <algorithm>

namespace deepspeech {
namespace {

constexpr float kScale = 1.0f / 32768;      // of 16-bit samples
constexpr size_t kBlockSamples = 1u << 18;  // taken at a time; bounds the memory for frames of long audio

// Appends the frames of all complete windows in `samples`, and drops the samples that no later window needs.
void append_frames(const Hearing& hearing, std::vector<float>& samples, std::vector<float>& frames) {
  const FeatureSpec& spec = hearing.network.model().features;
  if (samples.size() < spec.window_samples) return;
  const size_t n = (samples.size() - spec.window_samples) / spec.step_samples + 1;
  const size_t n_before = frames.size();
  frames.resize(n_before + n * spec.n_features);
  hearing.features->compute(samples.data(), n, frames.data() + n_before);
  samples.erase(samples.begin(), samples.begin() + std::min(samples.size(), n * size_t{spec.step_samples}));
}

void append_scaled(const int16_t* samples, size_t n, std::vector<float>& scaled) {
  scaled.reserve(scaled.size() + n);
  for (size_t i = 0; i < n; ++i) scaled.push_back(samples[i] * kScale);
}

}  // namespace

Listener::Listener(std::shared_ptr<const Hearing> hearing, Output output)
    : hearing_(std::move(hearing)), output_(output) {
  if (hearing_->takes_whole_utterances()) return;
  const AcousticModel& model = hearing_->network.model();
  frames_.resize(size_t{model.n_context} * model.features.n_features);
  state_ = hearing_->network.zero_state();
}

void Listener::feed(const int16_t* samples, size_t n_samples, const Network::Sink& sink) {
  is_fed_ = is_fed_ || n_samples > 0;
  if (hearing_->takes_whole_utterances()) {
    utterance_.insert(utterance_.end(), samples, samples + n_samples);
    return;
  }
  const size_t n_steps = hearing_->network.model().n_steps;
  for (size_t begin = 0; begin < n_samples; begin += kBlockSamples) {
    take(samples + begin, std::min(kBlockSamples, n_samples - begin));
    run(n_windows() / n_steps * n_steps, sink);
  }
}

void Listener::finish(const Network::Sink& sink) {
  if (!is_fed_) return;
  const AcousticModel& model = hearing_->network.model();
  if (hearing_->takes_whole_utterances()) {
    const std::vector<float> frames =
        legacy_features(model.features, utterance_.data(), utterance_.size(), model.n_context);
    utterance_ = {};
    const size_t n_frames = frames.size() / model.features.n_features;
    return hearing_->network.run_whole(frames.data(), n_frames - 2 * model.n_context, sink, output_);
  }
  samples_.resize(model.features.window_samples);
  append_frames(*hearing_, samples_, frames_);
  frames_.resize(frames_.size() + size_t{model.n_context} * model.features.n_features);
  run(n_windows(), sink);
}

void Listener::take(const int16_t* samples, size_t n_samples) {
  append_scaled(samples, n_samples, samples_);
  append_frames(*hearing_, samples_, frames_);
}

size_t Listener::n_windows() const {
  const AcousticModel& model = hearing_->network.model();
  const size_t n_frames = frames_.size() / model.features.n_features, n_around = 2 * size_t{model.n_context};
  return n_frames > n_around ? n_frames - n_around : 0;
}

void Listener::run(size_t n_windows, const Network::Sink& sink) {
  const size_t n_features = hearing_->network.model().features.n_features, most = hearing_->network.most_windows();
  for (size_t begin = 0; begin < n_windows; begin += most) {
    hearing_->network.run(&frames_[begin * n_features], std::min(most, n_windows - begin), state_, sink, output_);
  }
  frames_.erase(frames_.begin(), frames_.begin() + n_windows * n_features);
}

std::vector<float> frames_of(const Hearing& hearing, const int16_t* samples, size_t n_samples) {
  const AcousticModel& model = hearing.network.model();
  const FeatureSpec& spec = model.features;
  if (hearing.takes_whole_utterances()) {
    std::vector<float> frames = legacy_features(spec, samples, n_samples, model.n_context);
    const size_t n_around = size_t{model.n_context} * spec.n_features;
    return std::vector<float>(frames.begin() + n_around, frames.end() - n_around);
  }
  std::vector<float> scaled, frames;
  append_scaled(samples, n_samples, scaled);
  append_frames(hearing, scaled, frames);
  scaled.resize(spec.window_samples);
  append_frames(hearing, scaled, frames);
  return frames;
}

}  // namespace deepspeech
