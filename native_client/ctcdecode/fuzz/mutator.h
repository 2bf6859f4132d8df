// Damages files: small changes at places that matter, so that much of a file stays valid and loaders get far into it.
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <limits>
#include <string>
#include <vector>

#include "random.h"

namespace ctcdecode {

struct SeedFile {
  std::string bytes;
  std::vector<size_t> landmarks;  // offsets of headers and tables
  bool is_text;
  size_t landmark_quarters = 1;  // how many quarters of the changes fall near them
};

class Mutator {
 public:
  // Equal seeds give equal changes.
  Mutator(const std::vector<SeedFile>& seeds, uint64_t seed) : seeds_(seeds), random_(seed) {}

  std::string mutate() {
    const SeedFile& seed = seeds_[below(seeds_.size())];
    std::string bytes = seed.bytes;
    const size_t n_changes = below(4) ? 1 : size_t{1} << below(4);
    for (size_t i = 0; i < n_changes && !bytes.empty(); ++i) change(seed, &bytes);
    return bytes;
  }

  size_t below(size_t limit) { return random_.below(limit); }
  Random& random() { return random_; }

 private:
  void change(const SeedFile& seed, std::string* bytes) {
    const size_t at = place(seed, *bytes);
    switch (below(seed.is_text ? 14 : 10)) {
      case 0: (*bytes)[at] = static_cast<char>((*bytes)[at] ^ (1 << below(8))); break;
      case 1: (*bytes)[at] = static_cast<char>(below(256)); break;
      case 2:
      case 3:
      case 4: overwrite(at, bytes); break;
      case 5: resize(at, bytes); break;
      case 6: bytes->replace(at, length(*bytes, at), bytes->substr(below(bytes->size()), length(*bytes, at))); break;
      case 7: swap_chunks(at, below(bytes->size()), bytes); break;
      case 8: copy_over(at, *bytes, below(bytes->size()), bytes); break;
      case 9: splice(at, bytes); break;
      case 10:
      case 11:
      case 12: bytes->insert(at, token()); break;
      default: repeat_line(at, bytes); break;
    }
  }

  size_t place(const SeedFile& seed, const std::string& bytes) {
    size_t at = below(bytes.size());
    if (!seed.landmarks.empty() && below(4) < seed.landmark_quarters)
      at = seed.landmarks[below(seed.landmarks.size())] + below(32);
    return std::min(at, bytes.size() - 1);
  }

  size_t length(const std::string& bytes, size_t at) {
    return std::min(bytes.size() - at, size_t{1} + below(size_t{1} << below(10)));
  }

  // A number as loaders fear it, in 1, 2, 4 or 8 bytes.
  void overwrite(size_t at, std::string* bytes) {
    const size_t n_bytes = std::min(bytes->size() - at, size_t{1} << below(4));
    uint64_t value = 0;
    std::memcpy(&value, bytes->data() + at, n_bytes);
    // clang-format off
    const float floats[] = {std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity(),
                            -std::numeric_limits<float>::infinity(), 0.0f, -0.0f, 3e38f, -3e38f, 1e-40f};
    const uint64_t numbers[] = {0, 1, ~uint64_t{0}, 0x7F, 0x80, 0x7FFF, 0x8000, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF,
                                uint64_t{1} << 56, uint64_t{1} << 62, uint64_t{1} << 63, bytes->size(),
                                bytes->size() - 1, bytes->size() * 8, value + 1, value - 1, value * 2, value / 2,
                                value ^ (uint64_t{1} << below(64)), random_.bits()};
    // clang-format on
    uint64_t changed = numbers[below(std::size(numbers))];
    if (n_bytes == 4 && below(3) == 0) std::memcpy(&changed, &floats[below(std::size(floats))], 4);
    std::memcpy(bytes->data() + at, &changed, n_bytes);
  }

  void resize(size_t at, std::string* bytes) {
    if (below(2)) {
      bytes->resize(at);
    } else {
      bytes->append(below(1000), static_cast<char>(below(256)));
    }
  }

  void swap_chunks(size_t a, size_t b, std::string* bytes) {
    const size_t n_bytes = std::min(length(*bytes, a), length(*bytes, b));
    const std::string kept = bytes->substr(a, n_bytes);
    copy_over(a, *bytes, b, bytes, n_bytes);
    copy_over(b, kept, 0, bytes, n_bytes);
  }

  void copy_over(size_t at, const std::string& from, size_t from_at, std::string* bytes, size_t n_bytes = 4096) {
    n_bytes = std::min({n_bytes, bytes->size() - at, from.size() - from_at});
    std::memmove(bytes->data() + at, from.data() + from_at, n_bytes);
  }

  void splice(size_t at, std::string* bytes) {
    const std::string& other = seeds_[below(seeds_.size())].bytes;
    const size_t other_at = below(2) ? at : below(other.size() + 1);
    bytes->resize(at);
    if (other_at < other.size()) bytes->append(other, other_at, std::string::npos);
  }

  std::string token() {
    // clang-format off
    const char* const tokens[] = {"nan", "inf", "-inf", "-99", "1e999", "-1e-999", "0x10", "-0", "-1", "4294967296",
                                  "99999999999999999999", "\t", "\n", "\r\n", "\r", " ", "#", "\\#", "\\",
                                  "\\end\\", "\\2-grams:", "ngram 2=9", "<unk>", "<UNK>", "<s>", "\xFF", "\xC3",
                                  "\xEF\xBB\xBF"};
    // clang-format on
    return tokens[below(std::size(tokens))];
  }

  void repeat_line(size_t at, std::string* bytes) {
    const size_t begin = bytes->find('\n', at);
    const size_t end = begin == std::string::npos ? begin : bytes->find('\n', begin + 1);
    if (end == std::string::npos) return;
    if (below(2)) {
      bytes->insert(end, bytes->substr(begin, end - begin));
    } else {
      bytes->erase(begin, end - begin);
    }
  }

  const std::vector<SeedFile>& seeds_;
  Random random_;
};

}  // namespace ctcdecode
