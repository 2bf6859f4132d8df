// Gives memory that a mapped file takes back to the system, once its numbers have been copied.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace deepspeech {

// Knows the read-only mappings of files that a range of addresses touches, as of its construction.
//
//   FilePages pages(data, size);
//   pages.give_back(data, done);   // read again from the file if they should be needed
//   pages.give_back();             // all of them
class FilePages {
 public:
  FilePages(const void* data, size_t size);

  // Of the given range only whole pages of files go: nothing happens to memory of any other kind.
  void give_back(const void* data, size_t size) const;
  void give_back() const;

 private:
  struct Range {
    uintptr_t begin, end;
  };
  std::vector<Range> ranges_;
};

}  // namespace deepspeech
