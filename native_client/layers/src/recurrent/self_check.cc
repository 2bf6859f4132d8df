#include "recurrent/self_check.h"

#include <cmath>
#include <cstring>
#include <vector>

#include "recurrent/lstm.h"

namespace deepspeech {
namespace {

// 5 sequences, one of them empty; units that fill no group.
constexpr size_t kTime = 4, kBatch = 5, kCell = 70, kFrames = kTime * kBatch;
const int32_t kLengths[kBatch] = {3, 4, 0, 1, 4};

// Numbers from -scale to scale that bfloat16 has, in no order.
std::vector<float> noise(size_t size, float scale) {
  std::vector<float> numbers(size);
  uint32_t state = 12345;
  for (float& x : numbers) {
    state = state * 1664525u + 1013904223u;
    x = (static_cast<float>(state >> 25) / 64.0f - 1.0f) * scale;
  }
  return numbers;
}

// The upper halves of numbers, for what is bfloat16.
std::vector<uint16_t> halves_of(const std::vector<float>& numbers) {
  std::vector<uint16_t> halves(numbers.size());
  for (size_t i = 0; i < numbers.size(); ++i) {
    uint32_t bits;
    std::memcpy(&bits, &numbers[i], sizeof(bits));
    halves[i] = static_cast<uint16_t>(bits >> 16);
  }
  return halves;
}

// All that a layer gives, one behind the other.
std::vector<float> results_of(const StepFunctions& set, bool is_bfloat16) {
  const std::vector<float> z = noise(kFrames * 4 * kCell, 2.0f), recurrent = noise(kCell * 4 * kCell, 0.25f);
  const std::vector<float> bias = noise(4 * kCell, 0.5f), state = noise(kBatch * kCell, 0.5f);
  const std::vector<float> dh = noise(kFrames * kCell, 1.0f);
  const std::vector<uint16_t> z_halves = halves_of(z);
  std::vector<float> h(kFrames * kCell), gates(z.size()), c(h.size()), dz(z.size()), dbias(bias.size());
  std::vector<float> dc0(state.size()), dh0(state.size());
  const DSL_LstmShape shape = {kTime, kBatch, kCell, 1, kLengths, is_bfloat16, 1, kCell};
  const void* const share = is_bfloat16 ? static_cast<const void*>(z_halves.data()) : z.data();
  const DSL_LstmForward forward = {1,        share,        recurrent.data(), bias.data(), state.data(), state.data(),
                                   h.data(), gates.data(), c.data(),         nullptr,     nullptr};
  const DSL_LstmBackward backward = {1,       gates.data(), c.data(),  recurrent.data(), state.data(), dh.data(),
                                     nullptr, nullptr,      dz.data(), dbias.data(),     dc0.data(),   dh0.data()};
  run_lstm(set, shape, &forward);
  run_lstm_back(set, shape, &backward);
  std::vector<float> results;
  for (const std::vector<float>* part : {&h, &dbias, &dc0, &dh0})
    results.insert(results.end(), part->begin(), part->end());
  return results;
}

}  // namespace

bool steps_agree(const StepFunctions& set, const StepFunctions& proven, bool is_bfloat16) {
  // Sums in another order may round a number to the bfloat16 beside it.
  const float tolerance = is_bfloat16 ? 0.05f : 1e-4f;
  const std::vector<float> found = results_of(set, is_bfloat16), expected = results_of(proven, is_bfloat16);
  for (size_t i = 0; i < found.size(); ++i) {
    if (!(std::fabs(found[i] - expected[i]) <= tolerance)) return false;
  }
  return true;
}

}  // namespace deepspeech
