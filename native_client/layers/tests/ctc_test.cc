// The loss of connectionist temporal classification against sums of logarithms in double precision: every set of instructions of
// this processor, lengths from 0 on, long transcripts, scores that lie far apart, any number of threads.
#include "ctc/ctc.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <random>
#include <string>
#include <vector>

#include "check.h"

using namespace deepspeech;

namespace {

constexpr double kImpossible = -std::numeric_limits<double>::infinity();
constexpr float kUnset = 7.0f;

struct Batch {
  size_t n_time, n_batch, n_classes, n_labels;
  std::vector<float> logits;
  std::vector<int32_t> lengths, labels;
  std::vector<float> losses, gradients;

  Batch(size_t time, size_t batch, size_t classes, size_t longest)
      : n_time(time),
        n_batch(batch),
        n_classes(classes),
        n_labels(longest),
        logits(time * batch * classes),
        lengths(batch, static_cast<int32_t>(time)),
        labels(batch * longest, -1),
        losses(batch, kUnset),
        gradients(logits.size(), kUnset) {}

  const char* run(const PathFunctions& functions, int n_threads, bool wants_gradients = true) {
    return run_ctc(functions, {n_time, n_batch, n_classes, n_labels, logits.data(), lengths.data(), labels.data(),
                               losses.data(), wants_gradients ? gradients.data() : nullptr, n_threads});
  }
  size_t at(size_t time, size_t utterance) const { return (time * n_batch + utterance) * n_classes; }
  std::vector<int32_t> transcript(size_t utterance) const {
    std::vector<int32_t> found;
    for (size_t i = 0; i < n_labels; ++i) {
      if (labels[utterance * n_labels + i] >= 0) found.push_back(labels[utterance * n_labels + i]);
    }
    return found;
  }
};

// Scores from -scale to scale; every third label is like the one before it.
Batch random_batch(size_t time, size_t batch, size_t classes, size_t longest, double scale, unsigned seed) {
  std::mt19937 random(seed);
  Batch made(time, batch, classes, longest);
  std::uniform_real_distribution<float> score(static_cast<float>(-scale), static_cast<float>(scale));
  for (float& x : made.logits) x = score(random);
  for (size_t i = 0; i < batch && i > 0; ++i) made.lengths[i] = static_cast<int32_t>(random() % (time + 1));
  for (size_t i = 0; i < batch; ++i) {
    const size_t n = i == 0 ? longest : random() % (longest + 1);
    int32_t* const labels = made.labels.data() + i * longest;
    for (size_t j = 0; j < n; ++j) {
      labels[j] = j > 0 && random() % 3 == 0 ? labels[j - 1] : static_cast<int32_t>(random() % (classes - 1));
    }
  }
  return made;
}

double log_sum(double a, double b) {
  const double top = std::max(a, b);
  return top == kImpossible ? top : top + std::log(std::exp(a - top) + std::exp(b - top));
}

using Table = std::vector<std::vector<double>>;

Table log_probabilities(const Batch& batch, size_t utterance) {
  Table rows;
  for (int32_t time = 0; time < batch.lengths[utterance]; ++time) {
    const float* const logits = batch.logits.data() + batch.at(static_cast<size_t>(time), utterance);
    std::vector<double> row(logits, logits + batch.n_classes);
    double all = kImpossible;
    for (double x : row) all = log_sum(all, x);
    for (double& x : row) x -= all;
    rows.push_back(row);
  }
  return rows;
}

// Of each frame and state the logarithm of the sum over all beginnings of paths.
Table beginnings(const Table& log_p, const std::vector<int32_t>& states) {
  Table sums;
  for (size_t time = 0; time < log_p.size(); ++time) {
    std::vector<double> row(states.size(), kImpossible);
    for (size_t s = 0; s < states.size(); ++s) {
      double sum = time == 0 && s < 2 ? 0.0 : kImpossible;
      if (time > 0) {
        sum = sums[time - 1][s];
        if (s > 0) sum = log_sum(sum, sums[time - 1][s - 1]);
        if (s > 1 && s % 2 == 1 && states[s] != states[s - 2]) sum = log_sum(sum, sums[time - 1][s - 2]);
      }
      row[s] = sum + log_p[time][static_cast<size_t>(states[s])];
    }
    sums.push_back(row);
  }
  return sums;
}

// Compares what the batch has for an utterance with sums of logarithms.
void check_utterance(const Batch& batch, size_t utterance, double tolerance) {
  const std::vector<int32_t> labels = batch.transcript(utterance);
  const int32_t blank = static_cast<int32_t>(batch.n_classes) - 1;
  std::vector<int32_t> states(1, blank);
  for (int32_t label : labels) states.insert(states.end(), {label, blank});
  Table log_p = log_probabilities(batch, utterance);
  const Table begun = beginnings(log_p, states);
  std::reverse(log_p.begin(), log_p.end());  // the blanks stay where they are
  std::reverse(states.begin(), states.end());
  const Table ended = beginnings(log_p, states);
  double likelihood = labels.empty() ? 0.0 : kImpossible;
  const size_t n_frames = log_p.size(), n = states.size();
  if (n_frames > 0) likelihood = n > 1 ? log_sum(begun.back()[n - 1], begun.back()[n - 2]) : begun.back()[0];
  if (likelihood == kImpossible) {
    CHECK(batch.losses[utterance] == std::numeric_limits<float>::infinity());
  } else {
    CHECK_NEAR(batch.losses[utterance], -likelihood, tolerance * std::max(1e-3, -likelihood));
  }
  double worst = 0;
  for (size_t time = 0; time < batch.n_time; ++time) {
    std::vector<double> expected(batch.n_classes, 0.0);
    if (time < n_frames) {
      const std::vector<double>& p = log_p[n_frames - 1 - time];
      for (size_t i = 0; i < expected.size(); ++i) expected[i] = std::exp(p[i]);
      for (size_t s = 0; s < n && likelihood != kImpossible; ++s) {
        const size_t label = static_cast<size_t>(states[n - 1 - s]);
        expected[label] -= std::exp(begun[time][s] + ended[n_frames - 1 - time][n - 1 - s] - p[label] - likelihood);
      }
    }
    const float* const found = batch.gradients.data() + batch.at(time, utterance);
    for (size_t i = 0; i < expected.size(); ++i) worst = std::max(worst, std::fabs(found[i] - expected[i]));
  }
  CHECK_NEAR(worst, 0, tolerance);
}

void check_batches(const PathFunctions& functions) {
  struct {
    size_t time, batch, classes, longest;
    double scale;
  } const kinds[] = {{1, 3, 2, 1, 1},     {6, 9, 3, 3, 1},      {12, 40, 5, 7, 3},     {50, 5, 29, 20, 3},
                     {50, 3, 29, 33, 80}, {33, 6, 300, 16, 80}, {300, 2, 29, 150, 80}, {1500, 1, 29, 400, 0.01}};
  unsigned seed = 1;
  for (const auto& kind : kinds) {
    Batch batch = random_batch(kind.time, kind.batch, kind.classes, kind.longest, kind.scale, seed++);
    CHECK(batch.run(functions, 1) == nullptr);
    for (size_t i = 0; i < batch.n_batch; ++i) check_utterance(batch, i, 1e-6);
    for (int n_threads : {2, 3, 64}) {
      Batch again = batch;
      std::fill(again.losses.begin(), again.losses.end(), kUnset);
      std::fill(again.gradients.begin(), again.gradients.end(), kUnset);
      CHECK(again.run(functions, n_threads) == nullptr);
      CHECK(again.losses == batch.losses && again.gradients == batch.gradients);
    }
    Batch without = batch;
    CHECK(without.run(functions, 2, false) == nullptr);
    CHECK(without.losses == batch.losses && without.gradients == batch.gradients);
  }
}

// As many frames as labels, each of which is 160 nats below the best class: what leads to the end is, after five frames, less
// than double can hold.
void check_the_least_path(const PathFunctions& functions) {
  Batch batch(40, 1, 4, 40);
  for (size_t time = 0; time < batch.n_time; ++time) {
    batch.labels[time] = static_cast<int32_t>(time % 2);
    batch.logits[batch.at(time, 0) + 3] = 160.0f;
  }
  CHECK(batch.run(functions, 1) == nullptr);
  CHECK_NEAR(batch.losses[0], 40 * 160.0, 1e-3);
  check_utterance(batch, 0, 1e-6);
}

// Only the utterance that has it is spoilt, and what lies behind an end does not count.
void check_no_number(const PathFunctions& functions) {
  for (float spoilt : {std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity()}) {
    Batch batch = random_batch(9, 3, 6, 3, 2, 5);
    batch.lengths = {9, 8, 9};
    batch.logits[batch.at(8, 1) + 2] = spoilt;
    batch.logits[batch.at(4, 2) + 2] = spoilt;
    CHECK(batch.run(functions, 2) == nullptr);
    check_utterance(batch, 0, 1e-6);
    check_utterance(batch, 1, 1e-6);
    CHECK(std::isnan(batch.losses[2]));
    for (size_t time = 0; time < 9; ++time) {
      for (size_t i = 0; i < 6; ++i) CHECK(std::isnan(batch.gradients[batch.at(time, 2) + i]));
    }
  }
}

void check_refusals(const PathFunctions& functions) {
  const auto fault = [&](auto change) {
    Batch batch = random_batch(9, 2, 6, 3, 2, 5);
    int n_threads = 1;
    change(batch, n_threads);
    const char* const said = batch.run(functions, n_threads);
    CHECK(batch.losses[0] == kUnset);
    return std::string(said == nullptr ? "" : said);
  };
  CHECK(fault([](Batch& batch, int&) { batch.labels[1] = 5; }).find("label") != std::string::npos);
  CHECK(fault([](Batch& batch, int&) { batch.lengths[1] = 10; }).find("length") != std::string::npos);
  CHECK(fault([](Batch& batch, int&) { batch.lengths[0] = -1; }).find("length") != std::string::npos);
  CHECK(fault([](Batch& batch, int&) { batch.n_classes = 0; }).find("class") != std::string::npos);
  CHECK(fault([](Batch&, int& n_threads) { n_threads = 0; }).find("thread") != std::string::npos);
}

}  // namespace

int main() {
  std::string found;
  for (const PathFunctions& functions : available_paths()) {
    found += functions.name + std::string(" ");
    check_batches(functions);
    check_the_least_path(functions);
    check_no_number(functions);
    check_refusals(functions);
  }
#ifdef EXPECTED_SETS
  CHECK(found == EXPECTED_SETS);
#endif
  return check::result();
}
