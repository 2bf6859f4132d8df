#include "standard_streams.h"

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include <cstdlib>
#include <exception>
#include <sstream>

namespace ctcdecode {
namespace {

// Opens what is closed of the three streams, or the next file that is opened would get what is said. Returns whether `number`
// was closed.
bool fill(int number) { return ::fcntl(number, F_GETFD) < 0 && ::open("/dev/null", O_RDWR) >= 0; }

// Writes all of it; returns whether that was possible.
bool say(int number, const std::string& text, bool is_closed) {
  for (size_t n_written = 0; n_written < text.size();) {
    const ssize_t n = is_closed ? -1 : ::write(number, text.data() + n_written, text.size() - n_written);
    if (n < 0) return false;
    n_written += static_cast<size_t>(n);
  }
  return true;
}

[[noreturn]] void end_for_lack_of_memory() {
  say(STDERR_FILENO, "E memory ran out; raise the limit (ulimit -v) or use a smaller file.\n", false);
  std::_Exit(1);
}

}  // namespace

int with_standard_streams(Command command, int argc, char** argv) {
  fill(STDIN_FILENO);
  const bool no_out = fill(STDOUT_FILENO), no_err = fill(STDERR_FILENO);
  ::signal(SIGPIPE, SIG_IGN);
  std::set_terminate(end_for_lack_of_memory);  // nothing else is thrown past the command
  const std::vector<std::string> args(argv + 1, argv + argc);
  std::ostringstream out, err;
  const int status = command(args, out, err);
  std::string complaint;
  if (!say(STDOUT_FILENO, out.str(), no_out)) complaint = "E standard output cannot be written.\n";
  const bool is_heard = say(STDERR_FILENO, err.str() + complaint, no_err) && complaint.empty();
  return status ? status : is_heard ? 0 : 1;
}

}  // namespace ctcdecode
