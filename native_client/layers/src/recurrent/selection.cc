// Which of the sets of instructions that were compiled run here.
#include <cstdlib>
#include <string>
#include <vector>

#include "kernels/processor.h"
#include "recurrent/steps.h"

namespace deepspeech {
namespace {

// Slower ones first.
std::vector<StepFunctions> available() {
  std::vector<StepFunctions> sets;
  const Processor processor = Processor::detect();
  (void)processor;
#ifdef DEEPSPEECH_HAS_AVX2
  if (processor.has_avx2) sets.push_back(avx2_steps());
#endif
#ifdef DEEPSPEECH_HAS_AVX512
  if (processor.has_avx512) sets.push_back(avx512_steps());
#endif
  return sets;
}

}  // namespace

const StepFunctions* best_steps() {
  static const std::vector<StepFunctions> sets = available();
  const char* wanted = std::getenv("DS_KERNELS");
  if (wanted == nullptr || *wanted == '\0') return sets.empty() ? nullptr : &sets.back();
  for (const StepFunctions& set : sets) {
    if (set.name == std::string(wanted)) return &set;
  }
  return nullptr;
}

}  // namespace deepspeech
