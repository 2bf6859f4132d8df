#include "ctc/ctc.h"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <limits>
#include <vector>

#include "kernels/aligned_array.h"
#include "threads/team.h"

namespace deepspeech {
namespace {

constexpr int32_t kNoLabel = -1;

struct Transcript {
  std::vector<int32_t> labels, kinds, firsts;  // see Utterance
  size_t n_needed = 0;  // frames: one for each label, one for the blank between two that are alike

  // kind_of: of each class, all kNoLabel; left so.
  Transcript(const int32_t* begin, size_t size, std::vector<int32_t>& kind_of) {
    for (const int32_t* label = begin; label != begin + size; ++label) {
      if (*label < 0) continue;
      n_needed += !labels.empty() && labels.back() == *label ? 2 : 1;
      int32_t& kind = kind_of[*label];
      if (kind == kNoLabel) {
        kind = static_cast<int32_t>(firsts.size());
        firsts.push_back(static_cast<int32_t>(labels.size()));
      }
      labels.push_back(*label);
      kinds.push_back(kind);
    }
    for (int32_t label : labels) kind_of[label] = kNoLabel;
  }
};

const char* check(const DSL_Ctc& of) {
  if (of.n_threads < 1) return "A loss needs at least one thread.";
  if (of.n_classes < 1) return "A loss needs at least one class, the blank.";
  for (size_t i = 0; i < of.n_batch; ++i) {
    if (of.lengths[i] < 0 || static_cast<size_t>(of.lengths[i]) > of.n_time) {
      return "A length is below 0 or above the number of frames.";
    }
  }
  for (size_t i = 0; i < of.n_batch * of.n_labels; ++i) {
    if (of.labels[i] >= 0 && static_cast<size_t>(of.labels[i]) >= of.n_classes - 1) {
      return "A label is none of the classes before the blank.";
    }
  }
  return nullptr;
}

Utterance utterance_of(const DSL_Ctc& of, size_t number, const Transcript& transcript) {
  Utterance utterance;
  utterance.n_frames = static_cast<size_t>(of.lengths[number]);
  utterance.n_labels = transcript.labels.size();
  utterance.n_classes = of.n_classes;
  utterance.logits = of.logits + number * of.n_classes;
  utterance.gradients = of.gradients == nullptr ? nullptr : of.gradients + number * of.n_classes;
  utterance.stride = of.n_batch * of.n_classes;
  utterance.has_path = transcript.n_needed <= utterance.n_frames;
  utterance.labels = transcript.labels.data();
  utterance.kinds = transcript.kinds.data();
  utterance.firsts = transcript.firsts.data();
  utterance.n_kinds = transcript.firsts.size();
  return utterance;
}

float loss_of(const Likelihood& likelihood) {
  const double loss = -(std::log(likelihood.m) + likelihood.e * std::log(2.0));
  return static_cast<float>(loss <= 0.0 ? 0.0 : loss);  // a sum that was rounded may be above 1
}

// Gradients of NaN for what has no likelihood, of 0 behind the last frame.
void fill_gradients(const Utterance& of, size_t n_time, bool is_number) {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  for (size_t frame = is_number ? of.n_frames : 0; frame < n_time; ++frame) {
    std::fill_n(of.gradients + frame * of.stride, of.n_classes, frame < of.n_frames ? nan : 0.0f);
  }
}

}  // namespace

const char* run_ctc(const PathFunctions& functions, const DSL_Ctc& of) {
  if (const char* fault = check(of)) return fault;
  const bool keeps_gradients = of.gradients != nullptr;
  std::vector<int32_t> kind_of(of.n_classes, kNoLabel);
  std::vector<Transcript> transcripts;
  size_t size = 0;
  for (size_t i = 0; i < of.n_batch; ++i) {
    transcripts.emplace_back(of.labels + i * of.n_labels, of.n_labels, kind_of);
    const size_t n_frames = static_cast<size_t>(of.lengths[i]), n_labels = transcripts[i].labels.size();
    size = std::max(size, functions.scratch_size(n_frames, n_labels, of.n_classes, keeps_gradients));
  }
  Team team(std::min(std::max(of.n_batch, size_t{1}), static_cast<size_t>(of.n_threads)));
  std::vector<AlignedArray<double>> scratch;
  for (size_t member = 0; member < team.n_members(); ++member) scratch.emplace_back(size);
  std::atomic<size_t> next{0};
  team.run([&](size_t member) {
    for (size_t i = next++; i < of.n_batch; i = next++) {
      const Utterance utterance = utterance_of(of, i, transcripts[i]);
      const Likelihood likelihood = functions.run(utterance, scratch[member].data());
      of.losses[i] = loss_of(likelihood);
      if (keeps_gradients) fill_gradients(utterance, of.n_time, likelihood.m == likelihood.m);
    }
  });
  return nullptr;
}

}  // namespace deepspeech
