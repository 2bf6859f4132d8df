// The functions of paths.h, written in Doubles of kWidth numbers and larger(a, b), which are defined before: the larger ones, b if
// one is NaN. Source: Graves et al. 2006.
//
// A transcript of L labels has L + 1 blanks around them. A path of states stays, goes to the next one, or skips a blank between
// two labels that differ:
//   forward,  of frame t - 1 to t:   blank(i) = p(blank) (blank(i) + label(i - 1))
//                                    label(i) = p(label(i)) (label(i) + blank(i) + label(i - 1) if they differ)
//   backward, of frame t + 1 to t:   blank(i) = blank(i) + label(i)                                  each times its p, which
//                                    label(i - 1) = label(i - 1) + blank(i) + label(i) if they differ  the next step takes
// The first frame follows a likelihood of 1 in blank(0), the last one precedes a 1 in blank(L).
//
// Likelihoods of states differ by any number of magnitudes, and the least of them may turn out to be the only ones that lead to
// the end. So each has an exponent of its own, m 2^e with a whole number e, and m in 1 ... 2 when it is stored. Behind the last
// state a row has numbers that no state takes anything from.
#pragma once

#include <cstddef>
#include <cstdint>

#include "ctc/paths.h"

namespace deepspeech {
namespace {

using Bits = uint64_t __attribute__((vector_size(kWidth * sizeof(uint64_t))));

constexpr double kNone = -1125899906842624.0;    // -2^50: the exponent of what no path reaches
constexpr double kInteger = 4503599627370496.0;  // 2^52: added to a whole number, it has that in its last bits
constexpr double kRound = 6755399441055744.0;    // 1.5 2^52: added to a number, likewise, rounded
constexpr double kBias = 1023.0;                 // of exponents in a double
constexpr double kLeast = -690.0;                // a class so many nats below the best one of its frame counts as that
constexpr int kExponentAt = 52;                  // its first bit in a double
constexpr uint64_t kFraction = (uint64_t{1} << kExponentAt) - 1;

inline Doubles all(double x) { return x - Doubles{}; }

inline Doubles load(const double* p) {
  Doubles v;
  __builtin_memcpy(&v, p, sizeof(v));
  return v;
}

inline void store(double* p, Doubles v) { __builtin_memcpy(p, &v, sizeof(v)); }

inline double sum_of(Doubles v) {
  double sum = 0;
  for (size_t i = 0; i < kWidth; ++i) sum += v[i];
  return sum;
}

inline size_t rounded_up(size_t size) { return (size + kWidth - 1) / kWidth * kWidth; }

// 2^d for whole d up to 1023; 0 below -1022.
inline Doubles power_of_2(Doubles d) {
  return (Doubles)((Bits)(larger(all(-kBias), d) + (kInteger + kBias)) << kExponentAt);
}

// e^x for x in kLeast ... 0, smaller ones counting as kLeast: 2^n e^r with |r| <= ln(2) / 2 and e^r by its series.
inline Doubles exponential(Doubles x) {
  x = larger(all(kLeast), x);  // NaN stays
  const Doubles shifted = x * 1.4426950408889634 + kRound;
  const Doubles n = shifted - kRound;
  // ln(2) in two parts: n times the first is exact.
  const Doubles r = (x - n * 0.693147180369123816490) - n * 1.90821492927058770002e-10;
  Doubles series = all(1.0 / 39916800);
  const double factors[] = {1.0 / 3628800, 1.0 / 362880, 1.0 / 40320, 1.0 / 5040, 1.0 / 720, 1.0 / 120,
                            1.0 / 24,      1.0 / 6,      0.5,         1.0,        1.0};
  for (double factor : factors) series = series * r + factor;
  return series * power_of_2(n);
}

struct Scaled {
  Doubles m, e;  // m 2^e
};

inline Scaled sum(const Scaled& a, const Scaled& b) {
  const Doubles e = larger(a.e, b.e);
  return {a.m * power_of_2(a.e - e) + b.m * power_of_2(b.e - e), e};
}

inline Scaled choose(Doubles choice, const Scaled& a, const Scaled& b) {  // a where it is not 0
  return {choice != 0.0 ? a.m : b.m, choice != 0.0 ? a.e : b.e};
}

inline Scaled product(const Scaled& a, Doubles p) {
  const Bits bits = (Bits)(a.m * p);
  const Doubles exponent = (Doubles)((bits >> kExponentAt) | (Bits)all(kInteger)) - (kInteger + kBias);
  return {(Doubles)((bits & kFraction) | (Bits)all(1.0)), a.e + exponent};
}

// The states after a frame: blank(i) and label(i), i = -1 ... width - 1, of which the first and those behind the transcript are
// no states.
class Row {
 public:
  static size_t stride(size_t width) { return kWidth + width; }
  static size_t size(size_t width) { return 4 * stride(width); }

