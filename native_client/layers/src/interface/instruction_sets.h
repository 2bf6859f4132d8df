// Which sets of instructions there are for a part, and which of them is used.
//
//   StepFunctions avx2_steps();                  // each compiled in a file of its own, if the compiler knows the instructions
//   const auto sets = sets_for(Processor::detect(), DSL_IF_AVX2(avx2_steps), DSL_IF_AVX512(avx512_steps));
//   const StepFunctions* functions = chosen(sets);
#pragma once

#include <cstdlib>
#include <string>
#include <vector>

#include "kernels/processor.h"

// What makes the functions of a set, or null where the set was not compiled.
#ifdef DEEPSPEECH_HAS_AVX2
#define DSL_IF_AVX2(make) (make)
#else
#define DSL_IF_AVX2(make) nullptr
#endif
#ifdef DEEPSPEECH_HAS_AVX512
#define DSL_IF_AVX512(make) (make)
#else
#define DSL_IF_AVX512(make) nullptr
#endif

namespace deepspeech {

// Those of the compiled sets that the processor has, slower ones first.
template <typename Functions>
std::vector<Functions> sets_for(const Processor& processor, Functions (*avx2)(), Functions (*avx512)()) {
  std::vector<Functions> sets;
  if (avx2 != nullptr && processor.has_avx2) sets.push_back(avx2());
  if (avx512 != nullptr && processor.has_avx512) sets.push_back(avx512());
  return sets;
}

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
