// The network against the textbook's formulas, computed one number at a time in double precision.
#include "network/network.h"

#include <algorithm>
#include <cmath>
#include <random>
#include <vector>

#include "check.h"
#include "model/model_error.h"

namespace {

using deepspeech::AcousticModel;
using deepspeech::DenseLayer;
using deepspeech::Kernels;
using deepspeech::LayerNorm;
using deepspeech::LstmCell;
using deepspeech::Network;
using deepspeech::Precision;
using deepspeech::WeightFormat;

constexpr size_t kFeatures = 5, kContext = 2, kClasses = 7;
using Matrix = std::vector<std::vector<double>>;  // rows

// A model whose numbers it owns.
struct Made {
  std::vector<std::unique_ptr<std::vector<float>>> numbers;
  std::shared_ptr<AcousticModel> model = std::make_shared<AcousticModel>();
  std::mt19937 random{7};

  const float* draw(size_t n, float scale) {
    std::normal_distribution<float> normal(0.0f, scale);
    numbers.push_back(std::make_unique<std::vector<float>>(n));
    for (float& number : *numbers.back()) number = normal(random);
    return numbers.back()->data();
  }

  deepspeech::MatrixView matrix(size_t n_rows, size_t n_columns) {
    deepspeech::MatrixView view;
    view.data = draw(n_rows * n_columns, 1.0f / std::sqrt(static_cast<float>(n_rows)));
    view.n_rows = n_rows;
    view.n_columns = view.stride = n_columns;
    return view;
  }

  DenseLayer dense(size_t n_in, size_t n_out, float clip, bool with_norm) {
    DenseLayer layer;
    layer.weights = matrix(n_in, n_out);
    layer.bias = {draw(n_out, 0.3f), n_out};
    layer.clip = clip;
    if (with_norm) layer.norm = LayerNorm{{draw(n_out, 1.0f), n_out}, {draw(n_out, 1.0f), n_out}, 1e-6f};
    return layer;
  }

