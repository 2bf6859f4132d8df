#include "automaton.h"

#include <algorithm>
#include <stdexcept>
#include <utility>

namespace ctcdecode {
namespace {

using Word = std::vector<Label>;

uint64_t mix(uint64_t hash, uint64_t value) {
  hash = (hash ^ value) * 0x9E3779B97F4A7C15u;
  return hash ^ (hash >> 29);
}

size_t common_prefix(const Word& left, const Word& right) {
  const size_t limit = std::min(left.size(), right.size());
  return static_cast<size_t>(
      std::mismatch(left.begin(), left.begin() + static_cast<std::ptrdiff_t>(limit), right.begin()).first -
      left.begin());
}

// The states along the word added last, which may still get arcs; all other states are in the register.
class OpenPath {
 public:
  OpenPath() : states_(1) {}

  // Words must come in ascending order.
  void add(const Word& word) {
    close_behind(common_prefix(word_, word));
    for (size_t i = length_; i < word.size(); ++i) {
      states_[i].arcs.push_back({word[i], 0});  // the target becomes known when it is closed
      if (states_.size() == i + 1) states_.emplace_back();
    }
    length_ = word.size();
    states_[length_].accepting = true;
    word_ = word;
  }

  Dictionary::Tables finish() {
    close_behind(0);
    const uint32_t start = register_.add(states_[0].arcs.data(), states_[0].arcs.size(), false);
    return std::move(register_).tables(start);
  }

 private:
  struct OpenState {
    std::vector<StateRegister::Arc> arcs;
    bool accepting = false;
  };

  void close_behind(size_t length) {
    for (; length_ > length; --length_) {
      OpenState& last = states_[length_];
      states_[length_ - 1].arcs.back().target = register_.add(last.arcs.data(), last.arcs.size(), last.accepting);
      last.arcs.clear();
      last.accepting = false;
    }
  }

