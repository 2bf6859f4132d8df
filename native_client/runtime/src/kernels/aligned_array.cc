#include "kernels/aligned_array.h"

#include <sys/mman.h>

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <new>

namespace deepspeech {
namespace {

constexpr size_t kAlignment = 64;
constexpr size_t kHugePage = 2u << 20;

// Large matrices are read from one end to the other: with huge pages the processor looks up 512 times fewer addresses. What
// the system maps is zero already. Without effect where there are no huge pages.
void* map_zeros(size_t bytes) {
  void* const data = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (data == MAP_FAILED) throw std::bad_alloc();
#ifdef MADV_HUGEPAGE
  madvise(data, bytes, MADV_HUGEPAGE);
#endif
  return data;
}

}  // namespace

template <typename T>
AlignedArray<T>::AlignedArray(size_t size) {
  const size_t bytes = std::max<size_t>(1, size) * sizeof(T);
  if (bytes >= kHugePage) {
    data_ = {static_cast<T*>(map_zeros(bytes)), Free{bytes}};
    return;
  }
  data_ = {static_cast<T*>(::operator new (bytes, std::align_val_t{kAlignment})), Free{bytes}};
  std::memset(static_cast<void*>(data_.get()), 0, bytes);
}

template <typename T>
void AlignedArray<T>::Free::operator()(T* data) const {
  if (bytes >= kHugePage) {
    munmap(data, bytes);
  } else {
    ::operator delete (static_cast<void*>(data), std::align_val_t{kAlignment});
  }
}

template class AlignedArray<float>;
template class AlignedArray<double>;
template class AlignedArray<uint16_t>;
template class AlignedArray<int8_t>;
template class AlignedArray<int32_t>;

}  // namespace deepspeech
