// Reads texts that people name: lists of words. What is no text is called what it is, and nothing is read or waited for
// without end.
#pragma once

#include <string>

namespace ctcdecode {

// The content of a file, or of a pipe that somebody writes to. Throws FormatError for a directory or a device, for a pipe
// to which nobody writes within ten seconds, for more than a gigabyte, and for other files than text.
std::string read_text(const std::string& path);

}  // namespace ctcdecode
