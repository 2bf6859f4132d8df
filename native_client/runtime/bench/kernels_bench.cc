// How fast weights are multiplied, for every set of instructions and precision, beside how fast memory is read.
//
//   ninja -C build kernels_bench && build/runtime/kernels_bench [SET [SECONDS a figure]]
//
// Matrices [H, 4 H], the recurrent product of an LSTM. GB/s are those of the weights as they are held. Not installed.
#include <time.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

#include "kernels/kernels.h"

namespace {

using deepspeech::Kernels;
using deepspeech::MatrixView;
using deepspeech::Precision;

// Seconds that this thread has run: the machine may have other work.
double now() {
  timespec time;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) + 1e-9 * static_cast<double>(time.tv_nsec);
}

// The shortest time of a call, in seconds.
template <typename Call>
double shortest(double seconds, Call call) {
  double best = 1e9;
  const double end = now() + seconds;
  do {
    const double start = now();
    call();
    const double taken = now() - start;
    if (taken < best) best = taken;
  } while (now() < end);
  return best;
}

// GB/s of reading `numbers` once, by eight sums at a time as far as the compiler makes vectors of them.
double read_speed(const std::vector<float>& numbers, double seconds) {
  volatile uint64_t sink = 0;
  const double taken = shortest(seconds, [&] {
    uint64_t sums[16] = {};
    const char* data = reinterpret_cast<const char*>(numbers.data());
    for (size_t i = 0; i + 128 <= numbers.size() * 4; i += 128) {
      for (size_t j = 0; j < 16; ++j) {
        uint64_t word;
        std::memcpy(&word, data + i + 8 * j, sizeof(word));
        sums[j] ^= word;
      }
    }
    for (uint64_t sum : sums) sink = sink ^ sum;
  });
  return numbers.size() * 4 / taken / 1e9;
}

void measure(const Kernels& kernels, const std::vector<float>& numbers, size_t units, bool is_transposed,
             double seconds) {
  const size_t n_columns = 4 * units;
  MatrixView view;
  view.data = numbers.data();
  view.n_rows = units;
  view.n_columns = n_columns;
  view.is_transposed = is_transposed;
  view.stride = is_transposed ? units : n_columns;
  const std::vector<float> x(16 * units, 0.5f);
  std::vector<float> y(16 * n_columns);
  for (Precision precision : {Precision::kFloat32, Precision::kBfloat16, Precision::kInt8}) {
    if (is_transposed && precision != Precision::kFloat32) continue;
    const double start = now();
    const auto weights = kernels.pack(view, precision);
    const double packing = now() - start;
    const double bytes = static_cast<double>(units) * n_columns /
                         (precision == Precision::kFloat32    ? 1
                          : precision == Precision::kBfloat16 ? 2
                                                              : 4) *
                         4;
    std::printf("%-12s %-9s H %4zu  packed in %5.1f ms", kernels.name(),
                is_transposed                       ? "float32^T"
                : precision == Precision::kFloat32  ? "float32"
                : precision == Precision::kBfloat16 ? "bfloat16"
                                                    : "int8",
                units, packing * 1e3);
    for (size_t n : {1, 4, 16}) {
      const double taken = shortest(seconds, [&] { weights->multiply(x.data(), n, units, y.data(), 0, n_columns); });
      std::printf("   n %2zu: %8.1f us %6.1f GB/s %6.1f GFLOP/s", n, taken * 1e6, bytes / taken / 1e9,
                  2.0 * static_cast<double>(n * units * n_columns) / taken / 1e9);
    }
    std::printf("\n");
  }
}

}  // namespace

int main(int argc, char** argv) {
  const std::string set = argc > 1 ? argv[1] : "";
  const double seconds = argc > 2 ? std::atof(argv[2]) : 0.2;
  for (size_t units : {256, 512, 1024, 2048}) {
    std::vector<float> numbers(units * units * 4);
    for (size_t i = 0; i < numbers.size(); ++i)
      numbers[i] = static_cast<float>(static_cast<int>(i * 7919 % 2001) - 1000) / 1000.0f;
    std::printf("memory of H %zu: %.1f GB/s\n", units, read_speed(numbers, seconds));
    for (const Kernels* kernels : Kernels::available()) {
      if (!set.empty() && set != kernels->name()) continue;
      measure(*kernels, numbers, units, false, seconds);
      measure(*kernels, numbers, units, true, seconds);
    }
  }
}
