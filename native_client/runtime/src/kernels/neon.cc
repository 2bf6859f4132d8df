// The set "neon", which every processor of 64-bit ARM has.
#include "kernels/vector_neon.h"
// Bytes, for int8_products.h:
#include "kernels/bytes_neon.h"
// The kernels that are written in these two:
#include "kernels/activations.h"
#include "kernels/bfloat16_products.h"
#include "kernels/float32_products.h"
#include "kernels/instruction_sets.h"
#include "kernels/int8_products.h"
#include "kernels/packing.h"
#include "kernels/transposed_products.h"

namespace deepspeech {

Functions neon_functions() {
  return {"neon",    multiply_float32, multiply_transposed, multiply_bfloat16, multiply_int8,
          round_row, lstm_step,        bias_relu,           bias_softmax,      kPacking};
}

}  // namespace deepspeech
