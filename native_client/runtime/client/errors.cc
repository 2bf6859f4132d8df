#include "errors.h"

#include <cstdio>

namespace deepspeech::client {

std::string one_line(const std::string& message) {
  std::string line;
  for (const char character : message) {
    const unsigned code = static_cast<unsigned char>(character);
    if (character == '\n') {
      line += "\\n";
    } else if (code < 0x20 || code == 0x7F) {
      char escape[8];
      std::snprintf(escape, sizeof(escape), "\\x%02x", code);
      line += escape;
    } else {
      line += character;
    }
  }
  return line;
}

}  // namespace deepspeech::client
