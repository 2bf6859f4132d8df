// AddressSanitizer knows nothing of mapped files: a read behind the end of one finds zeros or another mapping. These
// take the place of the C library's functions for all of a program that includes them, in one file: what is mapped
// from a file is read into the heap instead, between guards.
#pragma once

#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <set>

namespace ctcdecode {

constexpr size_t kPageBytes = 4096;
constexpr size_t kMaxMappedBytes = size_t{256} << 20;  // no seed file is a hundredth of that

inline std::set<void*>& mapped_in_heap() {  // for programs of one thread
  static std::set<void*> addresses;
  return addresses;
}

}  // namespace ctcdecode

extern "C" {

void* mmap(void* address, size_t size, int protection, int flags, int file, off_t offset) noexcept {
  using namespace ctcdecode;
  if (size > kMaxMappedBytes) {
    std::fprintf(stderr, "a mapping of %zu bytes\n", size);
    std::abort();
  }
  if (file < 0 || size == 0) {
    return reinterpret_cast<void*>(syscall(SYS_mmap, address, size, protection, flags, file, offset));
  }
  struct stat status;
  if (fstat(file, &status) != 0 || offset >= status.st_size) return MAP_FAILED;
  // What lies behind the end of the file must not be read, though a page of it is mapped.
  size = std::min(size, static_cast<size_t>(status.st_size - offset));
  void* copy = nullptr;
  if (posix_memalign(&copy, kPageBytes, size) != 0) return MAP_FAILED;
  if (pread(file, copy, size, offset) != static_cast<ssize_t>(size)) {
    std::free(copy);
    return MAP_FAILED;
  }
  mapped_in_heap().insert(copy);
  return copy;
}

int munmap(void* address, size_t size) noexcept {
  if (!ctcdecode::mapped_in_heap().erase(address)) return static_cast<int>(syscall(SYS_munmap, address, size));
  std::free(address);
  return 0;
}

}  // extern "C"
