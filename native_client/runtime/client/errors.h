// What ends the program, or the work on one file: each message is one sentence with cause and remedy.
#pragma once

#include <stdexcept>
#include <string>

namespace deepspeech::client {

// The arguments are wrong.
class UsageError : public std::runtime_error {
  using std::runtime_error::runtime_error;
};

// An audio file cannot be read, is damaged or cut short.
class AudioError : public std::runtime_error {
  using std::runtime_error::runtime_error;
};

// The library could not do something.
class SpeechError : public std::runtime_error {
  using std::runtime_error::runtime_error;
};

// Nobody gets the results that are printed, so there is no use in more of them.
class OutputError : public std::runtime_error {
  using std::runtime_error::runtime_error;
};

// The message with control characters, which names of files may hold, as escapes.
std::string one_line(const std::string& message);

}  // namespace deepspeech::client
