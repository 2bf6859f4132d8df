// The program `deepspeech`: transcribes audio files with a trained model.
//
//   deepspeech --model output_graph.pbmm --scorer language.scorer --audio speech.wav
//
// Results go to stdout, everything else to stderr. Exit code 0: done; 1: something failed, each with a line that begins
// with "E "; 2: the arguments are wrong.
#include <fcntl.h>
#include <unistd.h>

#include <csignal>
#include <iostream>
#include <new>

#include "errors.h"
#include "speech.h"
#include "transcribe.h"

namespace {

using namespace deepspeech::client;

// Opens what is closed of the three standard streams, or the next file that is opened would get what is printed.
void fill_closed_streams() {
  for (int stream = 0; stream < 3; ++stream) {
    if (fcntl(stream, F_GETFD) == -1) (void)!open("/dev/null", O_RDONLY);  // writing to it fails
  }
}

int run(const Arguments& arguments) {
  if (arguments.help) {
    print_result(usage());
    return kDone;
  }
  if (arguments.version) {
    print_result("DeepSpeech " + version());
    return kDone;
  }
  return transcribe(arguments);
}

}  // namespace

int main(int argc, char** argv) {
  fill_closed_streams();
  std::signal(SIGPIPE, SIG_IGN);  // lost output is reported
  std::ios::sync_with_stdio(false);
  try {
    return run(parse_arguments(std::vector<std::string>(argv + (argc > 0), argv + argc)));
  } catch (const UsageError& error) {
    say(std::string("E ") + error.what());
    return kWrongUsage;
  } catch (const std::bad_alloc&) {
    say("E Memory ran out; use a smaller model or --beam_width, or raise the limit (ulimit -v).");
  } catch (const std::exception& error) {
    say(std::string("E ") + error.what());
  }
  return kFailed;
}
