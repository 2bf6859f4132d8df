// Dictionaries against std::set: made of words, and written to files of every version and read again.
#include "dictionary.h"

#include <algorithm>
#include <cstdint>
#include <map>
#include <random>
#include <set>
#include <stdexcept>
#include <string>
#include <vector>

#include "check.h"
#include "errors.h"
#include "file_writer.h"
#include "mapped_file.h"
#include "small_model.h"
#include "trie_files.h"
#include "trie_v1_v2.h"

using namespace ctcdecode;

namespace {

using Labels = std::vector<Label>;
using Words = std::set<Labels>;

// Random words that end with label 0 and have it nowhere else, so that none is the beginning of another.
Words random_words(std::mt19937& random, size_t n_words, Label n_labels) {
  Words words;
  for (size_t i = 0; i < n_words; ++i) {
    Labels word(1 + random() % 5);
    for (Label& label : word) label = 1 + random() % (n_labels - 1);
    word.push_back(0);
    words.insert(word);
  }
  return words;
}

// Looks up a whole word: its index, or -1.
int64_t index_of(const Dictionary& dictionary, const Labels& word) {
  Dictionary::State state = Dictionary::kStart;
  int64_t index = 0;
  for (size_t i = 0; i < word.size(); ++i) {
    const Dictionary::Arc* const arc = dictionary.find(state, word[i]);
    if (!arc) return -1;
    index += arc->words_before;
    state = arc->target;
    if (arc->ends_word()) return i + 1 == word.size() ? index : -1;
  }
  return -1;
}

// All words below a state, in the order of the arcs.
void collect(const Dictionary& dictionary, Dictionary::State state, Labels* word, std::vector<Labels>* words) {
  for (const Dictionary::Arc* arc = dictionary.begin(state); arc != dictionary.end(state); ++arc) {
    word->push_back(arc->label);
    if (arc->ends_word()) {
      words->push_back(*word);
    } else {
      collect(dictionary, arc->target, word, words);
    }
    word->pop_back();
  }
}

void check_equal(const Dictionary& dictionary, const Words& expected) {
  std::vector<Labels> found;
  Labels word;
  collect(dictionary, Dictionary::kStart, &word, &found);
  CHECK(found == std::vector<Labels>(expected.begin(), expected.end()));  // both are in the order of labels
  CHECK(dictionary.n_words() == expected.size());
  int64_t index = 0;
  for (const Labels& one : expected) CHECK(index_of(dictionary, one) == index++);
}

void check_strangers(const Dictionary& dictionary, const Words& expected, std::mt19937& random, Label n_labels) {
  for (const Labels& word : random_words(random, 300, n_labels)) {
    CHECK((index_of(dictionary, word) >= 0) == (expected.count(word) == 1));
    CHECK(index_of(dictionary, Labels(word.begin(), word.end() - 1)) == -1);
  }
}

// The filter has a bit for every arc, and tells where an arc is.
void check_filters(const Dictionary& dictionary) {
  for (Dictionary::State state = 0; state < dictionary.n_states(); ++state) {
    uint64_t filter = 0;
    for (const Dictionary::Arc* arc = dictionary.begin(state); arc != dictionary.end(state); ++arc) {
      filter |= uint64_t{1} << (arc->label & 63);
      CHECK(dictionary.find(state, arc->label) == arc);
    }
    CHECK(dictionary.filter(state) == filter);
  }
}

Alphabet alphabet_of(Label n_labels) {
  std::vector<std::string> labels{" "};
  for (Label label = 1; label < n_labels; ++label) labels.push_back("<" + std::to_string(label) + ">");
  return Alphabet(labels);
}

// Versions 1 and 2 by their writer, which takes words without the space; 3 and 5 through write_trie.
void check_files(const Words& words, Label n_labels) {
  small_model::Folder folder;
  const Alphabet alphabet = alphabet_of(n_labels);
  std::vector<ScoredWord> scored;
  for (const Labels& word : words) scored.push_back({Labels(word.begin(), word.end() - 1), 1, -1.5f});
  for (const bool text : {true, false}) {
    FileWriter file(folder.file(text ? "trie.1" : "trie.2"));
    write_trie_v1_v2(scored, alphabet, text, &file);
    file.commit();
    check_equal(Dictionary(*read_trie(MappedFile(file.path()), alphabet)), words);
  }
}

void check_fst_files(std::mt19937& random) {
  small_model::Folder folder;
  const Alphabet alphabet({" ", "a", "b", "c"});
  const Words words = random_words(random, 40, 4);
  std::vector<std::string> texts;
  for (const Labels& word : words) texts.push_back(alphabet.decode(Labels(word.begin(), word.end() - 1)));
  for (const int version : {3, 5}) {
    const std::string path = folder.file("trie." + std::to_string(version));
    CHECK(write_trie(path, "", texts, alphabet, version).n_words == words.size());
    check_equal(Dictionary(*read_trie(MappedFile(path), alphabet)), words);
    CHECK_THROWS(FormatError, read_trie(MappedFile(path), Alphabet::bytes()));
  }
}

void check_refusals() {
  const auto tables = [](std::vector<uint32_t> targets, std::vector<bool> accepting) {
    Dictionary::Tables made;
    made.first_arc = {0, 1, 2};
    made.labels = {0, 1};
    made.targets = std::move(targets);
    made.accepting = std::move(accepting);
    return made;
  };
  CHECK_THROWS(std::invalid_argument, Dictionary(tables({1, 0}, {false, false})));  // a circle
  CHECK_THROWS(std::invalid_argument, Dictionary(tables({1, 7}, {false, true})));   // out of range
  CHECK_THROWS(std::invalid_argument, Dictionary(tables({1, 1}, {true, true})));    // the empty word, and a circle
  CHECK_THROWS(std::invalid_argument, Dictionary(Dictionary::Tables{}));
}

}  // namespace

int main() {
  std::mt19937 random(1);
  for (const Label n_labels : {3u, 28u, 64u, 65u, 300u}) {  // sets of labels are bit masks up to 64
    for (const size_t n_words : {1u, 7u, 200u}) {
      const Words words = random_words(random, n_words, n_labels);
      std::vector<Labels> shuffled(words.begin(), words.end());
      shuffled.push_back(shuffled.front());  // repeated words count once
      std::shuffle(shuffled.begin(), shuffled.end(), random);
      const Dictionary dictionary(minimal_automaton(shuffled));
      check_equal(dictionary, words);
      check_strangers(dictionary, words, random, n_labels);
      check_filters(dictionary);
      check_files(words, n_labels);
    }
  }
  check_fst_files(random);
  check_refusals();
  return check::result();
}