  StateRegister register_;
  std::vector<OpenState> states_;  // the first length_ + 1 are in use; the others keep their memory
  size_t length_ = 0;
  Word word_;
};

// Where states stand in the order of the published tool: it spells all words in a tree, numbers that breadth first,
// and merges equal states into their first one - but of those with the same longest way to the end, the set that holds
// the very last one is merged into that.
std::vector<uint32_t> published_order(const Dictionary::Tables& tables) {
  const size_t n_states = tables.accepting.size();
  std::vector<uint32_t> heights(n_states, 0);  // arcs lead to smaller numbers, see StateRegister
  for (size_t state = 0; state < n_states; ++state) {
    for (uint32_t arc = tables.first_arc[state]; arc < tables.first_arc[state + 1]; ++arc) {
      heights[state] = std::max(heights[state], heights[tables.targets[arc]] + 1);
    }
  }
  constexpr uint64_t kNowhere = ~uint64_t{0};
  std::vector<uint64_t> position(n_states, kNowhere);
  std::vector<uint64_t> last_of_height(n_states, 0);
  std::vector<uint32_t> last_with_height(n_states, tables.start);
  uint64_t n_visited = 0;
  std::vector<uint32_t> level{tables.start}, next;
  for (; !level.empty(); level.swap(next), next.clear()) {
    for (const uint32_t state : level) {
      position[state] = std::min(position[state], n_visited);
      last_of_height[heights[state]] = n_visited++;
      last_with_height[heights[state]] = state;
      const auto targets = tables.targets.begin();
      next.insert(next.end(), targets + tables.first_arc[state], targets + tables.first_arc[state + 1]);
    }
  }
  for (uint32_t height = 0; height <= heights[tables.start]; ++height) {
    position[last_with_height[height]] = last_of_height[height];
  }
  std::vector<uint32_t> order(n_states);
  for (size_t i = 0; i < n_states; ++i) order[i] = static_cast<uint32_t>(i);
  std::sort(order.begin(), order.end(), [&](uint32_t a, uint32_t b) { return position[a] < position[b]; });
  return order;
}

Dictionary::Tables renumbered(const Dictionary::Tables& tables, const std::vector<uint32_t>& order) {
  std::vector<uint32_t> number(order.size());
  for (size_t i = 0; i < order.size(); ++i) number[order[i]] = static_cast<uint32_t>(i);
  Dictionary::Tables result;
  result.start = number[tables.start];
  result.first_arc.reserve(tables.first_arc.size());
  result.labels.reserve(tables.labels.size());
  result.targets.reserve(tables.targets.size());
  result.accepting.reserve(order.size());
  result.first_arc.push_back(0);
  for (const uint32_t state : order) {
    for (uint32_t arc = tables.first_arc[state]; arc < tables.first_arc[state + 1]; ++arc) {
      result.labels.push_back(tables.labels[arc]);
      result.targets.push_back(number[tables.targets[arc]]);
    }
    result.first_arc.push_back(static_cast<uint32_t>(result.labels.size()));
    result.accepting.push_back(tables.accepting[state]);
  }
  return result;
}

}  // namespace

StateRegister::StateRegister() : slots_(1024, kFree) { tables_.first_arc.push_back(0); }

uint32_t StateRegister::add(const Arc* arcs, size_t n_arcs, bool accepting) {
  const uint32_t state = static_cast<uint32_t>(tables_.accepting.size());
  if (state >= kFree - 1 || n_arcs >= kFree - tables_.labels.size()) {
    throw std::invalid_argument("A dictionary is limited to 2^32 - 1 states and arcs; use fewer words.");
  }
  for (size_t i = 0; i < n_arcs; ++i) {
    tables_.labels.push_back(arcs[i].label);
    tables_.targets.push_back(arcs[i].target);
  }
  tables_.first_arc.push_back(static_cast<uint32_t>(tables_.labels.size()));
  tables_.accepting.push_back(accepting);

  const size_t mask = slots_.size() - 1;
  size_t slot = hash_of(state) & mask;
  for (; slots_[slot] != kFree; slot = (slot + 1) & mask) {
    if (!equals(slots_[slot], arcs, n_arcs, accepting)) continue;
    tables_.labels.resize(tables_.labels.size() - n_arcs);
    tables_.targets.resize(tables_.labels.size());
    tables_.first_arc.pop_back();
    tables_.accepting.pop_back();
    return slots_[slot];
  }
  slots_[slot] = state;
  if (2 * tables_.accepting.size() > slots_.size()) grow();
  return state;
}

Dictionary::Tables StateRegister::tables(uint32_t start) && {
  tables_.start = start;
  return std::move(tables_);
}

uint64_t StateRegister::hash_of(uint32_t state) const {
  uint64_t hash = tables_.accepting[state] ? 1 : 2;
  for (uint32_t arc = tables_.first_arc[state]; arc < tables_.first_arc[state + 1]; ++arc) {
    hash = mix(hash, (static_cast<uint64_t>(tables_.labels[arc]) << 32) | tables_.targets[arc]);
  }
  return hash ^ (hash >> 32);
}

bool StateRegister::equals(uint32_t state, const Arc* arcs, size_t n_arcs, bool accepting) const {
  const uint32_t first = tables_.first_arc[state];
  if (tables_.accepting[state] != accepting || tables_.first_arc[state + 1] - first != n_arcs) return false;
  for (size_t i = 0; i < n_arcs; ++i) {
    if (tables_.labels[first + i] != arcs[i].label || tables_.targets[first + i] != arcs[i].target) return false;
  }
  return true;
}

void StateRegister::grow() {
  slots_.assign(2 * slots_.size(), kFree);
  const size_t mask = slots_.size() - 1;
  for (uint32_t state = 0; state < tables_.accepting.size(); ++state) {
    size_t slot = hash_of(state) & mask;
    while (slots_[slot] != kFree) slot = (slot + 1) & mask;
    slots_[slot] = state;
  }
}

Dictionary::Tables minimal_automaton(std::vector<std::vector<Label>> words) {
  std::sort(words.begin(), words.end());
  if (!words.empty() && words.front().empty()) throw std::invalid_argument("A dictionary cannot hold the empty word.");
  OpenPath path;
  for (const Word& word : words) path.add(word);
  const Dictionary::Tables tables = path.finish();
  return renumbered(tables, published_order(tables));
}

}  // namespace ctcdecode
