#include "dictionary.h"

#include <algorithm>
#include <stdexcept>

namespace ctcdecode {
namespace {

using State = Dictionary::State;

constexpr uint64_t kMaxWords = uint64_t{1} << 31;
constexpr uint32_t kUnreached = 0xFFFFFFFFu;

void check_shape(const Dictionary::Tables& tables) {
  const size_t n_states = tables.accepting.size(), n_arcs = tables.labels.size();
  if (n_states == 0 || tables.first_arc.size() != n_states + 1 || tables.targets.size() != n_arcs ||
      n_states >= kUnreached || n_arcs >= kUnreached) {
    throw std::invalid_argument("the tables of states and arcs do not fit together");
  }
  if (tables.first_arc.front() != 0 || tables.first_arc.back() != n_arcs ||
      !std::is_sorted(tables.first_arc.begin(), tables.first_arc.end())) {
    throw std::invalid_argument("the arcs of its states do not follow each other");
  }
  if (tables.start >= n_states) {
    throw std::invalid_argument("its start is state " + std::to_string(tables.start) + " of " +
                                std::to_string(n_states));
  }
  for (size_t state = 0; state < n_states; ++state) {
    for (uint32_t arc = tables.first_arc[state]; arc < tables.first_arc[state + 1]; ++arc) {
      if (tables.targets[arc] >= n_states) {
        throw std::invalid_argument("arc " + std::to_string(arc) + " leads to state " +
                                    std::to_string(tables.targets[arc]) + " of " + std::to_string(n_states));
      }
      if (arc > tables.first_arc[state] && tables.labels[arc] <= tables.labels[arc - 1]) {
        throw std::invalid_argument("the labels of state " + std::to_string(state) + " are not in ascending order");
      }
    }
  }
}

// All states, each before the targets of its arcs. Without recursion: words may be as long as the file.
std::vector<State> topological_order(const Dictionary::Tables& tables) {
  const size_t n_states = tables.accepting.size();
  std::vector<uint32_t> n_incoming(n_states, 0);
  for (const State target : tables.targets) ++n_incoming[target];
  std::vector<State> order;
  order.reserve(n_states);
  for (size_t state = 0; state < n_states; ++state) {
    if (n_incoming[state] == 0) order.push_back(static_cast<State>(state));
  }
  for (size_t i = 0; i < order.size(); ++i) {
    for (uint32_t arc = tables.first_arc[order[i]]; arc < tables.first_arc[order[i] + 1]; ++arc) {
      if (--n_incoming[tables.targets[arc]] == 0) order.push_back(tables.targets[arc]);
    }
  }
  if (order.size() != n_states) throw std::invalid_argument("its arcs form a circle, so words would never end");
  return order;
}

// Words from each state on; stops counting above the limit. What lies behind an accepting state is out of reach.
std::vector<uint64_t> count_words(const Dictionary::Tables& tables) {
  const std::vector<State> order = topological_order(tables);
  std::vector<uint64_t> n_words(order.size(), 0);
  for (auto state = order.rbegin(); state != order.rend(); ++state) {
    uint64_t sum = tables.accepting[*state] ? 1 : 0;
    if (!sum) {
      for (uint32_t arc = tables.first_arc[*state]; arc < tables.first_arc[*state + 1]; ++arc) {
        sum = std::min(sum + n_words[tables.targets[arc]], kMaxWords + 1);
      }
    }
    n_words[*state] = sum;
  }
  return n_words;
}

// The states a search can be in, breadth first, so that those near the start, where it is most, lie together.
std::vector<State> reachable_states(const Dictionary::Tables& tables, std::vector<State>* number) {
  number->assign(tables.accepting.size(), kUnreached);
  std::vector<State> order{tables.start};
  (*number)[tables.start] = Dictionary::kStart;
  for (size_t i = 0; i < order.size(); ++i) {
    for (uint32_t arc = tables.first_arc[order[i]]; arc < tables.first_arc[order[i] + 1]; ++arc) {
      const State target = tables.targets[arc];
      if (tables.accepting[target]) {
        (*number)[target] = Dictionary::kStart;  // the next word starts there
      } else if ((*number)[target] == kUnreached) {
        (*number)[target] = static_cast<State>(order.size());
        order.push_back(target);
      }
    }
  }
  return order;
}

}  // namespace

Dictionary::Dictionary(const Tables& tables) {
  check_shape(tables);
  const std::vector<uint64_t> words_from = count_words(tables);
  if (tables.accepting[tables.start]) throw std::invalid_argument("it holds the empty word");
  if (words_from[tables.start] == 0) throw std::invalid_argument("it holds no word");
  if (words_from[tables.start] > kMaxWords) throw std::invalid_argument("it holds more than 2^31 words");
  n_words_ = static_cast<uint32_t>(words_from[tables.start]);

  std::vector<State> number;
  const std::vector<State> order = reachable_states(tables, &number);
  nodes_.reserve(order.size() + 1);
  arcs_.reserve(tables.labels.size() + 1);
  for (const State state : order) {
    Node node{0, static_cast<uint32_t>(arcs_.size())};
    uint64_t words_before = 0;  // never more than the words of the start
    for (uint32_t arc = tables.first_arc[state]; arc < tables.first_arc[state + 1]; ++arc) {
      const State target = tables.targets[arc];
      arcs_.push_back({tables.labels[arc], number[target], static_cast<uint32_t>(words_before)});
      words_before += words_from[target];
      node.filter |= uint64_t{1} << (tables.labels[arc] & 63);
      max_label_ = std::max(max_label_, tables.labels[arc]);
    }
    nodes_.push_back(node);
  }
  nodes_.push_back({0, static_cast<uint32_t>(arcs_.size())});
  arcs_.push_back({0, kStart, 0});
  arcs_.shrink_to_fit();
  narrow_ = max_label_ < 64;
}

const Dictionary::Arc* Dictionary::search(uint32_t first, uint32_t last, Label label) const {
  const Arc* const end = arcs_.data() + last;
  const Arc* const arc =
      std::lower_bound(arcs_.data() + first, end, label, [](const Arc& a, Label wanted) { return a.label < wanted; });
  return arc != end && arc->label == label ? arc : nullptr;
}

}  // namespace ctcdecode
