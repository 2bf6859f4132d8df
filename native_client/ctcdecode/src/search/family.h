// Which beams are prefixes of which: for every slot its last label, the slot of the prefix one label shorter, and the
// labels by which it lives on in longer ones. Prefixes are told apart by 64-bit hashes of their labels.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "alphabet.h"

namespace ctcdecode {

class Family {
 public:
  static constexpr uint32_t kNone = 0xFFFFFFFFu;

  struct Newcomer {
    uint64_t key, parent_key;
    uint32_t source;  // the slot that was lengthened
    Label label;
  };

  // Begins with the empty prefix in slot 0; its label is `no_label`, above all others.
  explicit Family(Label no_label);

  static uint64_t child_key(uint64_t key, Label label) {
    const uint64_t mixed = (key ^ (uint64_t{label} + 0x5851F42D4C957F2Du)) * 0xFF51AFD7ED558CCDu;
    return mixed ^ (mixed >> 32);
  }

  size_t size() const { return keys_.size(); }
  uint64_t key(uint32_t slot) const { return keys_[slot]; }
  Label label(uint32_t slot) const { return labels_[slot]; }
  uint32_t parent(uint32_t slot) const { return parents_[slot]; }
  const Label* labels() const { return labels_.data(); }
  const uint32_t* parents() const { return parents_.data(); }

  // With fewer than 64 classes sets of labels are bit masks, and `children` is kept up to date.
  bool has_few_labels() const { return has_few_labels_; }
  uint64_t children(uint32_t slot) const { return children_[slot]; }

  // For larger alphabets: whether the prefix with this key lives.
  bool lives(uint64_t key);

  // Gives the slots `dropped` to newcomers, then new slots; slots that stay free are closed up: the beam of the last
  // slot moves there. Calls put(index of newcomer, slot) and move(from, to), for the caller's own arrays.
  template <typename Put, typename Move>
  void replace(const std::vector<uint32_t>& dropped, const std::vector<Newcomer>& newcomers, Put put, Move move) {
    table_is_current_ = false;
    leave(dropped);
    for (size_t i = 0; i < newcomers.size(); ++i) {
      const uint32_t slot = i < dropped.size() ? dropped[i] : static_cast<uint32_t>(size());
      enter(slot, newcomers[i]);
      put(i, slot);
    }
    if (newcomers.size() < dropped.size()) {
      holes_.assign(dropped.begin() + newcomers.size(), dropped.end());
      sort_holes();
      for (const uint32_t hole : holes_) {
        const uint32_t last = static_cast<uint32_t>(size() - 1);
        close(hole);
        move(last, hole);
      }
      relink();
    }
  }

 private:
  void leave(const std::vector<uint32_t>& dropped);
  void enter(uint32_t slot, const Newcomer& newcomer);
  void sort_holes();
  void close(uint32_t hole);
  void relink();
  void build_table();
  uint32_t find(uint64_t key) const;

  bool has_few_labels_;
  std::vector<uint64_t> keys_, parent_keys_, children_;
  std::vector<uint32_t> parents_, labels_;

  std::vector<char> is_dropped_;
  std::vector<uint32_t> orphans_;  // those whose parent has gone, by slot
  std::vector<char> orphan_marks_;  // by a few bits of the parent's key
  std::vector<uint32_t> holes_;

  std::vector<uint32_t> table_;  // slots by key, open addressing
  bool table_is_current_ = false;
};

}  // namespace ctcdecode
