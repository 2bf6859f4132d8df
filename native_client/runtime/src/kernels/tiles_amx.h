// Tiles of AMX over the layouts of functions.h: at most 16 rows of x by the 64 columns of a block.
//
//   configure(n_rows, n_groups); clear_sums();
//   add_tiles<ByteTiles>(x, row_bytes, weights, n_groups);
//   store_sums(sums);                                       // [16][64]
//   _tile_release();                                        // at last
//
// Tiles 0 to 3 are sums, 4 and 5 whole tiles of x and of weights, 6 and 7 those of the groups that are left. A group is
// a word of 32 bits: four bytes, or two bfloat16 numbers.
#pragma once

#include <immintrin.h>

#include <cstddef>
#include <cstdint>

#include "kernels/functions.h"

namespace deepspeech {
namespace {

constexpr size_t kTileRows = 16, kTileGroups = 16;
constexpr size_t kBlockRowBytes = kBlockColumns * 4;  // from a group of a block to the next

struct alignas(64) TileConfig {
  uint8_t palette = 1, start_row = 0, reserved[14] = {};
  uint16_t row_bytes[16] = {};
  uint8_t n_rows[16] = {};

  void set(size_t tile, size_t rows, size_t bytes) {
    n_rows[tile] = static_cast<uint8_t>(rows);
    row_bytes[tile] = static_cast<uint16_t>(bytes);
  }
};

// For `n_rows` rows of x. Also has everything written to memory that tiles are loaded from, which the compiler would
// not know to be read.
inline void configure(size_t n_rows, size_t n_groups) {
  TileConfig config;
  for (size_t tile = 0; tile < 4; ++tile) config.set(tile, n_rows, 64);
  config.set(4, n_rows, 64);
  config.set(5, kTileGroups, 64);
  const size_t left = n_groups % kTileGroups;
  if (left > 0) {
    config.set(6, n_rows, left * 4);
    config.set(7, left, 64);
  }
  __asm__ volatile("" : : "r"(&config) : "memory");
  _tile_loadconfig(&config);
}

inline void clear_sums() {
  _tile_zero(0);
  _tile_zero(1);
  _tile_zero(2);
  _tile_zero(3);
}

template <typename Sum>
void store_sums(Sum (&sums)[kTileRows][kBlockColumns]) {
  _tile_stored(0, sums[0], kBlockRowBytes);
  _tile_stored(1, sums[0] + 16, kBlockRowBytes);
  _tile_stored(2, sums[0] + 32, kBlockRowBytes);
  _tile_stored(3, sums[0] + 48, kBlockRowBytes);
}

// Names of tiles are part of the instructions; loops cannot count through them.
#define DEEPSPEECH_ADD_TILES(product, x_tile, w_tile, w) \
  _tile_loadd(w_tile, (w), kBlockRowBytes);              \
  product(0, x_tile, w_tile);                            \
  _tile_loadd(w_tile, (w) + 64, kBlockRowBytes);         \
  product(1, x_tile, w_tile);                            \
  _tile_loadd(w_tile, (w) + 128, kBlockRowBytes);        \
  product(2, x_tile, w_tile);                            \
  _tile_loadd(w_tile, (w) + 192, kBlockRowBytes);        \
  product(3, x_tile, w_tile)

struct ByteTiles {
  static void add_whole(const char* w) { DEEPSPEECH_ADD_TILES(_tile_dpbssd, 4, 5, w); }
  static void add_left(const char* w) { DEEPSPEECH_ADD_TILES(_tile_dpbssd, 6, 7, w); }
};

struct Bfloat16Tiles {
  static void add_whole(const char* w) { DEEPSPEECH_ADD_TILES(_tile_dpbf16ps, 4, 5, w); }
  static void add_left(const char* w) { DEEPSPEECH_ADD_TILES(_tile_dpbf16ps, 6, 7, w); }
};

#undef DEEPSPEECH_ADD_TILES

// Sums += x W for the block of columns at `weights`.
template <typename Tiles>
void add_tiles(const void* x, size_t x_row_bytes, const void* weights, size_t n_groups) {
  const char* x_bytes = static_cast<const char*>(x);
  const char* w_bytes = static_cast<const char*>(weights);
  size_t group = 0;
  for (; group + kTileGroups <= n_groups; group += kTileGroups) {
    _tile_loadd(4, x_bytes + group * 4, x_row_bytes);
    Tiles::add_whole(w_bytes + group * kBlockRowBytes);
  }
  if (group == n_groups) return;
  _tile_loadd(6, x_bytes + group * 4, x_row_bytes);
  Tiles::add_left(w_bytes + group * kBlockRowBytes);
}

}  // namespace
}  // namespace deepspeech
