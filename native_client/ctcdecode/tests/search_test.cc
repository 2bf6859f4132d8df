// The search against the sum over all CTC paths: without a scorer, and with one, whose scores come from the ARPA text.
#include "beam_search.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <memory>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "check.h"
#include "decoder.h"
#include "small_model.h"
#include "vocabulary.h"

using namespace ctcdecode;

namespace {

constexpr double kLn10 = 2.302585092994046;

using Frames = std::vector<double>;  // of one class per label and the blank

Frames random_frames(uint32_t seed, size_t n_frames, size_t n_classes) {
  std::mt19937 random(seed);
  Frames frames(n_frames * n_classes);
  for (size_t t = 0; t < n_frames; ++t) {
    double sum = 0.0;
    for (size_t c = 0; c < n_classes; ++c) {
      sum += frames[t * n_classes + c] = std::pow((1.0 + random() % 1000) / 1000, 3);
    }
    for (size_t c = 0; c < n_classes; ++c) frames[t * n_classes + c] /= sum;
  }
  return frames;
}

// The probability of each text: every path is tried, repeats are merged, blanks removed.
std::map<std::string, double> sums_over_all_paths(const Frames& frames, const std::vector<std::string>& labels) {
  const size_t n_classes = labels.size() + 1, n_frames = frames.size() / n_classes;
  std::map<std::string, double> sums;
  std::vector<size_t> path(n_frames, 0);
  while (true) {
    std::string text;
    double p = 1.0;
    for (size_t t = 0; t < n_frames; ++t) {
      p *= frames[t * n_classes + path[t]];
      if (path[t] < labels.size() && (t == 0 || path[t] != path[t - 1])) text += labels[path[t]];
    }
    sums[text] += p;
    size_t t = 0;
    while (t < n_frames && ++path[t] == n_classes) path[t++] = 0;
    if (t == n_frames) return sums;
  }
}

std::vector<std::string> split(const std::string& text) {
  std::vector<std::string> words(1);
  for (const char letter : text) {
    if (letter == ' ') {
      words.emplace_back();
    } else {
      words.back() += letter;
    }
  }
  return words;
}

struct Weights {
  double alpha, beta;
  std::map<std::string, double> boosts;
};

// What the words of a text gain; false if the dictionary does not allow it.
bool gain_of(const std::string& text, const std::set<std::string>& dictionary, const Weights& weights, double* gain) {
  *gain = 0.0;
  std::vector<std::string> before{"<s>"};
  const std::vector<std::string> words = split(text);
  for (size_t i = 0; i < words.size(); ++i) {
    const std::string& word = words[i];
    const bool is_last = i + 1 == words.size();
    if (is_last && word.empty()) return true;  // the text is empty, or ends with a space
    const bool is_word = dictionary.count(word) == 1;
    const auto longer = dictionary.lower_bound(word);
    const bool is_beginning = longer != dictionary.end() && longer->compare(0, word.size(), word) == 0;
    if (!is_word && !(is_last && is_beginning)) return false;
    const bool is_known = small_model::ngrams().count({word}) == 1;
    double log_p = is_known ? small_model::log10_p(before, word) * kLn10 : -1000.0;
    // An unknown word spoils the scores of those behind it, as far as the model looks back.
    for (size_t back = 1; back < 3 && back < before.size(); ++back) {
      if (small_model::ngrams().count({before[before.size() - back]}) == 0) log_p = -1000.0;
    }
    const auto boost = weights.boosts.find(word);
    *gain += weights.alpha * (log_p + (boost == weights.boosts.end() ? 0.0 : boost->second)) + weights.beta;
    before.push_back(word);
  }
  return true;
}

// All hypotheses of a beam that holds all prefixes must be the texts with their sums.
void check_all(const std::vector<Hypothesis>& found, const std::map<std::string, double>& expected) {
  CHECK(found.size() == expected.size());
  for (size_t i = 0; i < found.size(); ++i) {
    const auto text = expected.find(found[i].text);
    CHECK(text != expected.end());
    if (text == expected.end()) continue;
    CHECK_NEAR(found[i].score, text->second, 2e-5 + 2e-6 * std::fabs(text->second));
    if (i) CHECK(found[i].score <= found[i - 1].score);
    CHECK(found[i].tokens.size() == found[i].times.size());
    CHECK(found[i].label_probability >= 0.0 && found[i].label_probability <= 1.0);
  }
}

void check_without_scorer(const std::vector<std::string>& labels, size_t n_frames) {
  const auto alphabet = std::make_shared<const Alphabet>(labels);
  for (uint32_t seed = 0; seed < 10; ++seed) {
    const Frames frames = random_frames(seed, n_frames, labels.size() + 1);
    std::map<std::string, double> expected = sums_over_all_paths(frames, labels);
    for (auto& text : expected) text.second = std::log(text.second);
    DecoderOptions options;
    options.beam_width = static_cast<uint32_t>(expected.size() + 5);
    BeamSearch search(alphabet, nullptr, options);
    for (size_t t = 0; t < n_frames; ++t) search.next(frames.data() + t * (labels.size() + 1), 1);
    check_all(search.results(expected.size() + 5), expected);
    options.beam_width = 3;  // what is dropped is missed, but nothing is counted twice
    BeamSearch narrow(alphabet, nullptr, options, 1);
    narrow.next(frames.data(), n_frames);
    for (const Hypothesis& found : narrow.results(3)) CHECK(found.score <= expected.at(found.text) + 2e-5);
  }
}

void check_with_scorer(bool look_ahead, const Weights& weights, std::vector<std::string> labels) {
  small_model::Folder folder;
  const std::string path = folder.file("lm.arpa");
  small_model::write_arpa(path);
  const std::set<std::string> words{"a", "b", "ab", "ba", "bb"};  // the model does not know the last
  const auto alphabet = std::make_shared<const Alphabet>(labels);
  VocabularyReport report;
  auto dictionary = std::make_unique<Dictionary>(
      minimal_automaton(label_words(std::vector<std::string>(words.begin(), words.end()), *alphabet, &report)));
  const auto scorer = std::make_shared<const Scorer>(LanguageModel::load(path), std::move(dictionary), false, 0.0, 0.0);
  DecoderOptions options;
  options.beam_width = 5000;
  options.alpha = weights.alpha;
  options.beta = weights.beta;
  options.look_ahead = look_ahead;
  for (const auto& boost : weights.boosts) options.hot_words[boost.first] = static_cast<float>(boost.second);
  const std::vector<std::string> used(labels.begin(), labels.begin() + 3);
  for (uint32_t seed = 0; seed < 6; ++seed) {
    const Frames few = random_frames(seed, 6, used.size() + 1);
    std::map<std::string, double> expected;
    for (const auto& text : sums_over_all_paths(few, used)) {
      double gain;
      if (gain_of(text.first, words, weights, &gain)) expected[text.first] = std::log(text.second) + gain;
    }
    Frames frames;  // the labels beyond those used have no probability
    for (size_t t = 0; t < 6; ++t) {
      frames.insert(frames.end(), few.begin() + static_cast<std::ptrdiff_t>(t * 4),
                    few.begin() + static_cast<std::ptrdiff_t>(t * 4 + 3));
      frames.insert(frames.end(), labels.size() - 3, 0.0);
      frames.push_back(few[t * 4 + 3]);
    }
    BeamSearch search(alphabet, scorer, options);
    search.next(frames.data(), 6);
    std::vector<Hypothesis> found = search.results(5000);
    // Labels without probability are taken as of 1e-38, not as impossible.
    found.erase(std::remove_if(found.begin(), found.end(),
                               [&](const Hypothesis& one) {
                                 return std::any_of(one.tokens.begin(), one.tokens.end(),
                                                    [](Label label) { return label > 2; });
                               }),
                found.end());
    check_all(found, expected);
  }
}

void check_refusals() {
  const auto alphabet = std::make_shared<const Alphabet>(std::vector<std::string>{" ", "a"});
  BeamSearch search(alphabet, nullptr, DecoderOptions{});
  const double frames[] = {0.1, 0.2, 0.7, 0.1, -0.2, 1.1};
  CHECK_THROWS(std::invalid_argument, search.next(frames, 2));
  CHECK(search.results(1)[0].score == 0.0);  // no frame was used
  search.next(frames, 1);
  CHECK(search.results(1)[0].text.empty());
  DecoderOptions wrong;
  wrong.beam_width = 0;
  CHECK_THROWS(std::invalid_argument, BeamSearch(alphabet, nullptr, wrong));
  CHECK_THROWS(std::invalid_argument, BeamSearch(nullptr, nullptr, DecoderOptions{}));
}

}  // namespace

int main() {
  check_without_scorer({"a"}, 7);
  check_without_scorer({"a", "b"}, 7);
  check_without_scorer({" ", "a", "b"}, 5);
  std::vector<std::string> wide{" ", "a", "b"};  // more labels than bits in a mask
  for (int i = 0; i < 70; ++i) {
    wide.push_back(std::string("\xC4") + static_cast<char>(0x80 + i % 64) + std::to_string(i));
  }
  for (const std::vector<std::string>& labels : {std::vector<std::string>{" ", "a", "b"}, wide}) {
    for (const bool look_ahead : {false, true}) {
      check_with_scorer(look_ahead, {0.9, 1.2, {}}, labels);
      check_with_scorer(look_ahead, {0.5, -0.7, {{"ab", 2.0}, {"b", -1.5}}}, labels);
    }
  }
  check_refusals();
  return check::result();
}
