// A whole file as read-only memory, and bounds-checked reading from it.
#pragma once

#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

namespace ctcdecode {

class MappedFile {
 public:
  // Throws FormatError(kUnreadable). An empty file gives size() 0.
  explicit MappedFile(const std::string& path);
  ~MappedFile();
  MappedFile(const MappedFile&) = delete;
  MappedFile& operator=(const MappedFile&) = delete;

  const std::string& path() const { return path_; }
  const uint8_t* data() const { return data_; }
  uint64_t size() const { return size_; }

  // True if `count` records of `record_bytes` starting at `offset` lie inside the file; safe from overflow.
  bool holds(uint64_t offset, uint64_t count, uint64_t record_bytes = 1) const {
    return offset <= size_ && (record_bytes == 0 || count <= (size_ - offset) / record_bytes);
  }

  // Copies a little-endian value from any offset; the caller has made sure of holds().
  template <typename T>
  T read(uint64_t offset) const {
    T value;
    std::memcpy(&value, data_ + offset, sizeof(T));
    return value;
  }

 private:
  std::string path_;
  const uint8_t* data_ = nullptr;
  uint64_t size_ = 0;
};

}  // namespace ctcdecode
