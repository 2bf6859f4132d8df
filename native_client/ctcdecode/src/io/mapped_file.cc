#include "mapped_file.h"

#include <sys/mman.h>
#include <sys/stat.h>

#include <cerrno>

#include "descriptor.h"
#include "errors.h"

namespace ctcdecode {
namespace {

[[noreturn]] void fail(const std::string& path) {
  const int cause = errno;
  const char* advice = cause == ENOMEM ? "free memory, raise the limit of addresses (ulimit -v), or use a smaller file."
                                       : "check the path.";
  throw FormatError(FormatError::kUnreadable, path,
                    std::string("the file cannot be read (") + std::strerror(cause) + "); " + advice);
}

}  // namespace

MappedFile::MappedFile(const std::string& path) : path_(path) {
  if (path.find('\0') != std::string::npos) {  // open() would quietly take the part before it
    throw FormatError(FormatError::kUnreadable, path, "a path cannot contain a zero byte; check the path.");
  }
  const Descriptor file(path);
  struct stat status;
  if (file.number() < 0 || ::fstat(file.number(), &status) != 0) fail(path);
  if (!S_ISREG(status.st_mode)) {
    const char* kind = S_ISDIR(status.st_mode)    ? "a directory"
                       : S_ISFIFO(status.st_mode) ? "a named pipe"
                       : S_ISSOCK(status.st_mode) ? "a socket"
                                                  : "a device";
    throw FormatError(FormatError::kUnreadable, path,
                      std::string("this is ") + kind + ", not a regular file; pass the path of a file.");
  }
  if (status.st_size == 0) return;
  void* start = ::mmap(nullptr, static_cast<size_t>(status.st_size), PROT_READ, MAP_SHARED, file.number(), 0);
  if (start == MAP_FAILED) fail(path);
  data_ = static_cast<const uint8_t*>(start);
  size_ = static_cast<uint64_t>(status.st_size);
}

MappedFile::~MappedFile() {
  if (data_) ::munmap(const_cast<uint8_t*>(data_), size_);
}

}  // namespace ctcdecode
