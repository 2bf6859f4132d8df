// The set "avx512_vnni": AVX-512 with instructions for products of bytes (Intel's servers since 2019, AMD since 2022).
// tests/emulated runs it where no processor does; a set that fails the self-check is not used.
#include "kernels/vector_avx512.h"
// Bytes, for int8_products.h:
#include "kernels/bytes_avx512_vnni.h"
#include "kernels/instruction_sets.h"
#include "kernels/int8_products.h"

namespace deepspeech {

Functions avx512_vnni_functions() {
  Functions functions = avx512_functions();
  functions.name = "avx512_vnni";
  functions.multiply_int8 = multiply_int8;
  return functions;
}

}  // namespace deepspeech
