// Which sets of instructions there are: those that were compiled, that the processor has, and that pass the self-check.
#include <vector>

#include "interface/instruction_sets.h"
#include "recurrent/self_check.h"
#include "recurrent/steps.h"

namespace deepspeech {
namespace {

std::vector<StepFunctions> compiled_for(const Processor& processor, bool is_bfloat16) {
  auto sets = sets_for<StepFunctions>(processor, DSL_IF_AVX2(avx2_steps), DSL_IF_AVX512(avx512_steps));
  (void)is_bfloat16;
#ifdef DEEPSPEECH_HAS_AMX
  if (processor.has_amx && is_bfloat16) sets.push_back(amx_steps());
#endif
  return sets;
}

std::vector<StepFunctions> select(bool is_bfloat16) {
  std::vector<StepFunctions> agreeing;
  for (const StepFunctions& set : compiled_for(Processor::detect(), is_bfloat16)) {
    if (agreeing.empty() || steps_agree(set, agreeing[0], is_bfloat16)) agreeing.push_back(set);
  }
  return agreeing;
}

}  // namespace

const std::vector<StepFunctions>& available_steps(bool is_bfloat16) {
  static const std::vector<StepFunctions> of_float32 = select(false), of_bfloat16 = select(true);
  return is_bfloat16 ? of_bfloat16 : of_float32;
}

const StepFunctions* best_steps(bool is_bfloat16) { return chosen(available_steps(is_bfloat16)); }

}  // namespace deepspeech
