// Writes a file that is either complete or not there: under a temporary name in the same folder, renamed at the end. What a
// killed writer has left under that name, the next writer of the same file removes. Links are followed, and a file that is
// replaced keeps its permissions. What takes bytes but is no file - /dev/null, a pipe that somebody reads - stays what it is
// and is sent the whole content at the end.
//
//   FileWriter file("my.scorer");
//   file.put<int32_t>(6);
//   file.commit();  // without it nothing remains
#pragma once

#include <cstdint>
#include <cstdio>
#include <string>
#include <string_view>

namespace ctcdecode {

class FileWriter {
 public:
  // Every function throws FormatError(kUnreadable) with the reason if the file cannot be written.
  explicit FileWriter(const std::string& path);
  ~FileWriter();
  FileWriter(const FileWriter&) = delete;
  FileWriter& operator=(const FileWriter&) = delete;

  const std::string& path() const { return path_; }
  uint64_t position() const { return position_; }

  void write(const void* data, uint64_t n_bytes);
  void write(std::string_view text) { write(text.data(), text.size()); }

  // Appends a little-endian value.
  template <typename T>
  void put(T value) {
    write(&value, sizeof(value));
  }

  // Appends zeros up to the next multiple of `alignment`.
  void pad_to(uint64_t alignment);

  void commit();

 private:
  void open_replacement();
  void open_sink();
  void send();
  [[noreturn]] void fail() const;
  [[noreturn]] void refuse(const std::string& reason) const;

  std::string path_;
  std::string target_, temporary_;  // of a file: what `path_` leads to, and the name meanwhile
  std::FILE* file_ = nullptr;
  int sink_ = -1;  // what is no file
  uint64_t position_ = 0;
};

}  // namespace ctcdecode
