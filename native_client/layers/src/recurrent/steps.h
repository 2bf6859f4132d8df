// One step of a recurrent layer for some of its units: what a set of instructions has to offer. Plain functions over plain
// pointers, so that the files which are compiled for newer processors hold nothing that the linker could use anywhere else.
//
// Units are dealt with in groups of `n_units` (the last may have fewer). A thread owns some groups: it alone writes their c, h
// and gradients; of the other groups it reads h (forward) or dz (backward) of the step before.
#pragma once

#include <cstddef>
#include <vector>

#include "interface/layers.h"

namespace deepspeech {

struct Groups {
  size_t begin, end;
};

// Rows are sequences in the order of their lengths, the longest first, so that those which still run come first.
struct ForwardStep {
  const DSL_LstmShape* shape;
  const DSL_LstmForward* direction;
  const float* packed;   // of forward_pack
  size_t n_rows;         // how many sequences run
  const size_t* frames;  // of each of them, its row in z, gates, c and h of this step
  size_t stride;         // from row to row of the next three
  const float* h_before;
  float* h_after;
  float* c;  // read and overwritten
};

struct BackwardStep {
  const DSL_LstmShape* shape;
  const DSL_LstmBackward* direction;
  const float* packed;  // of backward_pack
  size_t n_rows;
  const size_t* frames;
  const float* const* c_before;  // of each row, c of the step before
  float* dz;                     // [n_rows, 4 H], rows dz_stride apart
  size_t dz_stride, stride;
  float *dc, *dh;  // gradients of what the step after took over; then of what this one takes
};

struct StepFunctions {
  const char* name;
  size_t n_units;  // of a group
  // The recurrent weights of some groups, in the order that products read them; at most H * 4 n_units numbers a group.
  void (*forward_pack)(const DSL_LstmShape&, const float* recurrent, Groups, float* packed);
  void (*backward_pack)(const DSL_LstmShape&, const float* recurrent, Groups, float* packed);
  void (*forward)(const ForwardStep&, Groups, float* scratch);
  void (*backward_gates)(const BackwardStep&, Groups);
  void (*backward_product)(const BackwardStep&, Groups, float* scratch);
  // Numbers of scratch memory, at an address that is a multiple of 64.
  size_t (*forward_scratch)(const DSL_LstmShape&);
  size_t (*backward_scratch)(const DSL_LstmShape&);
  // x rounded to bfloat16, as float32.
  void (*round)(const float* x, size_t size, float* rounded);
};

StepFunctions avx2_steps();
StepFunctions avx512_steps();
StepFunctions amx_steps();

// Those that this processor has and that pass the self-check, slower ones first; for products of float32, or of bfloat16.
const std::vector<StepFunctions>& available_steps(bool is_bfloat16);
// The fastest, or the one that the environment's DS_KERNELS names; null where there is none.
const StepFunctions* best_steps(bool is_bfloat16);

}  // namespace deepspeech
