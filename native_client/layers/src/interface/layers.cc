#include "interface/layers.h"

#include <exception>

#include "activation/activation.h"
#include "ctc/ctc.h"
#include "interface/instruction_sets.h"
#include "recurrent/lstm.h"

namespace deepspeech {
namespace {

constexpr const char* kNoKernels = "This processor has none of the instructions that the layers are written for.";

const char* fault_of(const DSL_LstmShape& shape) {
  if (shape.n_directions < 1 || shape.n_directions > 2) return "A recurrent layer has one direction or two.";
  if (shape.n_threads < 1) return "A layer needs at least one thread.";
  if (shape.n_cell == 0) return "A recurrent layer needs at least one unit.";
  return nullptr;
}

const char* fault_of(const DSL_Activation& of) {
  if (of.n_threads < 1) return "An activation needs at least one thread.";
  if (!(of.drop >= 0.0f && of.drop < 1.0f)) return "The probability of dropout has to be at least 0 and below 1.";
  return nullptr;
}

// What run() returns; no exception leaves it.
template <typename Run>
const char* guarded(Run run, const char* failure = "There is not enough memory for a layer.") {
  try {
    return run();
  } catch (const std::exception&) {  // bad_alloc, or length_error for what no memory could hold
    return failure;
  }
}

template <typename Functions, typename Settings, typename Run>
const char* with(const Functions* functions, const Settings& settings, Run run) {
  if (const char* fault = fault_of(settings)) return fault;
  if (functions == nullptr) return kNoKernels;
  run(*functions);
  return nullptr;
}

}  // namespace
}  // namespace deepspeech

using namespace deepspeech;

int32_t DSL_Interface(void) { return DSL_INTERFACE; }

const char* DSL_Kernels(void) {
  const auto name = [] {
    const StepFunctions* steps = best_steps(false);
    return steps == nullptr ? "" : steps->name;
  };
  return guarded(name, "");
}

const char* DSL_RunLstm(const DSL_LstmShape* shape, const DSL_LstmForward* directions) {
  return guarded([&] {
    return with(best_steps(shape->is_bfloat16), *shape,
                [&](const StepFunctions& functions) { run_lstm(functions, *shape, directions); });
  });
}

const char* DSL_RunLstmBack(const DSL_LstmShape* shape, const DSL_LstmBackward* directions) {
  return guarded([&] {
    return with(best_steps(shape->is_bfloat16), *shape,
                [&](const StepFunctions& functions) { run_lstm_back(functions, *shape, directions); });
  });
}

const char* DSL_RunActivation(const DSL_Activation* of, const void* x, const float* bias, float* y) {
  return guarded([&] {
    return with(chosen(available_activations()), *of,
                [&](const ActivationFunctions& functions) { run_activation(functions, *of, x, bias, y); });
  });
}

const char* DSL_RunActivationBack(const DSL_Activation* of, const float* y, const float* dy, void* dx, float* dbias) {
  return guarded([&] {
    return with(chosen(available_activations()), *of,
                [&](const ActivationFunctions& functions) { run_activation_back(functions, *of, y, dy, dx, dbias); });
  });
}

const char* DSL_RunCtc(const DSL_Ctc* ctc) {
  return guarded([&] {
    const PathFunctions* paths = best_paths();
    return paths == nullptr ? kNoKernels : run_ctc(*paths, *ctc);
  });
}
