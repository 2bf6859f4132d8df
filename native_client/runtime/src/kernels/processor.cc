#include "kernels/processor.h"

#include <cstdint>

#if defined(__x86_64__)
#include <cpuid.h>
#endif
#if defined(__x86_64__) && defined(__linux__)
#include <sys/syscall.h>
#include <unistd.h>
#endif

namespace deepspeech {

#if defined(__x86_64__)

namespace {

bool has_bit(uint32_t word, int bit) { return (word >> bit & 1) != 0; }

// The registers that the operating system keeps for programs.
uint64_t kept_registers() {
  uint32_t low, high;
  __asm__("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
  return uint64_t{high} << 32 | low;
}

// Tiles are large: Linux keeps them only for processes that have asked.
bool may_use_tiles() {
#if defined(__linux__)
  constexpr long kRequestPermission = 0x1023, kTileData = 18;
  return syscall(SYS_arch_prctl, kRequestPermission, kTileData) == 0;
#else
  return false;
#endif
}

}  // namespace

// The bits are those of Intel's manual, volume 2, CPUID.
Processor Processor::detect() {
  Processor found;
  uint32_t a, b, c, d;
  if (__get_cpuid(1, &a, &b, &c, &d) == 0) return found;
  const bool has_fma = has_bit(c, 12), has_registers = has_bit(c, 27), has_avx = has_bit(c, 28);
  if (!has_registers || !has_avx) return found;
  const uint64_t kept = kept_registers();
  const bool keeps_256 = (kept & 0x6) == 0x6, keeps_512 = (kept & 0xe6) == 0xe6, keeps_tiles = (kept >> 17 & 3) == 3;
  if (__get_cpuid_count(7, 0, &a, &b, &c, &d) == 0) return found;
  const uint32_t most_leaf = a, tiles = d;
  found.has_avx2 = keeps_256 && has_fma && has_bit(b, 5);
  found.has_avx512 =
      found.has_avx2 && keeps_512 && has_bit(b, 16) && has_bit(b, 17) && has_bit(b, 30) && has_bit(b, 31);
  found.has_avx512_vnni = found.has_avx512 && has_bit(c, 11);
  found.has_amx = found.has_avx512_vnni && keeps_tiles && has_bit(tiles, 22) && has_bit(tiles, 24) &&
                  has_bit(tiles, 25) && may_use_tiles();
  if (most_leaf >= 1 && __get_cpuid_count(7, 1, &a, &b, &c, &d) != 0)
    found.has_avx_vnni = found.has_avx2 && has_bit(a, 4);
  return found;
}

#elif defined(__aarch64__)

Processor Processor::detect() {
  Processor found;
  found.has_neon = true;
  return found;
}

#else

Processor Processor::detect() { return {}; }

#endif

}  // namespace deepspeech
