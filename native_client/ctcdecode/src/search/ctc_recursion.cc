#include "ctc_recursion.h"

#include <cstdint>
#include <cstring>

#if defined(__GNUC__)
#define CTCDECODE_INLINE inline __attribute__((always_inline))
#else
#define CTCDECODE_INLINE inline
#endif

namespace ctcdecode {
namespace {

// exp(-x) for x in [0, 87], relative error below 2e-7: 2^-n times a polynomial on the rest.
CTCDECODE_INLINE float exp_of_minus(float x) {
  constexpr float kLog2E = 1.44269504f, kLn2High = 0.693359375f, kLn2Low = -2.12194440e-4f;
  const float n = static_cast<float>(static_cast<int32_t>(x * kLog2E + 0.5f));
  const float r = (n * kLn2High - x) + n * kLn2Low;  // in [-ln2/2, ln2/2]
  float p = 1.9875691500e-4f;
  p = p * r + 1.3981999507e-3f;
  p = p * r + 8.3334519073e-3f;
  p = p * r + 4.1665795894e-2f;
  p = p * r + 1.6666665459e-1f;
  p = p * r + 5.0000001201e-1f;
  p = p * r * r + r + 1.0f;
  const int32_t bits = (127 - static_cast<int32_t>(n)) << 23;
  float scale;
  std::memcpy(&scale, &bits, sizeof(scale));
  return p * scale;
}

// log(1 + t) for t in [0, 1], as 2 artanh(t / (2 + t)); absolute error below 1e-7.
CTCDECODE_INLINE float log_one_plus(float t) {
  const float s = t / (2.0f + t);
  const float z = s * s;
  float p = 1.0f / 13;
  p = p * z + 1.0f / 11;
  p = p * z + 1.0f / 9;
  p = p * z + 1.0f / 7;
  p = p * z + 1.0f / 5;
  p = p * z + 1.0f / 3;
  return 2.0f * s * (p * z + 1.0f);
}

CTCDECODE_INLINE float log_sum(float a, float b) {
  const float larger = a > b ? a : b, smaller = a > b ? b : a;
  float distance = larger - smaller;
  distance = distance < 87.0f ? distance : 87.0f;
  return larger + log_one_plus(exp_of_minus(distance));
}

CTCDECODE_INLINE void advance(const PrefixPaths& before, const float* __restrict log_p, float log_p_blank, float bound,
                              float* __restrict repeat, float* __restrict extend, float* __restrict next_blank) {
  const float* const __restrict blank = before.blank;
  const float* const __restrict nonblank = before.nonblank;
  const float* const __restrict score = before.score;
  // Signed: what vector instructions index with.
  const int32_t* const __restrict label = reinterpret_cast<const int32_t*>(before.last_label);
  const int32_t* const __restrict parent = reinterpret_cast<const int32_t*>(before.parent);
  const size_t size = before.size;
  for (size_t i = 0; i < size; ++i) {
    const float log_p_label = log_p[label[i]];
    repeat[i] = log_p_label + score[i] >= bound ? log_p_label + nonblank[i] : kNever;
    next_blank[i] = log_p_blank + score[i] >= bound ? log_p_blank + score[i] : kNever;
    const int32_t from = parent[i] >= 0 ? parent[i] : 0;  // without a parent: anything that can be read
    const float parent_score = score[from], parent_blank = blank[from];
    float path = extend_path(log_p_label, parent_blank, parent_score, label[i] == label[from]);
    path = log_p_label + parent_score >= bound ? path : kNever;
    extend[i] = parent[i] >= 0 ? path : kNever;
  }
}

CTCDECODE_INLINE ScoreRange sum(const float* __restrict repeat, const float* __restrict extend,
                                const float* __restrict blank, float* __restrict nonblank, float* __restrict score,
                                size_t size) {
  ScoreRange range{3e38f, -3e38f};
  for (size_t i = 0; i < size; ++i) {
    const float nonblank_sum = log_sum(repeat[i], extend[i]);
    const float total = log_sum(blank[i], nonblank_sum);
    nonblank[i] = nonblank_sum;
    score[i] = total;
    range.min = total < range.min ? total : range.min;
    range.max = total > range.max ? total : range.max;
  }
  return range;
}

// One build serves old and new processors: the loops are compiled for several kinds, of which one is chosen at run time.
struct Loops {
  void (*advance)(const PrefixPaths&, const float*, float, float, const FramePaths&);
  ScoreRange (*sum)(const FramePaths&, float*, float*, size_t);
};

#define CTCDECODE_LOOPS(name, attributes)                                                                       \
  attributes void advance_##name(const PrefixPaths& before, const float* log_p, float log_p_blank, float bound, \
                                 const FramePaths& paths) {                                                     \
    advance(before, log_p, log_p_blank, bound, paths.repeat, paths.extend, paths.blank);                        \
  }                                                                                                             \
  attributes ScoreRange sum_##name(const FramePaths& paths, float* nonblank, float* score, size_t size) {       \
    return sum(paths.repeat, paths.extend, paths.blank, nonblank, score, size);                                 \
  }

CTCDECODE_LOOPS(anywhere, )
#if defined(__x86_64__) && defined(__GNUC__)
CTCDECODE_LOOPS(avx2, __attribute__((target("avx2,fma"))))
CTCDECODE_LOOPS(avx512, __attribute__((target("avx512f,avx512dq,avx512vl,avx512bw,avx2,fma"))))
#endif

Loops best_loops() {
#if defined(__x86_64__) && defined(__GNUC__)
  const bool has_avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
  const bool has_avx512 = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
                          __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512bw");
  if (has_avx512 && has_avx2) return Loops{advance_avx512, sum_avx512};
  if (has_avx2) return Loops{advance_avx2, sum_avx2};
#endif
  return Loops{advance_anywhere, sum_anywhere};
}

const Loops& loops() {
  static const Loops chosen = best_loops();
  return chosen;
}

}  // namespace

void advance_paths(const PrefixPaths& before, const float* log_p, float log_p_blank, float bound,
                   const FramePaths& paths) {
  loops().advance(before, log_p, log_p_blank, bound, paths);
}

ScoreRange sum_paths(const FramePaths& paths, float* nonblank, float* score, size_t size) {
  return loops().sum(paths, nonblank, score, size);
}

}  // namespace ctcdecode
