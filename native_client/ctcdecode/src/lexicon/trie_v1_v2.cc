#include "trie_v1_v2.h"

#include <algorithm>
#include <charconv>
#include <cinttypes>
#include <cstdio>

#include "automaton.h"
#include "errors.h"
#include "trie_files.h"

namespace ctcdecode {
namespace {

constexpr int64_t kNoChild = -1;
constexpr int32_t kTextVersion = 1, kBinaryVersion = 2;

class NumberWriter {
 public:
  NumberWriter(bool text, FileWriter* file) : text_(text), file_(file) {}

  // From -1 to 2^32 - 1.
  void integer(int64_t value) {
    if (!text_) return file_->put<uint32_t>(static_cast<uint32_t>(value));
    char line[24];
    file_->write(line, static_cast<uint64_t>(std::snprintf(line, sizeof(line), "%" PRId64 "\n", value)));
  }

  void score(float value) {
    if (!text_) return file_->put<float>(value);
    char line[24];
    file_->write(line, static_cast<uint64_t>(std::snprintf(line, sizeof(line), "%g\n", static_cast<double>(value))));
  }

 private:
  bool text_;
  FileWriter* file_;
};

class NumberReader {
 public:
  NumberReader(const MappedFile& file, bool text) : file_(file), text_(text) {}

  int64_t integer() {
    if (!text_) return binary<int32_t>();
    const std::string_view digits = token();
    int64_t value = 0;
    const auto end = std::from_chars(digits.data(), digits.data() + digits.size(), value);
    if (end.ec != std::errc() || end.ptr != digits.data() + digits.size() || value < kNoChild || value > UINT32_MAX) {
      damaged("\"" + std::string(digits) + "\" is not a whole number from -1 to 2^32 - 1");
    }
    return value;
  }

  // Scores serve the old decoder only.
  void skip_score() {
    if (text_) {
      token();
    } else {
      binary<float>();
    }
  }

  [[noreturn]] void damaged(const std::string& what) const {
    throw FormatError(FormatError::kInvalidTrie, file_.path(),
                      "the dictionary is damaged at byte " + std::to_string(offset_) + " (" + what +
                          "); copy the file again or build it anew with generate_trie.");
  }

 private:
  template <typename T>
  T binary() {
    if (!file_.holds(offset_, sizeof(T))) damaged("the file ends");
    offset_ += sizeof(T);
    return file_.read<T>(offset_ - sizeof(T));
  }

  static bool is_blank(uint8_t byte) { return byte == ' ' || (byte >= '\t' && byte <= '\r'); }

  std::string_view token() {
    constexpr size_t kLongestNumber = 32;
    while (file_.holds(offset_, 1) && is_blank(file_.data()[offset_])) ++offset_;
    const uint64_t first = offset_;
    while (file_.holds(offset_, 1) && !is_blank(file_.data()[offset_]) && offset_ - first < kLongestNumber) ++offset_;
    if (offset_ == first) damaged("the file ends");
    return {reinterpret_cast<const char*>(file_.data()) + first, static_cast<size_t>(offset_ - first)};
  }

  const MappedFile& file_;
  bool text_;
  uint64_t offset_ = 0;
};

// Builds the automaton while the trie is read, so that memory follows its depth and not the length of all words.
class TrieReader {
 public:
  TrieReader(NumberReader* numbers, const Alphabet& alphabet) : numbers_(*numbers), alphabet_(alphabet) {}

  Dictionary::Tables read() {
    open(numbers_.integer());
    while (true) {
      OpenNode& node = open_.back();
      if (node.next_label < alphabet_.size()) {
        const int64_t count = numbers_.integer();
        ++node.next_label;
        if (count == kNoChild) continue;
        if (count < 1 || count > node.n_left) {
          // What the root counts is not known for sure, nor does it matter.
          if (count < 1 || open_.size() > 1) numbers_.damaged("a node with " + std::to_string(count) + " words");
        }
        node.n_left -= count;
        open(count);
      } else {
        const uint32_t state = close();
        if (open_.empty()) return std::move(states_).tables(state);
        arcs_.push_back({open_.back().next_label - 1, state});
      }
    }
  }

 private:
  struct OpenNode {
    size_t first_arc;  // in arcs_; the nodes above have theirs before
    Label next_label;
    int64_t n_left;  // words that do not go on to a child: more than none, and one ends here
  };

