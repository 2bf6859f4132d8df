// The set "avx512": AVX-512 F, BW, DQ and VL (Intel's servers since 2017, AMD since 2022). Compiled for these: nothing
// in it may be linked elsewhere.
// tests/emulated runs it where no processor does; a set that fails the self-check is not used.
#include "kernels/vector_avx512.h"
// Bytes, for int8_products.h:
#include "kernels/bytes_avx512.h"
// The kernels that are written in these two:
#include "kernels/activations.h"
#include "kernels/bfloat16_products.h"
#include "kernels/float32_products.h"
#include "kernels/instruction_sets.h"
#include "kernels/int8_products.h"
#include "kernels/packing.h"
#include "kernels/transposed_products.h"

namespace deepspeech {

Functions avx512_functions() {
  return {"avx512",  multiply_float32, multiply_transposed, multiply_bfloat16, multiply_int8,
          round_row, lstm_step,        bias_relu,           bias_softmax,      kPacking};
}

}  // namespace deepspeech
