// Sequences that share their beginnings: an entry is a value behind another entry. All entries lie in one array.
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

namespace ctcdecode {

class Trail {
 public:
  static constexpr uint32_t kRoot = 0;  // the empty sequence

  Trail() : entries_{Entry{kRoot, 0}} {}

  size_t size() const { return entries_.size(); }
  uint32_t before(uint32_t entry) const { return entries_[entry].before; }
  uint32_t value(uint32_t entry) const { return entries_[entry].value; }

  uint32_t add(uint32_t before, uint32_t value) {
    entries_.push_back(Entry{before, value});
    return static_cast<uint32_t>(entries_.size() - 1);
  }

  // The values up to `entry`, first one first.
  std::vector<uint32_t> path(uint32_t entry) const {
    std::vector<uint32_t> values;
    for (; entry != kRoot; entry = entries_[entry].before) values.push_back(entries_[entry].value);
    std::reverse(values.begin(), values.end());
    return values;
  }

  // Forgets every entry that no sequence in `used` needs, and corrects those references.
  void compact(const std::vector<uint32_t*>& used) {
    std::vector<uint32_t> renumbered(entries_.size(), 0);
    for (const uint32_t* entry : used) {
      for (uint32_t at = *entry; at != kRoot && !renumbered[at]; at = entries_[at].before) renumbered[at] = 1;
    }
    uint32_t n_kept = 1;
    for (uint32_t at = 1; at < entries_.size(); ++at) {  // an entry lies behind the one before it
      if (!renumbered[at]) continue;
      entries_[n_kept] = Entry{renumbered[entries_[at].before], entries_[at].value};
      renumbered[at] = n_kept++;
    }
    entries_.resize(n_kept);
    for (uint32_t* entry : used) *entry = renumbered[*entry];
  }

 private:
  struct Entry {
    uint32_t before;
    uint32_t value;
  };

  std::vector<Entry> entries_;
};

}  // namespace ctcdecode
