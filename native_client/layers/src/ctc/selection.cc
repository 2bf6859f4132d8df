// Which sets of instructions there are for the loss.
#include "ctc/ctc.h"
#include "interface/chosen.h"
#include "kernels/processor.h"

namespace deepspeech {
namespace {

std::vector<PathFunctions> compiled_for(const Processor& processor) {
  std::vector<PathFunctions> sets;
  (void)processor;
#ifdef DEEPSPEECH_HAS_AVX2
  if (processor.has_avx2) sets.push_back(avx2_paths());
#endif
#ifdef DEEPSPEECH_HAS_AVX512
  if (processor.has_avx512) sets.push_back(avx512_paths());
#endif
  return sets;
}

}  // namespace

const std::vector<PathFunctions>& available_paths() {
  static const std::vector<PathFunctions> sets = compiled_for(Processor::detect());
  return sets;
}

const PathFunctions* best_paths() { return chosen(available_paths()); }

}  // namespace deepspeech
