// What the program does: results to stdout, progress and errors to stderr.
#pragma once

#include "arguments.h"

namespace deepspeech::client {

enum ExitCode { kDone = 0, kFailed = 1, kWrongUsage = 2 };

// Transcribes what `arguments` name. A bad file is reported and does not stop the others. Throws the exceptions of
// errors.h.
ExitCode transcribe(const Arguments& arguments);

// Prints a line to stdout at once. Throws OutputError.
void print_result(const std::string& text);

// Prints a sentence to stderr, in one line.
void say(const std::string& message);

}  // namespace deepspeech::client
