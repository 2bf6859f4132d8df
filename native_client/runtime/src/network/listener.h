// From audio that comes in pieces to probabilities (or logits), with the buffers of the published client.
//
//   Listener listener(network);
//   listener.feed(samples, n_samples, sink);   // as often as there are some
//   listener.finish(sink);
//
// Samples are kept until there is a window of them, frames until there is a window of those, windows until a call of the
// network is full. An utterance begins and ends with frames of zeros; its last window of samples is padded with zeros, even
// if it has none. Networks of releases before 0.5 take whole utterances, so all samples are kept.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "features/window_features.h"
#include "network/network.h"

namespace deepspeech {

// A network and what computes its frames.
struct Hearing {
  Network network;
  std::unique_ptr<const WindowFeatures> features;  // null for networks that take whole utterances

  bool takes_whole_utterances() const { return network.model().n_steps == 0; }
};

class Listener {
 public:
  explicit Listener(std::shared_ptr<const Hearing> hearing, Output output = Output::kProbabilities);

  // `samples`: 16-bit, at the model's rate. `sink` gets the output for frames as calls of the network become full. Throws
  // what Network::run throws.
  void feed(const int16_t* samples, size_t n_samples, const Network::Sink& sink);
  // The remaining ones; none if there was no sample.
  void finish(const Network::Sink& sink);

 private:
  void take(const int16_t* samples, size_t n_samples);
  void run(size_t n_windows, const Network::Sink& sink);
  size_t n_windows() const;

  const std::shared_ptr<const Hearing> hearing_;
  const Output output_;
  std::vector<int16_t> utterance_;       // all samples, of a network that takes whole utterances
  std::vector<float> samples_, frames_;  // those that are still needed
  Network::State state_;
  bool is_fed_ = false;
};

// The frames of an utterance of at least one sample without their context, [n, n_features].
std::vector<float> frames_of(const Hearing& hearing, const int16_t* samples, size_t n_samples);

}  // namespace deepspeech
