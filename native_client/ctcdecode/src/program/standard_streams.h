// What the programs share: they do their work whatever becomes of what they say, and their exit status tells.
#pragma once

#include <iosfwd>
#include <string>
#include <vector>

namespace ctcdecode {

using Command = int (*)(const std::vector<std::string>& args, std::ostream& out, std::ostream& err);

// Runs a command of commands.h on the words of `main`. Returns its status, or 1 if that is 0 but something it said was lost:
// a standard stream was closed when the program began, is full, or nobody reads it.
int with_standard_streams(Command command, int argc, char** argv);

}  // namespace ctcdecode
