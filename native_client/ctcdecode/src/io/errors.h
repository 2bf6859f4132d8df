// What the library throws when a file or an argument cannot be used. Nothing in it prints, aborts or exits.
#pragma once

#include <stdexcept>
#include <string>

namespace ctcdecode {

// A file that is not what it should be. `what()` names the file and says what is wrong and what to do.
class FormatError : public std::runtime_error {
 public:
  // The published error codes of the decoder package.
  enum Kind : int {
    kInvalidAlphabet = 0x2000,
    kUnreadable = 0x2005,
    kInvalidLanguageModel = 0x2006,
    kNoTrie = 0x2007,
    kInvalidTrie = 0x2008,
    kVersionMismatch = 0x2009,
  };

  FormatError(Kind kind, const std::string& path, const std::string& reason)
      : std::runtime_error(path + ": " + reason), kind_(kind) {}

  Kind kind() const { return kind_; }

 private:
  Kind kind_;
};

// An argument that cannot be carried out becomes std::invalid_argument (ValueError in Python).

}  // namespace ctcdecode
