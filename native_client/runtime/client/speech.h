// The library as classes that free what they hold and throw SpeechError where a function fails.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "arguments.h"
#include "deepspeech.h"
#include "deepspeech_more.h"

namespace deepspeech::client {

struct Free {
  void operator()(ModelState* model) const { DS_FreeModel(model); }
  void operator()(StreamingState* stream) const { DS_FreeStream(stream); }
  void operator()(Metadata* metadata) const { DS_FreeMetadata(metadata); }
};
using Result = std::unique_ptr<Metadata, Free>;

class Model {
 public:
  // The model and the number of its threads and the format of its weights, as `arguments` say.
  explicit Model(const Arguments& arguments);

  uint32_t rate_hz() const;
  void set_beam_width(unsigned beam_width);
  // The scorer package, or the files of an early release, with the weights that are given.
  void use_scorer(const Arguments& arguments);
  void add_hot_word(const std::string& word, float boost);

  ModelState* handle() const { return handle_.get(); }

 private:
  std::unique_ptr<ModelState, Free> handle_;
};

// A recording that comes in pieces.
class Stream {
 public:
  explicit Stream(const Model& model);

  void feed(const std::vector<int16_t>& samples);
  std::string text_so_far() const;
  Result finish(unsigned n_transcripts);  // nothing else can be called afterwards

 private:
  std::unique_ptr<StreamingState, Free> handle_;
};

std::string version();

}  // namespace deepspeech::client
