// The prefix index against plain sequences of labels, over many random replacements.
#include "prefix_index.h"

#include <algorithm>
#include <map>
#include <random>
#include <set>
#include <vector>

#include "backpointers.h"
#include "check.h"

using namespace ctcdecode;

namespace {

using Labels = std::vector<Label>;

// A set of prefixes by slot, and an index of the same that is kept in step.
class Model {
 public:
  Model(Label n_labels, uint32_t seed) : n_labels_(n_labels), index_(n_labels), slots_{{}}, random_(seed) {}

  void replace() {
    std::vector<uint32_t> dropped;
    const size_t n_dropped = random_() % 3 ? random_() % (slots_.size() + 1) / 2 : 0;
    for (uint32_t slot = 0; slot < slots_.size(); ++slot) dropped.push_back(slot);
    std::shuffle(dropped.begin(), dropped.end(), random_);
    dropped.resize(n_dropped);
    std::sort(dropped.begin(), dropped.end());

    std::set<Labels> taken(slots_.begin(), slots_.end());
    std::vector<NewPrefix> added;
    std::vector<Labels> added_labels;
    for (size_t i = random_() % 12; i > 0; --i) {
      const uint32_t source = static_cast<uint32_t>(random_() % slots_.size());
      const Label label = static_cast<Label>(random_() % n_labels_);
      Labels longer = slots_[source];
      longer.push_back(label);
      if (!taken.insert(longer).second) continue;
      added.push_back(index_.child(source, label));
      added_labels.push_back(longer);
    }
    if (n_dropped == slots_.size() && added.empty()) return;
    index_.replace(
        dropped, added,
        [&](size_t i, uint32_t slot) {
          if (slot == slots_.size()) slots_.emplace_back();
          slots_[slot] = added_labels[i];
        },
        [&](uint32_t from, uint32_t to) {
          slots_[to] = slots_[from];
          slots_.pop_back();
        });
  }

  void check() {
    CHECK(index_.size() == slots_.size());
    std::map<Labels, uint32_t> slot_of;
    for (uint32_t slot = 0; slot < slots_.size(); ++slot) slot_of[slots_[slot]] = slot;
    CHECK(slot_of.size() == slots_.size());
    std::vector<uint64_t> children(slots_.size(), 0);
    for (uint32_t slot = 0; slot < slots_.size(); ++slot) {
      const Labels& labels = slots_[slot];
      CHECK(index_.label(slot) == (labels.empty() ? n_labels_ : labels.back()));
      CHECK(index_.contains(index_.key(slot)));
      const auto parent = labels.empty() ? slot_of.end() : slot_of.find(Labels(labels.begin(), labels.end() - 1));
      CHECK(index_.parent(slot) == (parent == slot_of.end() ? PrefixIndex::kNone : parent->second));
      if (parent != slot_of.end() && index_.has_few_labels()) children[parent->second] |= uint64_t{1} << labels.back();
    }
    for (uint32_t slot = 0; index_.has_few_labels() && slot < slots_.size(); ++slot) {
      CHECK(index_.children(slot) == children[slot]);
    }
  }

 private:
  const Label n_labels_;
  PrefixIndex index_;
  std::vector<Labels> slots_;
  std::mt19937 random_;
};

// Sequences stay what they are while those that nobody needs are forgotten.
void check_backpointers() {
  std::mt19937 random(3);
  Backpointers entries;
  std::vector<Labels> expected(20);
  std::vector<uint32_t> heads(20, Backpointers::kRoot);
  for (int step = 0; step < 2000; ++step) {
    const size_t from = random() % heads.size(), to = random() % heads.size();
    const uint32_t value = random() % 100;
    heads[to] = entries.add(heads[from], value);
    expected[to] = expected[from];
    expected[to].push_back(value);
    if (random() % 50 == 0) {
      std::vector<uint32_t*> used;
      for (uint32_t& head : heads) used.push_back(&head);
      entries.compact(used);
    }
  }
  for (size_t i = 0; i < heads.size(); ++i) CHECK(entries.sequence(heads[i]) == expected[i]);
  for (uint32_t& head : heads) head = Backpointers::kRoot;
  entries.compact({});
  CHECK(entries.size() == 1);
}

}  // namespace

int main() {
  for (const Label n_labels : {3u, 63u, 200u}) {
    for (uint32_t seed = 0; seed < 20; ++seed) {
      Model model(n_labels, seed);
      for (int step = 0; step < 100; ++step) {
        model.replace();
        model.check();
      }
    }
  }
  check_backpointers();
  return check::result();
}
