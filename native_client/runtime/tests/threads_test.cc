// Streams of several threads on one model, while other threads open and free models and change the model's settings.
// Most is proven where it is built with ThreadSanitizer (-DNATIVE_SANITIZE=thread).
#include <algorithm>
#include <atomic>
#include <fstream>
#include <iterator>
#include <string>
#include <thread>
#include <vector>

#include "check.h"
#include "deepspeech_more.h"

namespace {

constexpr size_t kWavHeadBytes = 44, kPiece = 1600;
constexpr int kListeners = 3, kRounds = 3;

const std::string kModel = TESTS_DIRECTORY "golden/ds093-plain/output_graph.pb";
const std::string kScorer = TESTS_DIRECTORY "golden/train.scorer";

std::vector<short> recording() {
  std::ifstream file(TESTS_DIRECTORY "clips/number-not-answering.wav", std::ios::binary);
  const std::string bytes((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  std::vector<short> samples;
  for (size_t i = kWavHeadBytes; i + 1 < bytes.size(); i += 2) {
    samples.push_back(static_cast<short>(static_cast<unsigned char>(bytes[i]) | bytes[i + 1] * 256));
  }
  return samples;
}

ModelState* opened(const char* weights) {
  ModelState* model = nullptr;
  DSX_ModelOptions options{sizeof(DSX_ModelOptions), 2, nullptr, weights};
  CHECK(DSX_OpenModel(kModel.c_str(), &options, &model) == DS_ERR_OK);
  return model;
}

struct Heard {
  std::string text;
  double confidence = 0.0;
  bool operator==(const Heard& other) const { return text == other.text && confidence == other.confidence; }
};

Heard heard_by(StreamingState* stream, const std::vector<short>& samples) {
  for (size_t i = 0; i < samples.size(); i += kPiece) {
    const size_t n = std::min(kPiece, samples.size() - i);
    CHECK(DSX_Feed(stream, samples.data() + i, static_cast<unsigned>(n)) == DS_ERR_OK);
    if (i % (8 * kPiece) == 0) DS_FreeString(DS_IntermediateDecode(stream));
  }
  Heard heard;
  Metadata* const metadata = DS_FinishStreamWithMetadata(stream, 1);
  CHECK(metadata != nullptr && metadata->num_transcripts == 1);
  if (metadata == nullptr) return heard;
  const CandidateTranscript& best = metadata->transcripts[0];
  for (unsigned i = 0; i < best.num_tokens; ++i) heard.text += best.tokens[i].text;
  heard.confidence = best.confidence;
  DS_FreeMetadata(metadata);
  return heard;
}

Heard heard_by(ModelState* model, const std::vector<short>& samples) {
  StreamingState* stream = nullptr;
  CHECK(DS_CreateStream(model, &stream) == DS_ERR_OK);
  return heard_by(stream, samples);
}

// Streams of a model whose settings stay: every thread hears what one alone hears.
void listen_together(const std::vector<short>& samples, bool has_scorer) {
  ModelState* const model = opened("bf16");
  if (has_scorer) CHECK(DS_EnableExternalScorer(model, kScorer.c_str()) == DS_ERR_OK);
  const Heard expected = heard_by(model, samples);
  CHECK(has_scorer || !expected.text.empty());  // the model is hardly trained: a scorer finds no words
  std::vector<Heard> heard(kListeners * kRounds);
  std::vector<std::thread> threads;
  for (int i = 0; i < kListeners; ++i) {
    threads.emplace_back([&, i] {
      for (int round = 0; round < kRounds; ++round) heard[i * kRounds + round] = heard_by(model, samples);
    });
  }
  threads.emplace_back([&] {  // models come and go meanwhile, of all number formats
    for (const char* weights : {"float32", "bf16", "int8", "float32"}) {
      ModelState* const other = opened(weights);
      DS_FreeString(DS_SpeechToText(other, samples.data(), static_cast<unsigned>(samples.size())));
      DS_FreeModel(other);
    }
  });
  for (std::thread& thread : threads) thread.join();
  for (const Heard& one : heard) CHECK(one == expected);
  DS_FreeModel(model);
}

// Settings change while streams are created and listen; a stream keeps those of its beginning, and outlives its model.
void change_settings_meanwhile(const std::vector<short>& samples) {
  ModelState* model = opened("int8");
  CHECK(DS_EnableExternalScorer(model, kScorer.c_str()) == DS_ERR_OK);
  const Heard expected = heard_by(model, samples);
  StreamingState* kept = nullptr;
  CHECK(DS_CreateStream(model, &kept) == DS_ERR_OK);
  std::atomic<bool> is_done{false};
  std::thread changer([&] {
    for (unsigned i = 0; !is_done; ++i) {
      CHECK(DS_SetModelBeamWidth(model, 50 + i % 100) == DS_ERR_OK);
      CHECK(DS_AddHotWord(model, "not", 2.0f) == DS_ERR_OK);
      CHECK(DS_SetScorerAlphaBeta(model, 0.5f, 1.0f) == DS_ERR_OK);
      CHECK(DS_ClearHotWords(model) == DS_ERR_OK);
      if (i % 4 == 0) CHECK(DS_EnableExternalScorer(model, kScorer.c_str()) == DS_ERR_OK);
    }
  });
  std::vector<std::thread> listeners;
  for (int i = 0; i < kListeners; ++i) listeners.emplace_back([&] { heard_by(model, samples); });
  for (std::thread& listener : listeners) listener.join();
  is_done = true;
  changer.join();
  DS_FreeModel(model);
  CHECK(heard_by(kept, samples) == expected);
}

}  // namespace

int main() {
  const std::vector<short> samples = recording();
  CHECK(!samples.empty());
  listen_together(samples, false);
  listen_together(samples, true);
  change_settings_meanwhile(samples);
  return check::result();
}
