// What a set of instructions has to offer: plain functions over plain pointers, so that the files which are compiled
// for newer processors hold nothing that the linker could use anywhere else.
#pragma once

#include <cstddef>
#include <cstdint>

namespace deepspeech {

// Columns [begin, end) of y = x W, for `n` rows of x; y has a row of `y_stride` numbers for each of them.
struct Product {
  const float* x;
  size_t n, x_stride;
  float* y;
  size_t y_stride;
  size_t begin, end;
  float* scratch;  // at least kScratchSize numbers, aligned to 64 bytes; only if n >= kBlockedRows
};

// From so many rows of x on, blocks of weights are copied to where they stay in the cache for all of them.
constexpr size_t kBlockedRows = 8;
constexpr size_t kScratchSize = 64 * 256 + 64 * 16;  // a block of 64 x 256 with gaps

// float32 where it lies, at any alignment: element (row, column) at data[row * stride + column], or, if W is stored by
// columns, at data[column * stride + row]. Only ever read by unaligned loads.
struct Float32Matrix {
  const float* data;
  size_t n_rows, n_columns, stride;
};

// Blocks of 64 columns, [block][pair of rows][column][row of the pair], the order that the products of two bfloat16
// numbers take. Zeros behind the last row and the last column.
struct Bfloat16Matrix {
  const uint16_t* data;
  size_t n_rows, n_columns, n_pairs;
};

// Blocks of 64 columns, [block][group of four rows][column][row of the group], the order that the products of four
// bytes take. Zeros behind the last row and the last column.
struct Int8Matrix {
  const int8_t* data;
  const float* scales;  // of each column
  const int32_t* sums;  // of each column's numbers
  size_t n_rows, n_columns, n_groups;
};

// Rows of x as 8-bit numbers: values[row * 4 * n_groups + k], zeros behind the last, times scales[row]. A row that
// holds NaN or an infinity has the scale NaN.
struct Int8Rows {
  const int8_t* values;
  const float* scales;
};

// Columns of a block of these layouts.
constexpr size_t kBlockColumns = 64;

// Two (bfloat16) or four (bytes) rows that become words of 32 bits in these layouts, one for each column: the first row is
// in the lowest bits.
struct RowGroup {
  const char* rows[4];  // float32 at any address
  size_t n_columns;
  const float* factors;  // of each column: numbers are multiplied by them first; null, of bfloat16 only: they are not
  char* words;           // of the first block
  size_t block_bytes;    // from a block's words to those of the next one
  int32_t* sums;         // of bytes: what is added to the columns' sums
};

// What makes these layouts. float32 is read at any address; numbers that become bytes are from -128 to 127. Magnitudes are
// bits of float32 without the sign: as whole numbers they order alike, with NaN above all.
struct Packing {
  void (*pack_pair)(const RowGroup&);
  void (*pack_four)(const RowGroup&);
  // largest[j] = max(largest[j], |row[j]|).
  void (*find_magnitudes)(const char* row, size_t n, int32_t* largest);
  // The same for matrices that are stored by columns: numbers of one column.
  void (*round_to_bfloat16)(const char* numbers, size_t n, uint16_t* rounded);
  void (*round_to_bytes)(const char* numbers, size_t n, float factor, int8_t* rounded);
  int32_t (*sum_bytes)(const int8_t* numbers, size_t n);
  int32_t (*largest_magnitude)(const char* numbers, size_t n);
};

struct Functions {
  const char* name;
  void (*multiply_float32)(const Float32Matrix&, const Product&);
  void (*multiply_transposed)(const Float32Matrix&, const Product&);
  void (*multiply_bfloat16)(const Bfloat16Matrix&, const Product&);
  // y = float(sum) * (row's scale * column's scale); x, x_stride and scratch of the Product are not read.
  void (*multiply_int8)(const Int8Matrix&, const Int8Rows&, const Product&);
  // values = x / scale, rounded half to even, scale = max |x| / 127. Returns the scale.
  float (*round_row)(const float* x, size_t size, int8_t* values);
  void (*lstm_step)(const float* gates, size_t units, float clip, float* c, float* h);
  void (*bias_relu)(float* x, const float* bias, size_t n, size_t units, float clip);
  void (*bias_softmax)(float* x, const float* bias, size_t n, size_t units);
  Packing packing;
  // Numbers of scratch memory for multiply_bfloat16, where these may be more than kScratchSize; else null.
  size_t (*scratch_of_bfloat16)(size_t n, size_t n_rows) = nullptr;
};

// Below this largest magnitude a row counts as zeros: its scale would have no reciprocal.
constexpr float kSmallestMagnitude = 1e-35f;

const Functions& plain_functions();

}  // namespace deepspeech
