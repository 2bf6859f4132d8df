// Arrays for vector instructions.
#pragma once

#include <cstddef>
#include <memory>

namespace deepspeech {

// Memory for `size` numbers at an address that is a multiple of 64, all zero.
template <typename T>
class AlignedArray {
 public:
  explicit AlignedArray(size_t size);
  T* data() { return data_.get(); }
  const T* data() const { return data_.get(); }

 private:
  struct Free {
    size_t bytes = 0;
    void operator()(T* data) const;
  };
  std::unique_ptr<T, Free> data_;
};

}  // namespace deepspeech
