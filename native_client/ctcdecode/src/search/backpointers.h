// Sequences stored as backpointers: an entry holds one value and the entry before it, so that beams that share a prefix
// share its entries.
//
//   Backpointers tokens;
//   uint32_t a = tokens.add(Backpointers::kRoot, 7);
//   uint32_t b = tokens.add(a, 9);
//   tokens.sequence(b);   // {7, 9}
//
// Invariant: an entry lies behind the entry that it points back to.
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

namespace ctcdecode {

class Backpointers {
 public:
  static constexpr uint32_t kRoot = 0;  // the empty sequence

  Backpointers() : entries_{Entry{kRoot, 0}} {}

  size_t size() const { return entries_.size(); }
  uint32_t previous(uint32_t entry) const { return entries_[entry].previous; }
  uint32_t value(uint32_t entry) const { return entries_[entry].value; }

  uint32_t add(uint32_t previous, uint32_t value) {
    entries_.push_back(Entry{previous, value});
    return static_cast<uint32_t>(entries_.size() - 1);
  }

  // The values up to `entry`, in the order in which they were added.
  std::vector<uint32_t> sequence(uint32_t entry) const {
    std::vector<uint32_t> values;
    for (; entry != kRoot; entry = entries_[entry].previous) values.push_back(entries_[entry].value);
    std::reverse(values.begin(), values.end());
    return values;
  }

  // Forgets every entry that no sequence in `used` needs, and renumbers those references.
  void compact(const std::vector<uint32_t*>& used) {
    std::vector<uint32_t> renumbered(entries_.size(), 0);
    for (const uint32_t* entry : used) {
      for (uint32_t at = *entry; at != kRoot && !renumbered[at]; at = entries_[at].previous) renumbered[at] = 1;
    }
    uint32_t n_kept = 1;
    for (uint32_t at = 1; at < entries_.size(); ++at) {  // by the invariant, `previous` is renumbered already
      if (!renumbered[at]) continue;
      entries_[n_kept] = Entry{renumbered[entries_[at].previous], entries_[at].value};
      renumbered[at] = n_kept++;
    }
    entries_.resize(n_kept);
    for (uint32_t* entry : used) *entry = renumbered[*entry];
  }

 private:
  struct Entry {
    uint32_t previous;
    uint32_t value;
  };

  std::vector<Entry> entries_;
};

}  // namespace ctcdecode
