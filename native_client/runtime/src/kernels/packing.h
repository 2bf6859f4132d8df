// Rows of float32 in the layouts of functions.h. Loops that compilers turn into the vectors of the set whose file includes
// this; all sets give the same bits.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

#include "kernels/functions.h"

namespace deepspeech {
namespace {

// Rounded to the nearest, ties to even, in the upper half of the word. NaN could become an infinity, hence its own case.
inline uint32_t upper_bfloat16(uint32_t bits) {
  const uint32_t rounded = bits + 0x7fff + (bits >> 16 & 1);
  return ((bits & 0x7fffffff) > 0x7f800000 ? bits | 0x400000 : rounded) & 0xffff0000;
}

inline uint32_t bits_at(const char* row, size_t j) {
  uint32_t bits;
  std::memcpy(&bits, row + j * sizeof(bits), sizeof(bits));
  return bits;
}

inline float number_in(const char* row, size_t j) {
  float number;
  std::memcpy(&number, row + j * sizeof(number), sizeof(number));
  return number;
}

inline uint32_t bits_of(float number) {
  uint32_t bits;
  std::memcpy(&bits, &number, sizeof(bits));
  return bits;
}

inline void store_word(char* words, size_t j, uint32_t word) {
  std::memcpy(words + j * sizeof(word), &word, sizeof(word));
}

inline int32_t sum_of_bytes(uint32_t word) {
  return (static_cast<int32_t>(word << 24) >> 24) + (static_cast<int32_t>(word << 16) >> 24) +
         (static_cast<int32_t>(word << 8) >> 24) + (static_cast<int32_t>(word) >> 24);
}

// Calls pack(first column of a block, its words, columns of it) for every block.
template <typename Pack>
void for_blocks(const RowGroup& group, Pack pack) {
  char* words = group.words;
  size_t begin = 0;
  for (; begin + kBlockColumns <= group.n_columns; begin += kBlockColumns, words += group.block_bytes) {
    pack(begin, words, kBlockColumns);
  }
  if (begin < group.n_columns) pack(begin, words, group.n_columns - begin);
}

void pack_pair(const RowGroup& group) {
  const char *const row_0 = group.rows[0], *const row_1 = group.rows[1];
  const float* const factors = group.factors;
  if (factors == nullptr) {
    for_blocks(group, [=](size_t begin, char* __restrict words, size_t n) {
      const char *const a = row_0 + begin * sizeof(float), *const b = row_1 + begin * sizeof(float);
      for (size_t j = 0; j < n; ++j) {
        store_word(words, j, upper_bfloat16(bits_at(a, j)) >> 16 | upper_bfloat16(bits_at(b, j)));
      }
    });
    return;
  }
  for_blocks(group, [=](size_t begin, char* __restrict words, size_t n) {
    const char *const a = row_0 + begin * sizeof(float), *const b = row_1 + begin * sizeof(float);
    const float* const by = factors + begin;
    for (size_t j = 0; j < n; ++j) {
      const float first = number_in(a, j) * by[j], second = number_in(b, j) * by[j];
      store_word(words, j, upper_bfloat16(bits_of(first)) >> 16 | upper_bfloat16(bits_of(second)));
    }
  });
}

// The lowest byte of a number from -128 to 127, rounded half to even: 1.5 * 2^23 leaves no bits for fractions. The sign is
// added afterwards: a sum right behind the product would be fused with it where there are instructions for that, and the
// product not be rounded.
inline uint32_t to_byte(float number, float factor) {
  const uint32_t bits = bits_of(number * factor), is_negative = bits >> 31;
  const uint32_t magnitude_bits = bits & 0x7fffffff;
  float magnitude;
  std::memcpy(&magnitude, &magnitude_bits, sizeof(magnitude));
  const uint32_t byte = bits_of(magnitude + 12582912.0f);
  return ((byte ^ (0u - is_negative)) + is_negative) & 0xff;
}

void pack_four(const RowGroup& group) {
  const char *const row_0 = group.rows[0], *const row_1 = group.rows[1], *const row_2 = group.rows[2],
                    *const row_3 = group.rows[3];
  const float* const factors = group.factors;
  int32_t* const all_sums = group.sums;
  for_blocks(group, [=](size_t begin, char* __restrict words, size_t n) {
    const size_t skipped = begin * sizeof(float);
    const char *const a = row_0 + skipped, *const b = row_1 + skipped, *const c = row_2 + skipped,
                      *const d = row_3 + skipped;
    const float* const by = factors + begin;
    int32_t* __restrict const sums = all_sums + begin;
    for (size_t j = 0; j < n; ++j) {
      const uint32_t word = to_byte(number_in(a, j), by[j]) | to_byte(number_in(b, j), by[j]) << 8 |
                            to_byte(number_in(c, j), by[j]) << 16 | to_byte(number_in(d, j), by[j]) << 24;
      store_word(words, j, word);
      sums[j] += sum_of_bytes(word);
    }
  });
}

void find_magnitudes(const char* row, size_t n, int32_t* largest) {
  for (size_t j = 0; j < n; ++j) {
    const int32_t bits = static_cast<int32_t>(bits_at(row, j) & 0x7fffffff);
    largest[j] = bits > largest[j] ? bits : largest[j];
  }
}

void round_to_bfloat16(const char* numbers, size_t n, uint16_t* __restrict rounded) {
  for (size_t k = 0; k < n; ++k) rounded[k] = static_cast<uint16_t>(upper_bfloat16(bits_at(numbers, k)) >> 16);
}

void round_to_bytes(const char* numbers, size_t n, float factor, int8_t* __restrict rounded) {
  for (size_t k = 0; k < n; ++k) rounded[k] = static_cast<int8_t>(to_byte(number_in(numbers, k), factor));
}

int32_t sum_bytes(const int8_t* numbers, size_t n) {
  int32_t sum = 0;
  for (size_t k = 0; k < n; ++k) sum += numbers[k];
  return sum;
}

int32_t largest_magnitude(const char* numbers, size_t n) {
  int32_t largest = 0;
  for (size_t k = 0; k < n; ++k) {
    const int32_t bits = static_cast<int32_t>(bits_at(numbers, k) & 0x7fffffff);
    largest = bits > largest ? bits : largest;
  }
  return largest;
}

constexpr Packing kPacking = {pack_pair,      pack_four, find_magnitudes,  round_to_bfloat16,
                              round_to_bytes, sum_bytes, largest_magnitude};

}  // namespace
}  // namespace deepspeech
