#include "prefix_index.h"

#include <algorithm>

namespace ctcdecode {
namespace {

constexpr uint64_t kRootKey = 1, kNoKey = 0;
constexpr size_t kMarks = 1 << 14;

size_t mark(uint64_t key) { return static_cast<size_t>(key >> 40) % kMarks; }

}  // namespace

PrefixIndex::PrefixIndex(Label no_label)
    : has_few_labels_(no_label < 64),
      keys_{kRootKey},
      parent_keys_{kNoKey},
      children_{0},
      parents_{kNone},
      labels_{no_label},
      orphan_marks_(kMarks, 0) {}

bool PrefixIndex::contains(uint64_t key) {
  if (!table_is_current_) build_table();
  return find(key) != kNone;
}

// Unlinks the slots that become free from their parents and children, and collects those without a living parent.
void PrefixIndex::detach(const std::vector<uint32_t>& dropped) {
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

void PrefixIndex::insert(uint32_t slot, const NewPrefix& added) {
  const bool parent_lives = !is_dropped_[added.source];
  if (slot == size()) {
    each_array([](auto& values) { values.push_back(0); });
  }
  keys_[slot] = added.key;
  parent_keys_[slot] = added.parent_key;
  labels_[slot] = added.label;
  parents_[slot] = parent_lives ? added.source : kNone;
  children_[slot] = 0;
  if (parent_lives && has_few_labels_) children_[added.source] |= uint64_t{1} << added.label;
  if (!orphan_marks_[mark(added.key)]) return;
  for (const uint32_t orphan : orphans_) {  // the parent that it waits for
    if (parent_keys_[orphan] != added.key) continue;
    parents_[orphan] = slot;
    if (has_few_labels_) children_[slot] |= uint64_t{1} << labels_[orphan];
  }
}

void PrefixIndex::sort_gaps() {
  std::sort(gaps_.rbegin(), gaps_.rend());  // from the last one, so that the last slot is never a gap itself
}

void PrefixIndex::fill_gap(uint32_t gap) {
  each_array([gap](auto& values) {
    values[gap] = values.back();
    values.pop_back();
  });
}

// Finds all parents by their keys, after slots have been renumbered.
void PrefixIndex::link_all() {
  build_table();
  std::fill(children_.begin(), children_.end(), 0);
  orphans_.clear();
  std::fill(orphan_marks_.begin(), orphan_marks_.end(), 0);
  for (uint32_t slot = 0; slot < size(); ++slot) {
    parents_[slot] = find(parent_keys_[slot]);
    if (parents_[slot] != kNone && has_few_labels_) children_[parents_[slot]] |= uint64_t{1} << labels_[slot];
  }
}

void PrefixIndex::build_table() {
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

uint32_t PrefixIndex::find(uint64_t key) const {
  for (size_t at = key >> 20 & (table_.size() - 1);; at = (at + 1) & (table_.size() - 1)) {
    if (table_[at] == kNone || keys_[table_[at]] == key) return table_[at];
  }
}

}  // namespace ctcdecode
