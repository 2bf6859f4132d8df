// The set "avx2_vnni": AVX2 with instructions for products of bytes (Intel's desktop processors since 2021, AMD since
// 2024).
// A set that fails the self-check is not used.
#include "kernels/vector_avx2.h"
// The same products for 256 bits of AVX-512 have other names; this is the one without AVX-512.
#include "kernels/bytes_avx2_vnni.h"
#include "kernels/instruction_sets.h"
#include "kernels/int8_products.h"

namespace deepspeech {

Functions avx2_vnni_functions() {
  Functions functions = avx2_functions();
  functions.name = "avx2_vnni";
  functions.multiply_int8 = multiply_int8;
  return functions;
}

}  // namespace deepspeech
