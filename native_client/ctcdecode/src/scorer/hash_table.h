// A flat table from 64-bit keys to 32-bit values that only grows.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace ctcdecode {

class HashTable {
 public:
  static constexpr uint32_t kMissing = 0xFFFFFFFFu;  // not allowed as a value

  explicit HashTable(size_t expected = 8) { resize(expected); }

  uint32_t find(uint64_t key) const {
    for (size_t i = home(key);; i = (i + 1) & mask_) {
      if (slots_[i].value == kMissing) return kMissing;
      if (slots_[i].key == key) return slots_[i].value;
    }
  }

  // `key` must not be there yet.
  void insert(uint64_t key, uint32_t value) {
    if (2 * (n_used_ + 1) > slots_.size()) {
      std::vector<Slot> old = std::move(slots_);
      resize(old.size());
      for (const Slot& slot : old) {
        if (slot.value != kMissing) place(slot.key, slot.value);
      }
    }
    place(key, value);
  }

 private:
  struct Slot {
    uint64_t key;
    uint32_t value;
  };

  void resize(size_t expected) {
    size_t size = 16;
    while (size < 2 * expected) size *= 2;
    slots_.assign(size, Slot{0, kMissing});
    mask_ = size - 1;
    n_used_ = 0;
  }

  size_t home(uint64_t key) const { return static_cast<size_t>((key * 0x9E3779B97F4A7C15u) >> 32) & mask_; }

  void place(uint64_t key, uint32_t value) {
    size_t i = home(key);
    while (slots_[i].value != kMissing) i = (i + 1) & mask_;
    slots_[i] = Slot{key, value};
    ++n_used_;
  }

  std::vector<Slot> slots_;
  size_t mask_ = 0;
  size_t n_used_ = 0;
};

}  // namespace ctcdecode