  Row(double* data, size_t width) : blank_(data + kWidth), stride_(stride(width)) {}

  Scaled blank(size_t i) const { return {load(blank_ + i), load(blank_ + stride_ + i)}; }
  Scaled label(size_t i) const { return {load(label() + i), load(label() + stride_ + i)}; }
  Scaled label_before(size_t i) const { return {load(label() - 1 + i), load(label() - 1 + stride_ + i)}; }
  void set_blank(size_t i, const Scaled& x) { set(blank_ + i, x); }
  void set_label(size_t i, const Scaled& x) { set(label() + i, x); }
  void set_label_before(size_t i, const Scaled& x) { set(label() - 1 + i, x); }
  void clear_front() { set(label() - kWidth, {all(1.0), all(kNone)}); }
  // Only blank(i) is reached.
  void begin(size_t i) {
    for (size_t at = 0; at < stride_; at += kWidth) {
      set(blank_ - kWidth + at, {all(1.0), all(kNone)});
      set(label() - kWidth + at, {all(1.0), all(kNone)});
    }
    blank_[stride_ + i] = 0.0;
  }
  // Of blank(i) and label(i - 1).
  Likelihood end(size_t i) const {
    const double* const before = label() + i - 1;
    const Scaled both = sum({all(blank_[i]), all(blank_[stride_ + i])}, {all(before[0]), all(before[stride_])});
    return {both.m[0], both.e[0]};
  }

 private:
  double* label() const { return blank_ + 2 * stride_; }
  void set(double* p, const Scaled& x) {
    store(p, x.m);
    store(p + stride_, x.e);
  }

  double* const blank_;
  const size_t stride_;
};

// How the scratch of one utterance is divided up.
struct Scratch {
  size_t width, n_rows;
  double* probabilities;  // [classes] of one frame
  double* skips;          // [width], not 0 where a path may go from label(i - 1) to label(i)
  double* sums;           // [kinds] posteriors of one frame
  double* posteriors;     // [kWidth + width] of the labels of one frame
  double* emissions;      // [frames, kWidth + width] of the labels; the blank's in the place before them
  double* forward;        // frames + 1 Rows, or two
  double* backward;       // two Rows
  double* end;

  Scratch(size_t n_frames, size_t n_labels, size_t n_classes, bool keeps_gradients, double* begin)
      : width(rounded_up(n_labels + 1)), n_rows(keeps_gradients ? n_frames + 1 : 2), probabilities(begin) {
    skips = probabilities + rounded_up(n_classes);
    sums = skips + width;
    posteriors = sums + width;
    emissions = posteriors + Row::stride(width);
    forward = emissions + n_rows * Row::stride(width);
    backward = forward + n_rows * Row::size(width);
    end = backward + 2 * Row::size(width);
  }

