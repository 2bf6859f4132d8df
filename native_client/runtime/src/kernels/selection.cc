// Which sets of instructions there are: those that were compiled, that the processor has, and that pass the self-check.
#include <cstdlib>
#include <string>

#include "deepspeech.h"
#include "kernels/instruction_sets.h"
#include "kernels/kernels.h"
#include "kernels/processor.h"
#include "kernels/self_check.h"
#include "kernels/weights.h"
#include "model/model_error.h"

namespace deepspeech {
namespace {

class SelectedKernels : public Kernels {
 public:
  explicit SelectedKernels(const Functions& functions) : functions_(functions) {}

  const char* name() const override { return functions_.name; }

  // Where memory is what takes the time, half the bytes are twice the speed, as long as the processor turns them into
  // float32 or sums faster than they come: AVX2 was measured to (bench/kernels_bench.cc), the wider sets need no more
  // instructions for each byte, and the plain one is slower with both.
  bool gains(Precision precision) const override {
    return precision == Precision::kFloat32 || name() != std::string("plain");
  }

  std::unique_ptr<const Weights> pack(const MatrixView& view, Precision precision) const override {
    return pack_weights(functions_, view, precision);
  }

  void lstm_step(const float* gates, size_t units, float clip, float* c, float* h) const override {
    functions_.lstm_step(gates, units, clip, c, h);
  }
  void bias_relu(float* x, const float* bias, size_t n, size_t units, float clip) const override {
    functions_.bias_relu(x, bias, n, units, clip);
  }
  void bias_softmax(float* x, const float* bias, size_t n, size_t units) const override {
    functions_.bias_softmax(x, bias, n, units);
  }

 private:
  const Functions functions_;
};

// Slower ones first.
std::vector<Functions> compiled_for(const Processor& processor) {
  std::vector<Functions> sets;
  (void)processor;
#ifdef DEEPSPEECH_HAS_AVX2
  if (processor.has_avx2) sets.push_back(avx2_functions());
#endif
#ifdef DEEPSPEECH_HAS_AVX2_VNNI
  if (processor.has_avx_vnni) sets.push_back(avx2_vnni_functions());
#endif
#ifdef DEEPSPEECH_HAS_AVX512
  if (processor.has_avx512) sets.push_back(avx512_functions());
#endif
#ifdef DEEPSPEECH_HAS_AVX512_VNNI
  if (processor.has_avx512_vnni) sets.push_back(avx512_vnni_functions());
#endif
#ifdef DEEPSPEECH_HAS_AMX
  if (processor.has_amx) sets.push_back(amx_functions());
#endif
#ifdef DEEPSPEECH_HAS_NEON
  if (processor.has_neon) sets.push_back(neon_functions());
#endif
  return sets;
}

std::vector<const Kernels*> select() {
  static const SelectedKernels plain(plain_functions());
  static std::vector<std::unique_ptr<const Kernels>> others;
  std::vector<const Kernels*> all = {&plain};
  for (const Functions& functions : compiled_for(Processor::detect())) {
    if (!agrees_with_plain(functions)) continue;
    others.push_back(std::make_unique<SelectedKernels>(functions));
    all.push_back(others.back().get());
  }
  return all;
}

}  // namespace

const std::vector<const Kernels*>& Kernels::available() {
  static const std::vector<const Kernels*> all = select();
  return all;
}

const Kernels& Kernels::best() {
  const char* wanted = std::getenv("DS_KERNELS");
  if (wanted == nullptr || *wanted == '\0') return *available().back();
  std::string names;
  for (const Kernels* kernels : available()) {
    if (kernels->name() == std::string(wanted)) return *kernels;
    names += (names.empty() ? "" : ", ") + std::string(kernels->name());
  }
  throw ModelError(DS_ERR_FAIL_CREATE_MODEL, "DS_KERNELS is '" + std::string(wanted) +
                                                 "', which this processor does not run; use one of: " + names + ".");
}

}  // namespace deepspeech
