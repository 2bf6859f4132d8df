#include "activation/activation.h"

#include <algorithm>

#include "interface/instruction_sets.h"
#include "threads/team.h"

namespace deepspeech {
namespace {

// Of a thread: with fewer, threads take longer to begin than one takes to end.
constexpr size_t kLeastNumbers = 1 << 20;
constexpr size_t kColumns = 16;  // of a cache line: threads do not write into one at the same time

// Calls job(range) with parts of [0, n), each a multiple of `step` but for the last, in threads.
template <typename Job>
void share(const DSL_Activation& of, size_t n, size_t step, Job job) {
  const size_t n_steps = (n + step - 1) / step, most = of.n_rows * of.n_units / kLeastNumbers;
  Team team(std::max<size_t>(1, std::min({static_cast<size_t>(of.n_threads), n_steps, most})));
  team.run([&](size_t member) {
    const size_t begin = member * n_steps / team.n_members() * step;
    job(Range{begin, std::min(n, (member + 1) * n_steps / team.n_members() * step)});
  });
}

}  // namespace

const std::vector<ActivationFunctions>& available_activations() {
  static const auto sets = sets_for<ActivationFunctions>(Processor::detect(), DSL_IF_AVX2(avx2_activation),
                                                         DSL_IF_AVX512(avx512_activation));
  return sets;
}

void run_activation(const ActivationFunctions& functions, const DSL_Activation& of, const void* x, const float* bias,
                    float* y) {
  share(of, of.n_rows, 1, [&](Range rows) { functions.forward(of, x, bias, y, rows); });
}

void run_activation_back(const ActivationFunctions& functions, const DSL_Activation& of, const float* y,
                         const float* dy, void* dx, float* dbias) {
  share(of, of.n_units, kColumns, [&](Range columns) { functions.backward(of, y, dy, dx, dbias, columns); });
}

}  // namespace deepspeech