  Made(size_t units, size_t n_directions, bool with_norm, float cell_clip) {
    AcousticModel& made = *model;
    made.features.n_features = kFeatures;
    made.n_context = kContext;
    made.n_steps = n_directions == 2 ? 40 : 8;
    made.layer_1 = dense((2 * kContext + 1) * kFeatures, units, 1.5f, with_norm);
    made.layer_2 = dense(units, units, 1.5f, with_norm);
    made.layer_3 = dense(units, units * n_directions, 1.5f, with_norm);
    for (size_t direction = 0; direction < n_directions; ++direction) {
      LstmCell cell;
      cell.of_input = matrix(units * n_directions, 4 * units);
      cell.of_state = matrix(units, 4 * units);
      cell.bias = {draw(4 * units, 0.3f), 4 * units};
      cell.forget_bias = 1.0f;
      cell.cell_clip = cell_clip;
      made.cells.push_back(cell);
    }
    made.layer_5 = dense(units * n_directions, units, 1.5f, with_norm);
    made.layer_6 = dense(units, kClasses, 0.0f, false);
  }
};

double at(const deepspeech::VectorView& view, size_t i) { return static_cast<const float*>(view.data)[i]; }

Matrix product(const Matrix& x, const deepspeech::MatrixView& weights, const deepspeech::VectorView& bias) {
  Matrix y(x.size(), std::vector<double>(weights.n_columns));
  for (size_t i = 0; i < x.size(); ++i) {
    for (size_t column = 0; column < weights.n_columns; ++column) {
      double sum = at(bias, column);
      for (size_t row = 0; row < weights.n_rows; ++row) {
        sum += x[i][row] * static_cast<const float*>(weights.data)[row * weights.stride + column];
      }
      y[i][column] = sum;
    }
  }
  return y;
}

Matrix dense(const Matrix& x, const DenseLayer& layer) {
  Matrix y = product(x, layer.weights, layer.bias);
  for (std::vector<double>& row : y) {
    for (double& unit : row) unit = std::min(std::max(unit, 0.0), double{layer.clip});
    if (!layer.norm) continue;
    double mean = 0.0, variance = 0.0;
    for (const double unit : row) mean += unit / row.size();
    for (const double unit : row) variance += (unit - mean) * (unit - mean) / row.size();
    for (size_t i = 0; i < row.size(); ++i) {
      row[i] = (row[i] - mean) / std::sqrt(variance + layer.norm->epsilon) * at(layer.norm->gamma, i) +
               at(layer.norm->beta, i);
    }
  }
  return y;
}

double sigmoid(double x) { return 1.0 / (1.0 + std::exp(-x)); }

Matrix lstm(const Matrix& x, const LstmCell& cell, bool backward) {
  const size_t units = cell.units();
  Matrix outputs(x.size());
  std::vector<double> c(units), h(units);
  const Matrix of_inputs = product(x, cell.of_input, cell.bias);
  const std::vector<float> zeros(4 * units);
  for (size_t i = 0; i < x.size(); ++i) {
    const size_t step = backward ? x.size() - 1 - i : i;
    const std::vector<double> of_state = product({h}, cell.of_state, {zeros.data(), zeros.size()})[0];
    const auto gate = [&](size_t number, size_t unit) {
      return of_inputs[step][number * units + unit] + of_state[number * units + unit];
    };
    for (size_t unit = 0; unit < units; ++unit) {
      c[unit] = sigmoid(gate(2, unit) + cell.forget_bias) * c[unit] + sigmoid(gate(0, unit)) * std::tanh(gate(1, unit));
      if (cell.cell_clip > 0) c[unit] = std::clamp(c[unit], -double{cell.cell_clip}, double{cell.cell_clip});
      h[unit] = sigmoid(gate(3, unit)) * std::tanh(c[unit]);
    }
    outputs[step] = h;
  }
  return outputs;
}

Matrix logits(const AcousticModel& model, const std::vector<float>& frames, size_t n) {
  Matrix x(n);
  for (size_t i = 0; i < n; ++i) {
    x[i].assign(frames.begin() + i * kFeatures, frames.begin() + (i + 2 * kContext + 1) * kFeatures);
  }
  x = dense(dense(dense(x, model.layer_1), model.layer_2), model.layer_3);
  Matrix outputs = lstm(x, model.cells[0], false);
  if (model.cells.size() == 2) {
    const Matrix backward = lstm(x, model.cells[1], true);
    for (size_t i = 0; i < n; ++i) outputs[i].insert(outputs[i].end(), backward[i].begin(), backward[i].end());
  }
  return product(dense(outputs, model.layer_5), model.layer_6.weights, model.layer_6.bias);
}

Matrix probabilities(const AcousticModel& model, const std::vector<float>& frames, size_t n) {
  Matrix y = logits(model, frames, n);
  for (std::vector<double>& row : y) {
    double sum = 0.0;
    for (double& number : row) sum += number = std::exp(number);
    for (double& number : row) number /= sum;
  }
  return y;
}

std::vector<float> draw_frames(size_t n) {
  std::mt19937 random(3);
  std::normal_distribution<float> normal;
  std::vector<float> frames((n + 2 * kContext) * kFeatures);
  for (float& number : frames) number = normal(random);
  return frames;
}

double largest_difference(const Matrix& expected, const std::vector<float>& found) {
  double largest = expected.size() * kClasses == found.size() ? 0.0 : 1.0;
  for (size_t i = 0; i < found.size() && largest < 1.0; ++i) {
    largest = std::max(largest, std::fabs(expected[i / kClasses][i % kClasses] - found[i]));
  }
  return largest;
}

// In calls of different sizes, with all instructions that there are.
void test_one_direction(size_t units, bool with_norm, float cell_clip, WeightFormat format, double tolerance) {
  const Made made(units, 1, with_norm, cell_clip);
  const size_t n = 37;
  const std::vector<float> frames = draw_frames(n);
  const Matrix expected = probabilities(*made.model, frames, n);
  for (const Kernels* kernels : Kernels::available()) {
    for (const size_t n_threads : {1, 3}) {
      const Network network(made.model, format, *kernels, n_threads);
      for (const size_t piece : {size_t{1}, size_t{8}, n}) {
        std::vector<float> found;
        Network::State state = network.zero_state();
        for (size_t begin = 0; begin < n; begin += piece) {
          network.run(
              &frames[begin * kFeatures], std::min(piece, n - begin), state,
              [&](const float* part, size_t n_part) { found.insert(found.end(), part, part + n_part * kClasses); });
        }
        CHECK(largest_difference(expected, found) < tolerance);
      }
    }
  }
}

void test_two_directions() {
  const Made made(24, 2, false, 0.0f);
  const size_t n = 33;
  const std::vector<float> frames = draw_frames(n);
  const Matrix expected = probabilities(*made.model, frames, n);
  const Network network(made.model, WeightFormat::kFloat32, Kernels::best(), 1);
  std::vector<float> of_call, of_whole;
  Network::State state = network.zero_state();
  network.run(frames.data(), n, state,
              [&](const float* part, size_t n_part) { of_call.insert(of_call.end(), part, part + n_part * kClasses); });
  network.run_whole(frames.data(), n, [&](const float* part, size_t n_part) {
    of_whole.insert(of_whole.end(), part, part + n_part * kClasses);
  });
  CHECK(largest_difference(expected, of_call) < 2e-6);
  CHECK(largest_difference(expected, of_whole) < 2e-6);
}

void test_logits(size_t n_directions) {
  const Made made(24, n_directions, false, 0.0f);
  const size_t n = 29;
  const std::vector<float> frames = draw_frames(n);
  const Matrix expected = logits(*made.model, frames, n);
  for (const Kernels* kernels : Kernels::available()) {
    const Network network(made.model, WeightFormat::kFloat32, *kernels, 1);
    std::vector<float> of_call, of_whole;
    Network::State state = network.zero_state();
    const auto into = [](std::vector<float>& all) {
      return [&all](const float* part, size_t n_part) { all.insert(all.end(), part, part + n_part * kClasses); };
    };
    network.run(frames.data(), n, state, into(of_call), deepspeech::Output::kLogits);
    network.run_whole(frames.data(), n, into(of_whole), deepspeech::Output::kLogits);
    CHECK(largest_difference(expected, of_call) < 1e-5);
    CHECK(largest_difference(expected, of_whole) < 1e-5);
  }
}

// A whole utterance is heard in blocks of a minute; the backward direction enters each of them from the one behind it.
void test_blocks_of_whole_utterances() {
  const Made made(4, 2, false, 0.0f);
  const size_t n = 6100;
  const std::vector<float> frames = draw_frames(n);
  const Matrix expected = probabilities(*made.model, frames, n);
  const Network network(made.model, WeightFormat::kFloat32, Kernels::best(), 1);
  std::vector<float> found;
  size_t n_parts = 0;
  network.run_whole(frames.data(), n, [&](const float* part, size_t n_part) {
    found.insert(found.end(), part, part + n_part * kClasses);
    ++n_parts;
  });
  CHECK(n_parts == 3);
  CHECK(largest_difference(expected, found) < 2e-6);
}

// Large models take half the bits where that gains, small ones and who asks for it do not.
void test_number_formats_by_themselves() {
  const Kernels& kernels = Kernels::best();
  const Made large(900, 1, false, 0.0f), small(64, 1, false, 0.0f);
  const auto precision = [&](const Made& made, WeightFormat format) {
    return Network(made.model, format, kernels, 2).precision();
  };
  const bool gains = kernels.gains(Precision::kBfloat16);
  CHECK(precision(large, WeightFormat::kAuto) == (gains ? Precision::kBfloat16 : Precision::kFloat32));
  CHECK(precision(large, WeightFormat::kStored) == Precision::kFloat32);
  CHECK(precision(small, WeightFormat::kAuto) == Precision::kFloat32);
  CHECK(precision(small, WeightFormat::kInt8) == Precision::kInt8);
}

void test_weights_that_are_no_numbers() {
  Made made(8, 1, false, 0.0f);
  (*made.numbers.front())[3] = std::nanf("");
  const Network network(made.model, WeightFormat::kFloat32, Kernels::best(), 1);
  const std::vector<float> frames = draw_frames(8);
  Network::State state = network.zero_state();
  CHECK_THROWS(deepspeech::ModelError, network.run(frames.data(), 8, state, [](const float*, size_t) {}));
}

}  // namespace

int main() {
  test_one_direction(20, false, 0.0f, WeightFormat::kFloat32, 2e-6);
  test_one_direction(64, true, 0.0f, WeightFormat::kFloat32, 5e-6);
  test_one_direction(30, false, 0.2f, WeightFormat::kFloat32, 2e-6);
  test_one_direction(300, false, 0.0f, WeightFormat::kFloat32, 2e-6);
  test_one_direction(64, false, 0.0f, WeightFormat::kBfloat16, 0.01);
  test_one_direction(64, false, 0.0f, WeightFormat::kInt8, 0.03);
  test_two_directions();
  test_logits(1);
  test_logits(2);
  test_blocks_of_whole_utterances();
  test_weights_that_are_no_numbers();
  test_number_formats_by_themselves();
  return check::result();
}
