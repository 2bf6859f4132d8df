// Which of the living prefixes continue which: for every slot the last label, the slot of the parent (the prefix one
// label shorter), and the labels of its children (those one label longer).
//
// Prefixes are told apart by 64-bit hashes of their labels. Invariants between calls: a prefix is there once at most;
// parent() of a slot is the slot of its parent if that lives, else kNone; with few labels children() has the last labels
// of all children that live.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "alphabet.h"

namespace ctcdecode {

// A prefix to be added: a living one and a label behind it.
struct NewPrefix {
  uint64_t key, parent_key;
  uint32_t source;  // slot of the parent
  Label label;
};

class PrefixIndex {
 public:
  static constexpr uint32_t kNone = 0xFFFFFFFFu;

  // Begins with the empty prefix in slot 0; its last label is `no_label`, above all others.
  explicit PrefixIndex(Label no_label);

  static uint64_t child_key(uint64_t key, Label label) {
    const uint64_t mixed = (key ^ (uint64_t{label} + 0x5851F42D4C957F2Du)) * 0xFF51AFD7ED558CCDu;
    return mixed ^ (mixed >> 32);
  }

  NewPrefix child(uint32_t slot, Label label) const {
    return NewPrefix{child_key(keys_[slot], label), keys_[slot], slot, label};
  }

  size_t size() const { return keys_.size(); }
  uint64_t key(uint32_t slot) const { return keys_[slot]; }
  Label label(uint32_t slot) const { return labels_[slot]; }
  uint32_t parent(uint32_t slot) const { return parents_[slot]; }
  const Label* labels() const { return labels_.data(); }
  const uint32_t* parents() const { return parents_.data(); }

  // With fewer than 64 classes sets of labels are bit masks, and children() is kept up to date.
  bool has_few_labels() const { return has_few_labels_; }
  uint64_t children(uint32_t slot) const { return children_[slot]; }

  // For larger alphabets: whether the prefix with this key lives.
  bool contains(uint64_t key);

  // Removes the prefixes in the slots `dropped` and adds others: these take the slots that became free, in that order,
  // then new ones. If slots stay free, the prefixes of the last slots move there. Calls put(index of the added one, slot)
  // and move(from, to) in step with that, for the arrays of the caller.
  template <typename Put, typename Move>
  void replace(const std::vector<uint32_t>& dropped, const std::vector<NewPrefix>& added, Put put, Move move) {
    table_is_current_ = false;
    detach(dropped);
    for (size_t i = 0; i < added.size(); ++i) {
      const uint32_t slot = i < dropped.size() ? dropped[i] : static_cast<uint32_t>(size());
      insert(slot, added[i]);
      put(i, slot);
    }
    if (added.size() < dropped.size()) {
      gaps_.assign(dropped.begin() + static_cast<std::ptrdiff_t>(added.size()), dropped.end());
      sort_gaps();
      for (const uint32_t gap : gaps_) {
        const uint32_t last = static_cast<uint32_t>(size() - 1);
        fill_gap(gap);
        move(last, gap);
      }
      link_all();
    }
  }

 private:
  // The only list of the arrays by slot.
  template <typename Visit>
  void each_array(Visit visit) {
    visit(keys_);
    visit(parent_keys_);
    visit(children_);
    visit(parents_);
    visit(labels_);
  }

  void detach(const std::vector<uint32_t>& dropped);
  void insert(uint32_t slot, const NewPrefix& added);
  void sort_gaps();
  void fill_gap(uint32_t gap);
  void link_all();
  void build_table();
  uint32_t find(uint64_t key) const;

  bool has_few_labels_;
  std::vector<uint64_t> keys_, parent_keys_, children_;
  std::vector<uint32_t> parents_, labels_;

  std::vector<char> is_dropped_;    // by slot, for the call of replace() at hand
  std::vector<uint32_t> orphans_;   // slots whose parent does not live
  std::vector<char> orphan_marks_;  // by a few bits of the parent's key: whether an orphan may wait for it
  std::vector<uint32_t> gaps_;

  std::vector<uint32_t> table_;  // slots by key, open addressing
  bool table_is_current_ = false;
};

}  // namespace ctcdecode