  void open(int64_t count) {
    numbers_.integer();  // word id
    numbers_.skip_score();
    open_.push_back({arcs_.size(), 0, count});
  }

  uint32_t close() {
    const OpenNode node = open_.back();
    open_.pop_back();
    bool accepting = node.n_left > 0 && !open_.empty();
    if (accepting && alphabet_.space() != Alphabet::kNoSpace) {
      add_space(node.first_arc);
      accepting = false;
    }
    const uint32_t state = states_.add(arcs_.data() + node.first_arc, arcs_.size() - node.first_arc, accepting);
    arcs_.resize(node.first_arc);
    return state;
  }

  void add_space(size_t first_arc) {
    const auto behind =
        std::lower_bound(arcs_.begin() + static_cast<std::ptrdiff_t>(first_arc), arcs_.end(), alphabet_.space(),
                         [](const StateRegister::Arc& arc, Label space) { return arc.label < space; });
    if (behind != arcs_.end() && behind->label == alphabet_.space()) numbers_.damaged("a space within a word");
    arcs_.insert(behind, {alphabet_.space(), states_.add(nullptr, 0, true)});
  }

  NumberReader& numbers_;
  const Alphabet& alphabet_;
  StateRegister states_;
  std::vector<StateRegister::Arc> arcs_;
  std::vector<OpenNode> open_;  // from the root to the node being read
};

// Of equal scores the word that was given first counts.
bool scores_less(const ScoredWord* a, const ScoredWord* b) {
  return a->score < b->score || (a->score == b->score && a < b);
}

}  // namespace

void write_trie_v1_v2(const std::vector<ScoredWord>& words, const Alphabet& alphabet, bool text, FileWriter* file) {
  NumberWriter numbers(text, file);
  numbers.integer(kTrieMagic);
  numbers.integer(text ? kTextVersion : kBinaryVersion);
  numbers.integer(alphabet.size());

  // A node of the trie is a range of the sorted words: those that share the labels up to it.
  std::vector<const ScoredWord*> sorted(words.size());
  std::transform(words.begin(), words.end(), sorted.begin(), [](const ScoredWord& word) { return &word; });
  std::sort(sorted.begin(), sorted.end(),
            [](const ScoredWord* a, const ScoredWord* b) { return a->labels < b->labels; });
  struct Node {
    size_t next_word, end;
    Label next_label;
  };
  std::vector<Node> open;  // from the root to the node being written
  const auto open_node = [&](size_t first, size_t end) {
    const auto begin = sorted.begin();
    const ScoredWord* const worst = *std::min_element(begin + static_cast<std::ptrdiff_t>(first),
                                                      begin + static_cast<std::ptrdiff_t>(end), scores_less);
    numbers.integer(static_cast<int64_t>(end - first));
    numbers.integer(worst->id);
    numbers.score(worst->score);
    const bool ends_here = sorted[first]->labels.size() == open.size();
    open.push_back({first + (ends_here ? 1 : 0), end, 0});
  };
  open_node(0, sorted.size());
  while (!open.empty()) {
    Node& node = open.back();
    if (node.next_label == alphabet.size()) {
      open.pop_back();
      continue;
    }
    const Label label = node.next_label++;
    const size_t depth = open.size() - 1, first = node.next_word;
    while (node.next_word < node.end && sorted[node.next_word]->labels[depth] == label) ++node.next_word;
    if (node.next_word == first) {
      numbers.integer(kNoChild);
    } else {
      open_node(first, node.next_word);
    }
  }
}

Dictionary::Tables read_trie_v1_v2(const MappedFile& file, const Alphabet& alphabet, bool text) {
  NumberReader numbers(file, text);
  const int64_t magic = numbers.integer(), version = numbers.integer(), n_labels = numbers.integer();
  if (magic != kTrieMagic || version != (text ? kTextVersion : kBinaryVersion)) {
    numbers.damaged("magic " + std::to_string(magic) + ", version " + std::to_string(version));
  }
  if (n_labels != alphabet.size()) {
    throw FormatError(FormatError::kInvalidTrie, file.path(),
                      "made for an alphabet of " + std::to_string(n_labels) + " labels, this one has " +
                          std::to_string(alphabet.size()) + "; use the alphabet that it was built with.");
  }
  return TrieReader(&numbers, alphabet).read();
}

}  // namespace ctcdecode
