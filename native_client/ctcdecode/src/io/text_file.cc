#include "text_file.h"

#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <cstring>
#include <string_view>

#include "content.h"
#include "descriptor.h"
#include "errors.h"

namespace ctcdecode {
namespace {

constexpr size_t kMaxBytes = size_t{1} << 30, kBlockBytes = size_t{1} << 16, kHeadBytes = 512;
constexpr int kWaitMs = 10000, kPauseMs = 20;

[[noreturn]] void fail(const std::string& path, const std::string& reason) {
  throw FormatError(FormatError::kUnreadable, path, reason);
}

// Returns whether the file is a pipe.
bool check_kind(const std::string& path, int descriptor) {
  struct stat status;
  if (descriptor < 0 || ::fstat(descriptor, &status) != 0) {
    fail(path, std::string("cannot be read (") + std::strerror(errno) + "); check the path.");
  }
  if (S_ISDIR(status.st_mode)) fail(path, "this is a directory, not a file; name a file in it.");
  if (!S_ISREG(status.st_mode) && !S_ISFIFO(status.st_mode)) fail(path, "this is a device or a socket; name a file.");
  return S_ISFIFO(status.st_mode);
}

void check_content(const std::string& path, const std::string& text) {
  // Words such as BZh and ID3 begin other files, too: of those, what follows is no text.
  const std::string known = explain_content(text);
  const std::string_view head = std::string_view(text).substr(0, kHeadBytes);
  const bool is_plain =
      std::none_of(head.begin(), head.end(), [](unsigned char c) { return c < 32 && !std::isspace(c); });
  if (!known.empty() && (!is_plain || text[0] == '<' || text[0] == '\\' || text.compare(0, 8, "version ") == 0)) {
    fail(path, known);
  }
  if (text.find('\0') != std::string::npos) fail(path, "this is no text, it holds zero bytes; name a text in UTF-8.");
}

}  // namespace

std::string read_text(const std::string& path) {
  if (path.find('\0') != std::string::npos) fail(path, "a path cannot contain a zero byte; check the path.");
  const Descriptor file(path);
  const bool is_pipe = check_kind(path, file.number());
  std::string text;
  int waited_ms = 0;
  for (;;) {
    const size_t size = text.size();
    if (size > kMaxBytes) fail(path, "more than a gigabyte, which no list of words has; name another file.");
    text.resize(size + kBlockBytes);
    const ssize_t n_bytes = ::read(file.number(), &text[size], kBlockBytes);
    text.resize(size + (n_bytes > 0 ? static_cast<size_t>(n_bytes) : 0));
    if (n_bytes > 0 || (n_bytes < 0 && errno == EINTR)) continue;
    if (n_bytes < 0 && errno == EAGAIN) {  // somebody has the pipe open and has not written yet
      pollfd waiting = {file.number(), POLLIN, 0};
      ::poll(&waiting, 1, -1);
      continue;
    }
    if (n_bytes < 0) fail(path, std::string("cannot be read (") + std::strerror(errno) + "); check the path.");
    if (!is_pipe || !text.empty()) break;
    if (waited_ms >= kWaitMs) fail(path, "this is a named pipe to which nobody writes; name a file.");
    ::poll(nullptr, 0, kPauseMs);
    waited_ms += kPauseMs;
  }
  check_content(path, text);
  return text;
}

}  // namespace ctcdecode
