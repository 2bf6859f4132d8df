// KenLM's scores against sums from the ARPA text of the same model.
#include "language_model.h"

#include <algorithm>
#include <set>
#include <string>

#include "check.h"
#include "errors.h"
#include "small_model.h"

using namespace ctcdecode;
using small_model::Words;

namespace {

const Words kWords = {"a", "b", "ab", "ba", "foreign", "</s>"};

LanguageModel::WordId id_of(const LanguageModel& model, const std::string& word) {
  return word == "</s>" ? model.end_of_sentence() : model.id(word);
}

// Follows all sequences of up to `n` more words behind `before`, scored word by word.
void follow(const LanguageModel& model, const LanguageModel::State& state, const Words& before, int n) {
  if (n == 0) return;
  for (const std::string& word : kWords) {
    LanguageModel::State after;
    const float log10_p = model.score(state, id_of(model, word), &after);
    CHECK_NEAR(log10_p, small_model::log10_p(before, word), 1e-5);
    Words longer = before;
    longer.push_back(word);
    if (word != "</s>") follow(model, after, longer, n - 1);
  }
}

void check_log_probability(const LanguageModel& model) {
  const Words known = {"a", "b", "a", "ab", "ba"};
  for (size_t n = 1; n <= known.size(); ++n) {
    const Words words(known.begin(), known.begin() + static_cast<std::ptrdiff_t>(n));
    for (const bool bos : {false, true}) {
      Words before = words;
      if (bos) before.insert(before.begin(), "<s>");
      const double end = small_model::log10_p(before, "</s>");
      before.pop_back();
      const double last = small_model::log10_p(before, words.back());
      CHECK_NEAR(log_probability(model, words, bos, false), last * std::log(10.0), 1e-4);
      CHECK_NEAR(log_probability(model, words, bos, true), end * std::log(10.0), 1e-4);
    }
  }
  CHECK(log_probability(model, {}, true, false) == 0.0);
  CHECK(log_probability(model, {"a", "foreign", "b"}, true, false) == LanguageModel::kUnknownWord);
}

}  // namespace

int main() {
  small_model::Folder folder;
  const std::string path = folder.file("lm.arpa");
  small_model::write_arpa(path);
  const std::unique_ptr<LanguageModel> model = LanguageModel::load(path);
  CHECK(model->order() == 3);
  CHECK(model->id("foreign") == LanguageModel::kUnknown);
  follow(*model, model->start_of_sentence(), {"<s>"}, 4);
  follow(*model, model->empty_context(), {}, 4);
  check_log_probability(*model);

  std::set<std::string> words;
  LanguageModel::each_word(path, [&words](std::string_view word) { words.emplace(word); });
  CHECK(words == std::set<std::string>({"<unk>", "<s>", "</s>", "a", "b", "ab", "ba"}));

  const std::string damaged = folder.file("damaged.arpa");
  std::ofstream(damaged) << "\\data\\\nngram 1=3\nngram 2=1\n\n\\1-grams:\n-1\ta\t0\n";
  CHECK_THROWS(FormatError, LanguageModel::load(damaged));
  CHECK_THROWS(FormatError, LanguageModel::load("/nowhere/lm.arpa"));
  return check::result();
}