  double* emissions_of(size_t frame) const { return emissions + frame % n_rows * Row::stride(width) + kWidth; }
  Row forward_row(size_t frame) const { return Row(forward + frame % n_rows * Row::size(width), width); }
  Row backward_row(size_t frame) const { return Row(backward + frame % 2 * Row::size(width), width); }
};

inline size_t scratch_size(size_t n_frames, size_t n_labels, size_t n_classes, bool keeps_gradients) {
  double* const begin = nullptr;
  return Scratch(n_frames, n_labels, n_classes, keeps_gradients, begin).end - begin;
}

// Returns whether they are numbers.
inline bool softmax(const float* logits, size_t n_classes, double* probabilities) {
  const size_t width = rounded_up(n_classes);
  for (size_t i = 0; i < n_classes; ++i) probabilities[i] = logits[i];
  for (size_t i = n_classes; i < width; ++i) probabilities[i] = logits[0];
  Doubles largest = load(probabilities);
  for (size_t i = kWidth; i < width; i += kWidth) largest = larger(load(probabilities + i), largest);
  double top = largest[0];
  for (size_t i = 1; i < kWidth; ++i) top = largest[i] > top ? largest[i] : top;
  for (size_t i = 0; i < width; i += kWidth) store(probabilities + i, exponential(load(probabilities + i) - top));
  for (size_t i = n_classes; i < width; ++i) probabilities[i] = 0.0;
  Doubles sums = {};
  for (size_t i = 0; i < width; i += kWidth) sums += load(probabilities + i);
  const double sum = sum_of(sums), factor = 1.0 / sum;
  for (size_t i = 0; i < width; i += kWidth) store(probabilities + i, load(probabilities + i) * factor);
  return sum == sum;
}

inline void step_forward(Row before, const double* skips, const double* emissions, size_t width, Row after) {
  const Doubles of_blank = all(emissions[-1]);
  after.clear_front();
  for (size_t i = 0; i < width; i += kWidth) {
    const Scaled blank = before.blank(i), both = sum(blank, before.label_before(i));
    after.set_blank(i, product(both, of_blank));
    after.set_label(i, product(sum(before.label(i), choose(load(skips + i), both, blank)), load(emissions + i)));
  }
}

// A step back, from `after` to `before`, whose frame has the emissions and was `forward` on the way there. Writes the posterior
// of each label, returns the blank's.
inline double step_backward(Row after, const Scratch& scratch, const double* emissions, Row forward,
                            const Likelihood& whole, Row before) {
  const Doubles of_blank = all(emissions[-1]), factor = all(1.0 / whole.m), exponent = all(whole.e);
  const auto posterior = [=](const Scaled& a, const Scaled& b) {
    return a.m * b.m * factor * power_of_2(a.e + b.e - exponent);
  };
  Doubles blanks = {};
  for (size_t i = 0; i < scratch.width; i += kWidth) {
    const Scaled blank = after.blank(i), both = sum(blank, after.label(i));
    const Scaled label = sum(after.label_before(i), choose(load(scratch.skips + i), both, blank));
    blanks += posterior(forward.blank(i), both);
    store(scratch.posteriors + kWidth - 1 + i, posterior(forward.label_before(i), label));
    before.set_blank(i, product(both, of_blank));
    before.set_label_before(i, product(label, load(emissions - 1 + i)));
  }
  return sum_of(blanks);
}

inline Likelihood run_forward(const Utterance& of, const Scratch& scratch) {
  bool are_numbers = true;
  for (size_t i = 0; i < scratch.width; ++i) {
    scratch.skips[i] = i > 0 && i < of.n_labels && of.labels[i] != of.labels[i - 1];
  }
  scratch.forward_row(0).begin(0);
  for (size_t frame = 0; frame < of.n_frames; ++frame) {
    const double* const p = scratch.probabilities;
    if (!softmax(of.logits + frame * of.stride, of.n_classes, scratch.probabilities)) are_numbers = false;
    if (of.gradients != nullptr) {
      float* const gradients = of.gradients + frame * of.stride;
      for (size_t i = 0; i < of.n_classes; ++i) gradients[i] = static_cast<float>(p[i]);
    }
    if (!of.has_path) continue;
    double* const emissions = scratch.emissions_of(frame);
    emissions[-1] = p[of.n_classes - 1];
    for (size_t i = 0; i < of.n_labels; ++i) emissions[i] = p[of.labels[i]];
    for (size_t i = of.n_labels; i < scratch.width; ++i) emissions[i] = 0.0;
    step_forward(scratch.forward_row(frame), scratch.skips, emissions, scratch.width, scratch.forward_row(frame + 1));
  }
  if (!are_numbers) return {__builtin_nan(""), 0.0};
  return of.has_path ? scratch.forward_row(of.n_frames).end(of.n_labels) : Likelihood{0.0, 0.0};
}

// Takes the posteriors of all classes that occur from the probabilities of these.
inline void run_backward(const Utterance& of, const Scratch& scratch, const Likelihood& whole) {
  for (size_t kind = 0; kind < of.n_kinds; ++kind) scratch.sums[kind] = 0.0;
  scratch.backward_row(0).begin(0);  // the first label_before is never written
  scratch.backward_row(1).begin(0);
  scratch.backward_row(of.n_frames).begin(of.n_labels);
  for (size_t frame = of.n_frames; frame-- > 0;) {
    const double* const emissions = scratch.emissions_of(frame);
    float* const gradients = of.gradients + frame * of.stride;
    const double blank = step_backward(scratch.backward_row(frame + 1), scratch, emissions,
                                       scratch.forward_row(frame + 1), whole, scratch.backward_row(frame));
    gradients[of.n_classes - 1] = static_cast<float>(emissions[-1] - blank);
    const double* const posteriors = scratch.posteriors + kWidth;
    for (size_t i = 0; i < of.n_labels; ++i) scratch.sums[of.kinds[i]] += posteriors[i];
    for (size_t kind = 0; kind < of.n_kinds; ++kind) {
      const int32_t first = of.firsts[kind];
      gradients[of.labels[first]] = static_cast<float>(emissions[first] - scratch.sums[kind]);
      scratch.sums[kind] = 0.0;
    }
  }
}

inline Likelihood run(const Utterance& of, double* numbers) {
  const Scratch scratch(of.n_frames, of.n_labels, of.n_classes, of.gradients != nullptr, numbers);
  const Likelihood whole = run_forward(of, scratch);
  if (of.gradients != nullptr && whole.m > 0.0) run_backward(of, scratch, whole);
  return whole;
}

}  // namespace
}  // namespace deepspeech
