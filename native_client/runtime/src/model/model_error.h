// What is thrown where a file cannot be used as a model, or a call fails. Nothing in the library prints, aborts or exits.
#pragma once

#include <stdexcept>
#include <string>

namespace deepspeech {

class ModelError : public std::runtime_error {
 public:
  // `code`: of DeepSpeech_Error_Codes. `detail`: one sentence with cause and remedy.
  ModelError(int code, const std::string& detail) : std::runtime_error(detail), code_(code) {}

  int code() const { return code_; }

 private:
  int code_;
};

}  // namespace deepspeech
