// The set "avx2": AVX2 and FMA (Intel since 2013, AMD since 2015). Compiled for these: nothing in it may be linked
// elsewhere.
#include "kernels/vector_avx2.h"
// Bytes, for int8_products.h:
#include "kernels/bytes_avx2.h"
// The kernels that are written in these two:
#include "kernels/activations.h"
#include "kernels/bfloat16_products.h"
#include "kernels/float32_products.h"
#include "kernels/instruction_sets.h"
#include "kernels/int8_products.h"
#include "kernels/packing.h"
#include "kernels/transposed_products.h"

namespace deepspeech {

Functions avx2_functions() {
  return {"avx2",    multiply_float32, multiply_transposed, multiply_bfloat16, multiply_int8,
          round_row, lstm_step,        bias_relu,           bias_softmax,      kPacking};
}

}  // namespace deepspeech
