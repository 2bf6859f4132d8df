#include "look_ahead.h"

#include <algorithm>
#include <cstdint>
#include <stdexcept>
#include <string>

namespace ctcdecode {
namespace {

// Enough for millions of words; a damaged or hostile file of a few bytes can spell more than anyone can wait for.
constexpr uint64_t kMostLetters = uint64_t{1} << 27;

constexpr float kNoWord = -1000.0f;  // as for unknown words

// One state on the path of the depth-first walk through the dictionary.
struct Step {
  const Dictionary::Arc* taken;  // the arc that is being followed
  const Dictionary::Arc* next;   // the first of those that are left
  const Dictionary::Arc* end;
  uint32_t n_words;  // from the state of these arcs on
  size_t text_size;  // letters before them
};

[[noreturn]] void refuse(const std::string& reason) {
  throw std::invalid_argument("look_ahead cannot be used with this scorer: " + reason);
}

}  // namespace

std::vector<float> best_words_of_arcs(const LanguageModel& model, const Dictionary& dictionary,
                                      const Alphabet& alphabet) {
  if (dictionary.max_label() >= alphabet.size()) {
    refuse("a word has label " + std::to_string(dictionary.max_label()) + ", the alphabet has labels 0 to " +
           std::to_string(alphabet.size() - 1));
  }
  const Dictionary::Arc* const first = dictionary.begin(Dictionary::kStart);
  std::vector<float> best(dictionary.n_arcs(), kNoWord);
  std::string text;
  uint64_t n_letters = 0;
  const auto step_at = [&](Dictionary::State state, uint32_t n_words) {
    return Step{nullptr, dictionary.begin(state), dictionary.end(state), n_words, text.size()};
  };
  // Without recursion: words may be as long as the file.
  std::vector<Step> path{step_at(Dictionary::kStart, dictionary.n_words())};
  while (!path.empty()) {
    Step& step = path.back();
    text.resize(step.text_size);
    if (step.next == step.end) {
      path.pop_back();
      continue;
    }
    step.taken = step.next++;
    const uint32_t words_up_to = step.next == step.end ? step.n_words : step.next->words_before;
    const uint32_t n_words = words_up_to - step.taken->words_before;
    if (n_words == 0) continue;  // a dead end, in which a damaged file could have endless ways
    if (!step.taken->ends_word()) {
      text += alphabet.labels()[step.taken->label];
      path.push_back(step_at(step.taken->target, n_words));
      continue;
    }
    n_letters += path.size();
    if (n_letters > kMostLetters) refuse("its words have more than 2^27 letters");
    const float log_p = static_cast<float>(log_probability(model, {text}, false, false));
    for (const Step& on_the_way : path) {
      float& of_arc = best[on_the_way.taken - first];
      of_arc = std::max(of_arc, log_p);
    }
  }
  return best;
}

}  // namespace ctcdecode
