// FlatBuffers, read field by field, without trusting a byte. Tables point forward only, so there are no cycles; but
// many of them may point to the same place, so the number of items read is limited. Source: "FlatBuffers internals" in
// the FlatBuffers documentation.
//
//   FlatFile file(bytes);
//   for (const Table& tensor : file.root().tables(0)) name = tensor.text(3);
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace deepspeech {

// The bytes are not such a buffer, or not the one that is expected.
class FlatBufferError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

class Table;

// The bytes of a file, and how many items may still be read from it.
class FlatFile {
 public:
  static constexpr size_t kMaxItems = size_t{1} << 20;  // the largest models known have a hundredth of that

  explicit FlatFile(std::string_view bytes) : bytes_(bytes) {}
  FlatFile(const FlatFile&) = delete;
  FlatFile& operator=(const FlatFile&) = delete;

  Table root();

  // Returns the number at a byte. Throws FlatBufferError: it is not all there.
  template <typename T>
  T number(uint64_t position) const {
    T value;
    std::memcpy(&value, slice(position, sizeof(T)).data(), sizeof(T));
    return value;
  }

  std::string_view slice(uint64_t position, uint64_t n_bytes) const;
  void spend(size_t n_items);

 private:
  std::string_view bytes_;
  size_t n_left_ = kMaxItems;
};

// A table of a file. Fields have numbers; missing ones have the default. All functions throw FlatBufferError where the
// bytes they need are missing.
class Table {
 public:
  Table() = default;  // without fields
  Table(FlatFile* file, uint64_t position);

  template <typename T>
  T number(size_t field, T otherwise = T{}) const {
    const uint64_t position = find(field);
    return position ? file_->number<T>(position) : otherwise;
  }

  // The bytes of a vector of numbers, `item_bytes` each; empty if it is missing.
  std::string_view vector(size_t field, size_t item_bytes) const;
  std::vector<int32_t> integers(size_t field) const;
  std::string text(size_t field) const;
  Table table(size_t field) const;
  std::vector<Table> tables(size_t field) const;

 private:
  uint64_t find(size_t field) const;  // 0: it is missing
  Table at(uint64_t position) const;

  FlatFile* file_ = nullptr;
  uint64_t position_ = 0;
  std::string_view offsets_;
};

}  // namespace deepspeech
