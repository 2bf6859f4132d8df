// What the processor has, and the operating system lets programs use.
#pragma once

namespace deepspeech {

struct Processor {
  bool has_avx2 = false;         // AVX2 and FMA
  bool has_avx_vnni = false;     // products of bytes for AVX2's registers
  bool has_avx512 = false;       // AVX-512 F, BW, DQ and VL
  bool has_avx512_vnni = false;  // products of bytes
  bool has_amx = false;          // tiles of bytes and of bfloat16; asked for and granted
  bool has_neon = false;         // every processor of 64-bit ARM

  static Processor detect();
};

}  // namespace deepspeech
