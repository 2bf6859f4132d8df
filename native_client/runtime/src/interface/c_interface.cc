#include "interface/c_interface.h"

#include <cstdio>

namespace deepspeech {
namespace {

constexpr size_t kMaxErrorBytes = 6000;  // a path has at most 4096

// A plain array, so that remembering a failure cannot fail. Threads do not see each other's.
struct LastError {
  char text[kMaxErrorBytes];
};

LastError& of_this_thread() noexcept {
  static thread_local LastError error{};
  return error;
}

}  // namespace

int failed(int code, const char* detail) noexcept {
  LastError& error = of_this_thread();
  std::snprintf(error.text, sizeof(error.text), "%s", detail);
  return code;
}

const char* last_error() noexcept { return of_this_thread().text; }

}  // namespace deepspeech
