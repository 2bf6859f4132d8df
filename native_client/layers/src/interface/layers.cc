#include "interface/layers.h"

#include <new>

#include "activation/activation.h"
#include "ctc/ctc.h"
#include "interface/chosen.h"
#include "recurrent/lstm.h"

namespace deepspeech {
namespace {

constexpr const char* kNoKernels = "This processor has none of the instructions that the layers are written for.";

const char* check(const DSL_LstmShape& shape) {
  if (shape.n_directions < 1 || shape.n_directions > 2) return "A recurrent layer has one direction or two.";
  if (shape.n_threads < 1) return "A layer needs at least one thread.";
  if (shape.n_cell == 0) return "A recurrent layer needs at least one unit.";
  if (best_steps(shape.is_bfloat16) == nullptr) return kNoKernels;
  return nullptr;
}

template <typename Direction>
const char* run(const DSL_LstmShape* shape, const Direction* directions,
                void (*pass)(const StepFunctions&, const DSL_LstmShape&, const Direction*)) {
  if (const char* fault = check(*shape)) return fault;
  try {
    pass(*best_steps(shape->is_bfloat16), *shape, directions);
    return nullptr;
  } catch (const std::bad_alloc&) {
    return "There is not enough memory for a recurrent layer.";
  }
}

template <typename Run>
const char* with_activation(const DSL_Activation& of, Run run) {
  if (of.n_threads < 1) return "An activation needs at least one thread.";
  if (!(of.drop >= 0.0f && of.drop < 1.0f)) return "The probability of dropout has to be at least 0 and below 1.";
  const ActivationFunctions* functions = chosen(available_activations());
  if (functions == nullptr) return kNoKernels;
  try {
    run(*functions);
    return nullptr;
  } catch (const std::bad_alloc&) {
    return "There is not enough memory for the threads of an activation.";
  }
}

}  // namespace
}  // namespace deepspeech

const char* DSL_Kernels(void) {
  const deepspeech::StepFunctions* steps = deepspeech::best_steps(false);
  return steps == nullptr ? "" : steps->name;
}

const char* DSL_RunLstm(const DSL_LstmShape* shape, const DSL_LstmForward* directions) {
  return deepspeech::run(shape, directions, deepspeech::run_lstm);
}

const char* DSL_RunLstmBack(const DSL_LstmShape* shape, const DSL_LstmBackward* directions) {
  return deepspeech::run(shape, directions, deepspeech::run_lstm_back);
}

const char* DSL_RunActivation(const DSL_Activation* of, const void* x, const float* bias, float* y) {
  return deepspeech::with_activation(*of, [&](const deepspeech::ActivationFunctions& functions) {
    deepspeech::run_activation(functions, *of, x, bias, y);
  });
}

const char* DSL_RunActivationBack(const DSL_Activation* of, const float* y, const float* dy, void* dx, float* dbias) {
  return deepspeech::with_activation(*of, [&](const deepspeech::ActivationFunctions& functions) {
    deepspeech::run_activation_back(functions, *of, y, dy, dx, dbias);
  });
}

const char* DSL_RunCtc(const DSL_Ctc* ctc) {
  const deepspeech::PathFunctions* paths = deepspeech::best_paths();
  if (paths == nullptr || deepspeech::best_steps(true) == nullptr) return deepspeech::kNoKernels;
  try {
    return deepspeech::run_ctc(*paths, *ctc);
  } catch (const std::bad_alloc&) {
    return "There is not enough memory for a loss.";
  }
}
