// Bias, clipped ReLU and dropout against the same said number by number; every set of instructions, sizes that fill no vector, and so
// many numbers that several threads share them.
#include "activation/activation.h"

#include <cmath>
#include <random>
#include <vector>

#include "check.h"

using namespace deepspeech;

namespace {

constexpr float kClip = 1.5f;

std::vector<float> random_numbers(size_t size, unsigned seed) {
  std::mt19937 random(seed);
  std::normal_distribution<float> normal(0.0f, 2.0f);
  std::vector<float> numbers(size);
  for (float& x : numbers) x = normal(random);
  return numbers;
}

struct Results {
  std::vector<float> y, dx, dbias;
  bool operator==(const Results& other) const { return y == other.y && dx == other.dx && dbias == other.dbias; }
};

Results run(const ActivationFunctions& functions, size_t n_rows, size_t n_units, float drop, int n_threads) {
  const DSL_Activation of = {n_rows, n_units, kClip, drop, 12345, 0, n_threads};
  const std::vector<float> x = random_numbers(n_rows * n_units, 1), bias = random_numbers(n_units, 2);
  const std::vector<float> dy = random_numbers(n_rows * n_units, 3);
  Results results = {std::vector<float>(x.size()), std::vector<float>(x.size()), std::vector<float>(n_units)};
  run_activation(functions, of, x.data(), bias.data(), results.y.data());
  run_activation_back(functions, of, results.y.data(), dy.data(), results.dx.data(), results.dbias.data());
  return results;
}

void check_numbers(const ActivationFunctions& functions, size_t n_rows, size_t n_units, float drop) {
  const Results found = run(functions, n_rows, n_units, drop, 1);
  const std::vector<float> x = random_numbers(n_rows * n_units, 1), bias = random_numbers(n_units, 2);
  const std::vector<float> dy = random_numbers(n_rows * n_units, 3);
  const float scale = 1.0f / (1.0f - drop);
  size_t n_active = 0, n_dropped = 0, n_wrong = 0;
  std::vector<double> dbias(n_units);
  for (size_t i = 0; i < x.size(); ++i) {
    const float sum = x[i] + bias[i % n_units], kept = std::fmin(std::fmax(sum, 0.0f), kClip) * scale;
    const bool is_dropped = sum > 0.0f && found.y[i] == 0.0f;
    const bool passes = sum > 0.0f && sum < kClip && !is_dropped;
    n_active += sum > 0.0f;
    n_dropped += is_dropped;
    n_wrong += !is_dropped && found.y[i] != kept;
    n_wrong += found.dx[i] != (passes ? dy[i] * scale : 0.0f);
    dbias[i % n_units] += found.dx[i];
  }
  CHECK(n_wrong == 0);
  const double n = static_cast<double>(n_active);
  CHECK_NEAR(static_cast<double>(n_dropped) / n, drop, 5 * std::sqrt(drop * (1 - drop) / n) + 1e-12);
  for (size_t i = 0; i < n_units; ++i) CHECK_NEAR(found.dbias[i], dbias[i], 1e-3);
}

}  // namespace

int main() {
  CHECK(!available_activations().empty());
  for (const ActivationFunctions& functions : available_activations()) {
    for (float drop : {0.0f, 0.05f, 0.5f}) {
      check_numbers(functions, 300, 130, drop);
      check_numbers(functions, 1000, 7, drop);
    }
    const Results whole = run(functions, 9001, 517, 0.2f, 1);  // enough for four threads
    for (int n_threads : {2, 3, 4}) CHECK(run(functions, 9001, 517, 0.2f, n_threads) == whole);
    CHECK(whole == run(available_activations()[0], 9001, 517, 0.2f, 2));
  }
  return check::result();
}
