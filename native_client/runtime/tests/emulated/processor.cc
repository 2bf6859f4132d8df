// A processor that has everything, as far as emulated/immintrin.h stands for it.
#include "kernels/processor.h"

namespace deepspeech {

Processor Processor::detect() {
  Processor all;
  all.has_avx512 = all.has_avx512_vnni = all.has_amx = true;
  return all;
}

}  // namespace deepspeech
