// The passes of a recurrent layer over whole batches: threads, and what each of them does step by step. The arithmetic is that
// of steps.h. Results do not depend on the number of threads.
#pragma once

#include "interface/layers.h"
#include "recurrent/steps.h"

namespace deepspeech {

// May throw std::bad_alloc. The arguments are in order.
void run_lstm(const StepFunctions& functions, const DSL_LstmShape& shape, const DSL_LstmForward* directions);
void run_lstm_back(const StepFunctions& functions, const DSL_LstmShape& shape, const DSL_LstmBackward* directions);

}  // namespace deepspeech
