// Stands for the compiler's <immintrin.h>: what the kernels use of AVX-512 and AMX, in plain C++, as Intel's manual has
// it. Names and arguments are those of the intrinsics.
#pragma once

#include <cmath>
#include <cstdint>
#include <cstring>
#include <cstdlib>
typedef float __m512 __attribute__((vector_size(64)));
typedef double __m512d __attribute__((vector_size(64)));
typedef int32_t __m512i __attribute__((vector_size(64)));
typedef int32_t __m256i __attribute__((vector_size(32)));
typedef int32_t __m128i __attribute__((vector_size(16)));
typedef uint16_t __mmask16;
typedef uint64_t __mmask64;
typedef int8_t Bytes64 __attribute__((vector_size(64)));
typedef int16_t Halves32 __attribute__((vector_size(64)));
#define _MM_FROUND_TO_NEAREST_INT 0
#define _MM_FROUND_NO_EXC 8
#define _CMP_UNORD_Q 3
inline __m512 _mm512_setzero_ps() { return __m512{}; }
inline __m512 _mm512_set1_ps(float x) {
  __m512 r;
  for (int i = 0; i < 16; i++) r[i] = x;
  return r;
}
inline __m512 _mm512_loadu_ps(const void* p) {
  __m512 r;
  memcpy(&r, p, 64);
  return r;
}
inline void _mm512_storeu_ps(void* p, __m512 v) { memcpy(p, &v, 64); }
inline __m512 _mm512_maskz_loadu_ps(__mmask16 m, const void* p) {
  __m512 r{};
  for (int i = 0; i < 16; i++)
    if (m >> i & 1) {
      float f;
      memcpy(&f, (const char*)p + 4 * i, 4);
      r[i] = f;
    }
  return r;
}
inline void _mm512_mask_storeu_ps(void* p, __mmask16 m, __m512 v) {
  for (int i = 0; i < 16; i++)
    if (m >> i & 1) {
      float f = v[i];
      memcpy((char*)p + 4 * i, &f, 4);
    }
}
inline __m512 _mm512_add_ps(__m512 a, __m512 b) { return a + b; }
inline __m512 _mm512_sub_ps(__m512 a, __m512 b) { return a - b; }
inline __m512 _mm512_mul_ps(__m512 a, __m512 b) { return a * b; }
inline __m512 _mm512_div_ps(__m512 a, __m512 b) { return a / b; }
inline __m512 _mm512_fmadd_ps(__m512 a, __m512 b, __m512 c) {
  for (int i = 0; i < 16; i++) c[i] = std::fma(a[i], b[i], c[i]);
  return c;
}
inline __m512 _mm512_max_ps(__m512 a, __m512 b) {
  for (int i = 0; i < 16; i++) b[i] = a[i] > b[i] ? a[i] : b[i];
  return b;
}
inline __m512d _mm512_max_pd(__m512d a, __m512d b) {
  for (int i = 0; i < 8; i++) b[i] = a[i] > b[i] ? a[i] : b[i];
  return b;
}
inline __m512 _mm512_min_ps(__m512 a, __m512 b) {
  for (int i = 0; i < 16; i++) b[i] = a[i] < b[i] ? a[i] : b[i];
  return b;
}
inline __m512 _mm512_roundscale_ps(__m512 a, int) {
  for (int i = 0; i < 16; i++) a[i] = std::nearbyint(a[i]);
  return a;
}
inline __m512i _mm512_cvtps_epi32(__m512 a) {
  __m512i r;
  for (int i = 0; i < 16; i++)
    r[i] = (a[i] < 2147483648.0f && a[i] >= -2147483648.0f) ? (int)std::lrintf(a[i]) : INT32_MIN;
  return r;
}
inline __m512 _mm512_cvtepi32_ps(__m512i a) {
  __m512 r;
  for (int i = 0; i < 16; i++) r[i] = (float)a[i];
  return r;
}
inline __m512 _mm512_castsi512_ps(__m512i a) { return (__m512)a; }
inline __m512i _mm512_castps_si512(__m512 a) { return (__m512i)a; }
inline __m512i _mm512_slli_epi32(__m512i a, int n) {
  __m512i r;
  for (int i = 0; i < 16; i++) r[i] = (int32_t)((uint32_t)a[i] << n);
  return r;
}
inline __m512i _mm512_srli_epi32(__m512i a, int n) {
  __m512i r;
  for (int i = 0; i < 16; i++) r[i] = (int32_t)((uint32_t)a[i] >> n);
  return r;
}
inline __m512i _mm512_add_epi32(__m512i a, __m512i b) {
  for (int i = 0; i < 16; i++) a[i] = (int32_t)((uint32_t)a[i] + (uint32_t)b[i]);
  return a;
}
inline __m512i _mm512_sub_epi32(__m512i a, __m512i b) {
  for (int i = 0; i < 16; i++) a[i] = (int32_t)((uint32_t)a[i] - (uint32_t)b[i]);
  return a;
}
inline __m512i _mm512_and_si512(__m512i a, __m512i b) { return a & b; }
inline __m512i _mm512_xor_si512(__m512i a, __m512i b) { return a ^ b; }
inline __m512i _mm512_setzero_si512() { return __m512i{}; }
inline __m512i _mm512_set1_epi32(int x) {
  __m512i r;
  for (int i = 0; i < 16; i++) r[i] = x;
  return r;
}
inline __m512i _mm512_set1_epi16(short x) { return _mm512_set1_epi32((uint16_t)x | (uint32_t)(uint16_t)x << 16); }
inline __m512i _mm512_set1_epi8(char x) {
  Bytes64 r;
  for (int i = 0; i < 64; i++) r[i] = x;
  return (__m512i)r;
}
inline __m512i _mm512_max_epi32(__m512i a, __m512i b) {
  for (int i = 0; i < 16; i++) a[i] = a[i] > b[i] ? a[i] : b[i];
  return a;
}
inline __m512i _mm512_loadu_si512(const void* p) {
  __m512i r;
  memcpy(&r, p, 64);
  return r;
}
inline __m512i _mm512_load_si512(const void* p) {
  if ((uintptr_t)p % 64) abort();
  return _mm512_loadu_si512(p);
}
inline void _mm512_storeu_si512(void* p, __m512i v) { memcpy(p, &v, 64); }
inline __m128i _mm512_cvtepi32_epi8(__m512i a) {
  int8_t b[16];
  for (int i = 0; i < 16; i++) b[i] = (int8_t)a[i];
  __m128i r;
  memcpy(&r, b, 16);
  return r;
}
inline __m256i _mm512_cvtepi32_epi16(__m512i a) {
  int16_t b[16];
  for (int i = 0; i < 16; i++) b[i] = (int16_t)a[i];
  __m256i r;
  memcpy(&r, b, 32);
  return r;
}
inline void _mm_storeu_si128(__m128i* p, __m128i v) { memcpy(p, &v, 16); }
inline __m256i _mm256_loadu_si256(const __m256i* p) {
  __m256i r;
  memcpy(&r, p, 32);
  return r;
}
inline __m512i _mm512_cvtepu16_epi32(__m256i a) {
  uint16_t halves[16];
  memcpy(halves, &a, 32);
  __m512i r;
  for (int i = 0; i < 16; i++) r[i] = halves[i];
  return r;
}
inline void _mm256_storeu_si256(__m256i* p, __m256i v) { memcpy(p, &v, 32); }
inline float _mm512_reduce_add_ps(__m512 a) {
  float s = 0;
  for (int i = 0; i < 16; i++) s += a[i];
  return s;
}
inline __mmask64 _mm512_movepi8_mask(__m512i a) {
  Bytes64 x = (Bytes64)a;
  uint64_t m = 0;
  for (int i = 0; i < 64; i++)
    if (x[i] < 0) m |= 1ull << i;
  return m;
}
inline __m512i _mm512_mask_sub_epi8(__m512i s, __mmask64 m, __m512i a, __m512i b) {
  Bytes64 r = (Bytes64)s, x = (Bytes64)a, y = (Bytes64)b;
  for (int i = 0; i < 64; i++)
    if (m >> i & 1) r[i] = (int8_t)(x[i] - y[i]);
  return (__m512i)r;
}
inline __m512i _mm512_abs_epi8(__m512i a) {
  Bytes64 x = (Bytes64)a;
  for (int i = 0; i < 64; i++) x[i] = (int8_t)(x[i] < 0 ? -x[i] : x[i]);
  return (__m512i)x;
}
inline int saturated(int v) { return v > 32767 ? 32767 : v < -32768 ? -32768 : v; }
inline __m512i _mm512_maddubs_epi16(__m512i a, __m512i b) {
  Bytes64 x = (Bytes64)a, y = (Bytes64)b;
  Halves32 r;
  for (int i = 0; i < 32; i++)
    r[i] = (int16_t)saturated((uint8_t)x[2 * i] * y[2 * i] + (uint8_t)x[2 * i + 1] * y[2 * i + 1]);
  return (__m512i)r;
}
inline __m512i _mm512_madd_epi16(__m512i a, __m512i b) {
  Halves32 x = (Halves32)a, y = (Halves32)b;
  __m512i r;
  for (int i = 0; i < 16; i++) r[i] = x[2 * i] * y[2 * i] + x[2 * i + 1] * y[2 * i + 1];
  return r;
}
inline __m512i _mm512_dpbusd_epi32(__m512i s, __m512i a, __m512i b) {
  Bytes64 x = (Bytes64)a, y = (Bytes64)b;
  for (int i = 0; i < 16; i++)
    for (int j = 0; j < 4; j++) s[i] += (uint8_t)x[4 * i + j] * y[4 * i + j];
  return s;
}
inline __m512i _mm512_mask_mov_epi32(__m512i s, __mmask16 m, __m512i a) {
  for (int i = 0; i < 16; i++)
    if (m >> i & 1) s[i] = a[i];
  return s;
}
inline __mmask16 _mm512_cmp_ps_mask(__m512 a, __m512 b, int) {
  __mmask16 m = 0;
  for (int i = 0; i < 16; i++)
    if (a[i] != a[i] || b[i] != b[i]) m |= 1 << i;
  return m;
}
// Tiles, as Intel's manual has them; anything that the processor would refuse ends the program.
struct Tiles {
  uint8_t cfg[64];
  bool on = false;
  uint8_t data[8][16][64];
  int rows(int t) const { return cfg[48 + t]; }
  int bytes(int t) const {
    uint16_t b;
    memcpy(&b, cfg + 16 + 2 * t, 2);
    return b;
  }
};
inline thread_local Tiles T;
inline void need(bool c) {
  if (!c) abort();
}
inline void _tile_loadconfig(const void* p) {
  memcpy(T.cfg, p, 64);
  need(T.cfg[0] == 1 && T.cfg[1] == 0);
  for (int i = 2; i < 16; i++) need(T.cfg[i] == 0);
  for (int i = 0; i < 16; i++) {
    uint16_t b;
    memcpy(&b, T.cfg + 16 + 2 * i, 2);
    uint8_t r = T.cfg[48 + i];
    if (i >= 8) need(b == 0 && r == 0);
    need(b <= 64 && r <= 16 && (b == 0) == (r == 0));
  }
  T.on = true;
  memset(T.data, 0, sizeof T.data);
}
inline void _tile_release() { T.on = false; }
inline void _tile_zero(int t) {
  need(T.on && T.rows(t));
  memset(T.data[t], 0, 1024);
}
inline void _tile_loadd(int t, const void* p, size_t s) {
  need(T.on && T.rows(t));
  memset(T.data[t], 0, 1024);
  for (int i = 0; i < T.rows(t); i++) memcpy(T.data[t][i], (const char*)p + i * s, T.bytes(t));
}
inline void _tile_stored(int t, void* p, size_t s) {
  need(T.on && T.rows(t));
  for (int i = 0; i < T.rows(t); i++) memcpy((char*)p + i * s, T.data[t][i], T.bytes(t));
}
inline void fits(int c, int a, int b) {
  need(T.on && c != a && c != b && a != b && T.rows(c) == T.rows(a) && T.bytes(c) == T.bytes(b) &&
       T.bytes(a) == 4 * T.rows(b));
}
inline void _tile_dpbssd(int c, int a, int b) {
  fits(c, a, b);
  for (int m = 0; m < T.rows(c); m++)
    for (int k = 0; k < T.bytes(a) / 4; k++)
      for (int n = 0; n < T.bytes(c) / 4; n++) {
        int32_t s;
        memcpy(&s, &T.data[c][m][4 * n], 4);
        for (int j = 0; j < 4; j++) s += (int8_t)T.data[a][m][4 * k + j] * (int8_t)T.data[b][k][4 * n + j];
        memcpy(&T.data[c][m][4 * n], &s, 4);
      }
}
inline float bf(const uint8_t* p) {
  uint16_t h;
  memcpy(&h, p, 2);
  uint32_t w = (uint32_t)h << 16;
  float f;
  memcpy(&f, &w, 4);
  return f;
}
inline void _tile_dpbf16ps(int c, int a, int b) {
  fits(c, a, b);
  for (int m = 0; m < T.rows(c); m++)
    for (int k = 0; k < T.bytes(a) / 4; k++)
      for (int n = 0; n < T.bytes(c) / 4; n++) {
        float s;
        memcpy(&s, &T.data[c][m][4 * n], 4);
        for (int j = 0; j < 2; j++) s += bf(&T.data[a][m][4 * k + 2 * j]) * bf(&T.data[b][k][4 * n + 2 * j]);
        memcpy(&T.data[c][m][4 * n], &s, 4);
      }
}
