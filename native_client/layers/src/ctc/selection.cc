// Which sets of instructions there are for the loss.
#include "ctc/ctc.h"
#include "interface/instruction_sets.h"

namespace deepspeech {

const std::vector<PathFunctions>& available_paths() {
  static const auto sets =
      sets_for<PathFunctions>(Processor::detect(), DSL_IF_AVX2(avx2_paths), DSL_IF_AVX512(avx512_paths));
  return sets;
}

const PathFunctions* best_paths() { return chosen(available_paths()); }

}  // namespace deepspeech
