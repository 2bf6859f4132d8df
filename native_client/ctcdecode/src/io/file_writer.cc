#include "file_writer.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <functional>
#include <random>

#include "errors.h"

namespace ctcdecode {
namespace {

constexpr mode_t kPermissions = 0777;

// The file that a path leads to, through any links, whether there is one or not yet. Empty, and errno, if there are too many.
std::string followed(const std::string& path) {
  std::filesystem::path current(path);
  for (int n_links = 0; n_links < 40; ++n_links) {
    std::error_code error;
    const std::filesystem::path next = std::filesystem::read_symlink(current, error);
    if (error) return current.string();
    current = next.is_absolute() ? next : current.parent_path() / next;
  }
  errno = ELOOP;
  return std::string();
}

// A name beside `target` for what is being written.
std::string beside(const std::string& target, uint64_t number) {
  char digits[17];
  std::snprintf(digits, sizeof(digits), "%016llx", static_cast<unsigned long long>(number));
  return (std::filesystem::path(target).parent_path() / (std::string(".tmp-") + digits)).string();
}

// The one that follows from the name of `target`, so that the next writer finds what a killed one has left.
std::string known_name(const std::string& target) {
  return beside(target, std::hash<std::string>()(std::filesystem::path(target).filename().string()));
}

// One that nobody can foretell.
std::string unforeseen_name(const std::string& target) {
  std::random_device source;
  return beside(target, uint64_t{source()} << 32 | source());
}

bool is_same_file(const struct stat& a, const struct stat& b) { return a.st_dev == b.st_dev && a.st_ino == b.st_ino; }

bool leads_to(const std::string& name, int descriptor) {
  struct stat of_name, of_descriptor;
  return ::lstat(name.c_str(), &of_name) == 0 && ::fstat(descriptor, &of_descriptor) == 0 &&
         is_same_file(of_name, of_descriptor);
}

// Removes a file whose writer was killed: the system has opened its lock.
void remove_abandoned(const std::string& name) {
  struct stat status;
  if (::lstat(name.c_str(), &status) != 0 || !S_ISREG(status.st_mode)) return;
  const int descriptor = ::open(name.c_str(), O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
  if (descriptor < 0) return;
  if (::flock(descriptor, LOCK_EX | LOCK_NB) == 0 && leads_to(name, descriptor)) ::unlink(name.c_str());
  ::close(descriptor);
}

}  // namespace

FileWriter::FileWriter(const std::string& path) : path_(path), target_(followed(path)) {
  if (path.find('\0') != std::string::npos) refuse("a path cannot contain a zero byte");
  if (target_.empty()) fail();
  struct stat status, of_target;
  if (::stat(path.c_str(), &status) != 0) {
    if (errno != ENOENT) fail();
    open_replacement();
    return;
  }
  if (S_ISDIR(status.st_mode)) refuse("it is a directory; give the name of a file");
  if (S_ISBLK(status.st_mode) || S_ISSOCK(status.st_mode)) refuse("it is a disk or a socket, not a file");
  // Below /proc, a link may lead to a file that has no name any more.
  if (S_ISREG(status.st_mode) && ::stat(target_.c_str(), &of_target) == 0 && is_same_file(status, of_target)) {
    open_replacement();
    if (::fchown(fileno(file_), status.st_uid, status.st_gid) != 0) errno = 0;  // only the superuser gives files away
    ::fchmod(fileno(file_), status.st_mode & kPermissions);
  } else {
    open_sink();
  }
}

FileWriter::~FileWriter() {
  if (sink_ >= 0) ::close(sink_);
  if (!file_) return;
  if (!temporary_.empty()) std::remove(temporary_.c_str());  // while it is locked, hence ours
  std::fclose(file_);
}

void FileWriter::open_replacement() {
  remove_abandoned(known_name(target_));
  for (const std::string& name : {known_name(target_), unforeseen_name(target_)}) {
    // The system applies the umask to what is made with all permissions.
    const int descriptor = ::open(name.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0666);
    if (descriptor < 0 && errno == EEXIST) continue;  // somebody else writes the same
    if (descriptor < 0) fail();
    const bool is_others = ::flock(descriptor, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK;
    if (is_others || !leads_to(name, descriptor)) {  // removed as abandoned before it was locked
      ::close(descriptor);
      continue;
    }
    temporary_ = name;
    file_ = ::fdopen(descriptor, "wb");
    if (!file_) fail();
    return;
  }
  errno = EEXIST;
  fail();
}

void FileWriter::open_sink() {
  // A pipe without a reader would be waited for without end.
  sink_ = ::open(path_.c_str(), O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
  if (sink_ < 0 && errno == ENXIO) refuse("it is a pipe that nobody reads");
  if (sink_ < 0 || ::fcntl(sink_, F_SETFL, 0) != 0) fail();
  file_ = std::tmpfile();
  if (!file_) fail();
}

void FileWriter::write(const void* data, uint64_t n_bytes) {
  if (n_bytes != 0 && std::fwrite(data, 1, n_bytes, file_) != n_bytes) fail();
  position_ += n_bytes;
}

void FileWriter::pad_to(uint64_t alignment) {
  while (position_ % alignment != 0) put<uint8_t>(0);
}

void FileWriter::commit() {
  if (std::fflush(file_) != 0) fail();
  if (sink_ >= 0) {
    send();
    return;
  }
  if (::fsync(fileno(file_)) != 0) fail();
  // Renamed while it is open, so that the destructor still removes it if that fails.
  if (std::rename(temporary_.c_str(), target_.c_str()) != 0) fail();
  std::FILE* const file = file_;
  file_ = nullptr;
  if (std::fclose(file) != 0) fail();
}

void FileWriter::send() {
  std::rewind(file_);
  char block[1 << 16];
  while (const size_t n_bytes = std::fread(block, 1, sizeof(block), file_)) {
    for (size_t n_sent = 0; n_sent < n_bytes;) {
      const ssize_t n = ::write(sink_, block + n_sent, n_bytes - n_sent);
      if (n < 0 && errno != EINTR) fail();
      n_sent += n < 0 ? 0 : static_cast<size_t>(n);
    }
  }
  if (std::ferror(file_)) fail();
}

void FileWriter::fail() const {
  throw FormatError(FormatError::kUnreadable, path_,
                    std::string("cannot be written (") + std::strerror(errno) +
                        "); choose a folder that you may write to, with room enough.");
}

void FileWriter::refuse(const std::string& reason) const {
  throw FormatError(FormatError::kUnreadable, path_, "cannot be written (" + reason + "); choose another name.");
}

}  // namespace ctcdecode
