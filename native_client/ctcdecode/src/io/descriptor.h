// A file that is open for reading, by its number in this process.
#pragma once

#include <fcntl.h>
#include <unistd.h>

#include <string>

namespace ctcdecode {

class Descriptor {
 public:
  // Without O_NONBLOCK, opening a pipe would wait for somebody to write to it. The number is negative, and errno set, if the
  // file cannot be opened.
  explicit Descriptor(const std::string& path) : number_(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)) {}
  ~Descriptor() {
    if (number_ >= 0) ::close(number_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;

  int number() const { return number_; }

 private:
  int number_;
};

}  // namespace ctcdecode
