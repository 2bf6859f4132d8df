// Which of several sets of instructions is used.
#pragma once

#include <cstdlib>
#include <string>
#include <vector>

namespace deepspeech {

// The set that the environment's DS_KERNELS names, for tests; else the last, which is the fastest; null where there is none.
template <typename Functions>
const Functions* chosen(const std::vector<Functions>& sets) {
  const char* wanted = std::getenv("DS_KERNELS");
  for (const Functions& set : sets) {
    if (wanted != nullptr && set.name == std::string(wanted)) return &set;
  }
  return sets.empty() ? nullptr : &sets.back();
}

}  // namespace deepspeech
