// What the C interface hands out: a model with its settings, and streams.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "beam_search.h"
#include "deepspeech_more.h"
#include "network/listener.h"
#include "process_lock.h"

// A model, and how streams decode that are created from now on. Any number of threads may use it.
struct ModelState {
 public:
  // `alphabet_path` may be empty. Throws deepspeech::ModelError.
  ModelState(const std::string& path, const std::string& alphabet_path, deepspeech::WeightFormat format,
             size_t n_threads);

  const deepspeech::Hearing& hearing() const { return *hearing_; }
  std::shared_ptr<const deepspeech::Hearing> shared_hearing() const { return hearing_; }
  const ctcdecode::Alphabet& alphabet() const { return *alphabet_; }

  unsigned beam_width() const;
  // These throw ModelError.
  void set_beam_width(unsigned beam_width);
  void use_scorer(const std::string& path);
  void use_scorer_files(const std::string& lm_path, const std::string& trie_path);
  void drop_scorer();
  void set_weights(const double* alpha, const double* beta);
  void add_hot_word(const std::string& word, float boost);
  void erase_hot_word(const std::string& word);
  void clear_hot_words();

  std::unique_ptr<StreamingState> stream() const;

 private:
  // The settings of a stream that is created now.
  struct Settings {
    std::shared_ptr<const ctcdecode::Scorer> scorer;
    ctcdecode::DecoderOptions options;
  };

  Settings settings() const;
  void use(std::shared_ptr<const ctcdecode::Scorer> scorer);
  void need_scorer() const;

  std::shared_ptr<const deepspeech::Hearing> hearing_;
  std::shared_ptr<const ctcdecode::Alphabet> alphabet_;
  mutable ctcdecode::ProcessLock lock_;  // of the settings
  Settings settings_;
};

// One utterance that comes in pieces; used by one thread at a time, whichever it is.
struct StreamingState {
 public:
  StreamingState(std::shared_ptr<const deepspeech::Hearing> hearing,
                 std::shared_ptr<const ctcdecode::Alphabet> alphabet, std::shared_ptr<const ctcdecode::Scorer> scorer,
                 const ctcdecode::DecoderOptions& options);

  // These throw ModelError(DS_ERR_FAIL_RUN_SESS), and so does everything once one of them has thrown anything.
  void feed(const short* samples, size_t n_samples);
  void finish();
  // At most `n` hypotheses, best first; to be freed with deepspeech::free_metadata.
  Metadata* metadata(size_t n) const;
  // The best hypothesis so far.
  std::string text() const;

 private:
  template <typename Action>
  void hear(Action action);
  void check_sound() const;

  const std::shared_ptr<const ctcdecode::Alphabet> alphabet_;
  const float step_s_;
  mutable ctcdecode::ProcessLock lock_;
  bool has_failed_ = false;
  deepspeech::Listener listener_;
  ctcdecode::BeamSearch search_;
};
