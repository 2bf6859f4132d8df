// A clipped ReLU with its bias and with dropout, forward and backward, in one pass over the numbers each.
#pragma once

#include <cstddef>
#include <vector>

#include "interface/layers.h"

namespace deepspeech {

struct Range {
  size_t begin, end;
};

// What a set of instructions has to offer; see DSL_RunActivation. `columns` of the way back are those that one thread deals with.
struct ActivationFunctions {
  const char* name;
  void (*forward)(const DSL_Activation&, const void* x, const float* bias, float* y, Range rows);
  void (*backward)(const DSL_Activation&, const float* y, const float* dy, void* dx, float* dbias, Range columns);
};

ActivationFunctions avx2_activation();
ActivationFunctions avx512_activation();

// Those that this processor has, slower ones first.
const std::vector<ActivationFunctions>& available_activations();

void run_activation(const ActivationFunctions&, const DSL_Activation&, const void* x, const float* bias, float* y);
void run_activation_back(const ActivationFunctions&, const DSL_Activation&, const float* y, const float* dy, void* dx,
                         float* dbias);

}  // namespace deepspeech
