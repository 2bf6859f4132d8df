#include "kernels/file_pages.h"

#ifdef __linux__
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <memory>
#endif

namespace deepspeech {

#ifdef __linux__

// A line of /proc/self/maps: "begin-end perms offset device inode path". A mapping that nobody may write and that has
// an inode holds what the file holds, so that dropping its pages loses nothing.
FilePages::FilePages(const void* data, size_t size) {
  const uintptr_t first = reinterpret_cast<uintptr_t>(data), last = first + size;
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> maps(std::fopen("/proc/self/maps", "re"), std::fclose);
  if (maps == nullptr) return;
  char line[512];
  bool starts_line = true;
  while (std::fgets(line, sizeof(line), maps.get()) != nullptr) {
    unsigned long long begin = 0, end = 0, inode = 0;
    char permissions[8] = "";
    const bool is_mapping =
        starts_line && std::sscanf(line, "%llx-%llx %7s %*s %*s %llu", &begin, &end, permissions, &inode) == 4;
    starts_line =
        std::find(line, std::find(line, line + sizeof(line), '\0'), '\n') != std::find(line, line + sizeof(line), '\0');
    if (is_mapping && permissions[0] == 'r' && permissions[1] == '-' && inode != 0 && begin < last && end > first) {
      ranges_.push_back({std::max<uintptr_t>(begin, first), std::min<uintptr_t>(end, last)});
    }
  }
}

void FilePages::give_back(const void* data, size_t size) const {
  const uintptr_t page = static_cast<uintptr_t>(sysconf(_SC_PAGESIZE));
  const uintptr_t first = reinterpret_cast<uintptr_t>(data);
  for (const Range& range : ranges_) {
    const uintptr_t begin = (std::max(range.begin, first) + page - 1) / page * page;
    const uintptr_t end = std::min(range.end, first + size) / page * page;
    if (begin < end) madvise(reinterpret_cast<void*>(begin), end - begin, MADV_DONTNEED);
  }
}

void FilePages::give_back() const {
  for (const Range& range : ranges_) give_back(reinterpret_cast<const void*>(range.begin), range.end - range.begin);
}

#else

FilePages::FilePages(const void*, size_t) {}
void FilePages::give_back(const void*, size_t) const {}
void FilePages::give_back() const {}

#endif

}  // namespace deepspeech
