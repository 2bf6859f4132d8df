#include "family.h"

#include <algorithm>

namespace ctcdecode {
namespace {

constexpr uint64_t kRootKey = 1, kNoKey = 0;
constexpr size_t kMarks = 1 << 14;

size_t mark(uint64_t key) { return static_cast<size_t>(key >> 40) % kMarks; }

}  // namespace

Family::Family(Label no_label)
    : has_few_labels_(no_label < 64),
      keys_{kRootKey},
      parent_keys_{kNoKey},
      children_{0},
      parents_{kNone},
      labels_{no_label},
      orphan_marks_(kMarks, 0) {}

bool Family::lives(uint64_t key) {
  if (!table_is_current_) build_table();
  return find(key) != kNone;
}

// Cuts the ties to the slots that become free, and remembers who lost a parent.
void Family::leave(const std::vector<uint32_t>& dropped) {
  for (const uint32_t orphan : orphans_) orphan_marks_[mark(parent_keys_[orphan])] = 0;
  orphans_.clear();
  is_dropped_.assign(size(), 0);
  for (const uint32_t slot : dropped) is_dropped_[slot] = 1;
  for (const uint32_t slot : dropped) {
    if (parents_[slot] != kNone && has_few_labels_) children_[parents_[slot]] &= ~(uint64_t{1} << labels_[slot]);
  }
  orphans_.resize(size());
  size_t n_orphans = 0;
  for (uint32_t slot = 0; slot < size(); ++slot) {  // without branches, as the answers are hard to predict
    const uint32_t parent = parents_[slot];
    const bool has_parent = (parent != kNone) & !is_dropped_[parent != kNone ? parent : 0];
    orphans_[n_orphans] = slot;
    n_orphans += !has_parent & !is_dropped_[slot];
  }
  orphans_.resize(n_orphans);
  for (const uint32_t orphan : orphans_) {
    parents_[orphan] = kNone;
    orphan_marks_[mark(parent_keys_[orphan])] = 1;
  }
}

void Family::enter(uint32_t slot, const Newcomer& newcomer) {
  const bool parent_lives = !is_dropped_[newcomer.source];
  if (slot == size()) {
    for (auto* values : {&keys_, &parent_keys_, &children_}) values->push_back(0);
    for (auto* values : {&parents_, &labels_}) values->push_back(0);
  }
  keys_[slot] = newcomer.key;
  parent_keys_[slot] = newcomer.parent_key;
  labels_[slot] = newcomer.label;
  parents_[slot] = parent_lives ? newcomer.source : kNone;
  children_[slot] = 0;
  if (parent_lives && has_few_labels_) children_[newcomer.source] |= uint64_t{1} << newcomer.label;
  if (!orphan_marks_[mark(newcomer.key)]) return;
  for (const uint32_t orphan : orphans_) {  // a prefix that lives again
    if (parent_keys_[orphan] != newcomer.key) continue;
    parents_[orphan] = slot;
    if (has_few_labels_) children_[slot] |= uint64_t{1} << labels_[orphan];
  }
}

void Family::sort_holes() {
  std::sort(holes_.rbegin(), holes_.rend());  // from the last one, so that whoever moves into a hole is alive
}

void Family::close(uint32_t hole) {
  for (auto* values : {&keys_, &parent_keys_, &children_}) {
    (*values)[hole] = values->back();
    values->pop_back();
  }
  for (auto* values : {&parents_, &labels_}) {
    (*values)[hole] = values->back();
    values->pop_back();
  }
}

// Finds all parents anew, after slots have been renumbered.
void Family::relink() {
  build_table();
  std::fill(children_.begin(), children_.end(), 0);
  orphans_.clear();
  std::fill(orphan_marks_.begin(), orphan_marks_.end(), 0);
  for (uint32_t slot = 0; slot < size(); ++slot) {
    parents_[slot] = find(parent_keys_[slot]);
    if (parents_[slot] != kNone && has_few_labels_) children_[parents_[slot]] |= uint64_t{1} << labels_[slot];
  }
}

void Family::build_table() {
  size_t n = 16;
  while (n < 2 * size()) n *= 2;
  table_.assign(n, kNone);
  for (uint32_t slot = 0; slot < size(); ++slot) {
    size_t at = keys_[slot] >> 20 & (n - 1);
    while (table_[at] != kNone) at = (at + 1) & (n - 1);
    table_[at] = slot;
  }
  table_is_current_ = true;
}

uint32_t Family::find(uint64_t key) const {
  for (size_t at = key >> 20 & (table_.size() - 1);; at = (at + 1) & (table_.size() - 1)) {
    if (table_[at] == kNone || keys_[table_[at]] == key) return table_[at];
  }
}

}  // namespace ctcdecode
