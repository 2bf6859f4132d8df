// An n-gram language model, read by KenLM: all its binary types and ARPA text.
//
//   auto model = LanguageModel::load("lm.binary");
//   LanguageModel::State before = model->start_of_sentence(), after;
//   float log10_p = model->score(before, model->id("hello"), &after);
//
// Read-only after loading: any number of threads may use one model.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace ctcdecode {

class LanguageModel {
 public:
  using WordId = uint32_t;
  static constexpr WordId kUnknown = 0;
  static constexpr int kMaxOrder = 6;
  static constexpr float kLeastLog10 = -10000.0f;  // far below any true score; for NaN, too
  // To natural logarithms: the published decoder divides log10 probabilities by this single-precision log10(e).
  static constexpr double kLog10E = 0.43429449200630188;
  // Natural log; of every word with an unknown one among the last `order`.
  static constexpr double kUnknownWord = -1000.0;

  // The words a score depends on; opaque, cheap to copy.
  struct State {
    alignas(8) unsigned char bytes[48];
  };

  virtual ~LanguageModel() = default;

  // Throws FormatError. `end_of_model`, if given, receives the offset behind the model's tables (0 for ARPA text).
  // The file must not change while the model lives.
  static std::unique_ptr<LanguageModel> load(const std::string& path, uint64_t* end_of_model = nullptr);

  // Calls `visit` with every word of a model that stores them: ARPA text or a binary with strings. Throws FormatError
  // if the model does not. Includes <unk>, <s> and </s>.
  static void each_word(const std::string& path, const std::function<void(std::string_view)>& visit);

  virtual int order() const = 0;
  virtual WordId id(std::string_view word) const = 0;  // kUnknown if it is not in the vocabulary
  virtual State start_of_sentence() const = 0;
  virtual State empty_context() const = 0;
  virtual WordId end_of_sentence() const = 0;

  // log10 P(word | before), in [kLeastLog10, 0] whatever the file says. `after` may not be `&before`.
  virtual float score(const State& before, WordId word, State* after) const = 0;
};

// Natural log P(last of `words` | those before it), kUnknownWord if one of them is unknown, 0 if there are none. `bos`:
// they begin a sentence; `eos`: the end of the sentence is asked for instead of the last word.
double log_probability(const LanguageModel& model, const std::vector<std::string>& words, bool bos, bool eos);

}  // namespace ctcdecode
