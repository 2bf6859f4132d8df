#include "file_writer.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "errors.h"

namespace ctcdecode {

// A name that nobody has, also not a process that was killed here before.
FileWriter::FileWriter(const std::string& path) : path_(path), temporary_(path + ".XXXXXX"), file_(nullptr) {
  const int descriptor = mkstemp(&temporary_[0]);
  if (descriptor < 0) fail();
  const mode_t mask = umask(0);
  umask(mask);
  fchmod(descriptor, 0666 & ~mask);  // what any new file gets
  file_ = fdopen(descriptor, "wb");
  if (!file_) fail();
}

FileWriter::~FileWriter() {
  if (!file_) return;
  std::fclose(file_);
  std::remove(temporary_.c_str());
}

void FileWriter::write(const void* data, uint64_t n_bytes) {
  if (n_bytes != 0 && std::fwrite(data, 1, n_bytes, file_) != n_bytes) fail();
  position_ += n_bytes;
}

void FileWriter::pad_to(uint64_t alignment) {
  while (position_ % alignment != 0) put<uint8_t>(0);
}

void FileWriter::commit() {
  if (std::fflush(file_) != 0 || fsync(fileno(file_)) != 0) fail();
  // Renamed while it is open, so that the destructor still removes it if that fails.
  if (std::rename(temporary_.c_str(), path_.c_str()) != 0) fail();
  std::FILE* const file = file_;
  file_ = nullptr;
  if (std::fclose(file) != 0) fail();
}

void FileWriter::fail() const {
  throw FormatError(FormatError::kUnreadable, path_,
                    std::string("cannot be written (") + std::strerror(errno) +
                        "); choose a folder that you may write to, with room enough.");
}

}  // namespace ctcdecode
