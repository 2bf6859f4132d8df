// The recurrent layer against its equations in double precision, written out one sequence and step at a time: every set of
// instructions of this processor, one direction and two, lengths from 0 on, widths that fill no vector, any number of threads.
#include "recurrent/lstm.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <random>
#include <string>
#include <vector>

#include "check.h"

using namespace deepspeech;

namespace {

using Numbers = std::vector<float>;

struct Geometry {
  size_t n_time, n_batch, n_cell, n_directions;
  size_t frames() const { return n_time * n_batch; }
  size_t stride() const { return n_cell * n_directions; }
};

// What one direction is given, and what it gives.
struct Direction {
  Numbers z, recurrent, bias, c0, h0, dc_last, dh_last;
  Numbers gates, c, c_last, h_last, dz, dbias, dc0, dh0;
};

struct Layer {
  Geometry size;
  std::vector<int32_t> lengths;
  std::vector<Direction> directions;
  Numbers h, dh;
};

Numbers random_numbers(std::mt19937& random, size_t size, float scale) {
  std::normal_distribution<float> normal(0.0f, scale);
  Numbers numbers(size);
  for (float& x : numbers) x = normal(random);
  return numbers;
}

Layer random_layer(const Geometry& size, unsigned seed) {
  std::mt19937 random(seed);
  Layer layer{size, {}, {}, Numbers(size.frames() * size.stride(), 7.0f), {}};
  for (size_t b = 0; b < size.n_batch; ++b) layer.lengths.push_back(static_cast<int32_t>(random() % (size.n_time + 1)));
  layer.lengths[random() % size.n_batch] = static_cast<int32_t>(size.n_time);
  const size_t n_cell = size.n_cell, state = size.n_batch * n_cell, gates = size.frames() * 4 * n_cell;
  const float scale = 1.0f / std::sqrt(static_cast<float>(n_cell));
  for (size_t i = 0; i < size.n_directions; ++i) {
    Direction of;
    of.z = random_numbers(random, gates, 1.0f);
    of.recurrent = random_numbers(random, n_cell * 4 * n_cell, scale);
    of.bias = random_numbers(random, 4 * n_cell, 0.3f);
    for (Numbers* numbers : {&of.c0, &of.h0, &of.dc_last, &of.dh_last}) *numbers = random_numbers(random, state, 0.5f);
    of.gates.assign(gates, 7.0f);
    of.c.assign(size.frames() * n_cell, 7.0f);
    of.dz.assign(gates, 7.0f);
    of.dbias.assign(4 * n_cell, 7.0f);
    for (Numbers* numbers : {&of.c_last, &of.h_last, &of.dc0, &of.dh0}) numbers->assign(state, 7.0f);
    layer.directions.push_back(of);
  }
  layer.dh = random_numbers(random, layer.h.size(), 1.0f);
  return layer;
}

std::vector<uint16_t> to_bfloat16(const Numbers& numbers) {
  std::vector<uint16_t> halves;
  for (float x : numbers) {
    uint32_t bits;
    std::memcpy(&bits, &x, sizeof(bits));
    halves.push_back(static_cast<uint16_t>((bits + 0x7fff + (bits >> 16 & 1)) >> 16));
  }
  return halves;
}

Numbers to_float32(const std::vector<uint16_t>& halves) {
  Numbers numbers(halves.size());
  for (size_t i = 0; i < halves.size(); ++i) {
    const uint32_t bits = uint32_t{halves[i]} << 16;
    std::memcpy(&numbers[i], &bits, sizeof(bits));
  }
  return numbers;
}

void run(const StepFunctions& functions, Layer& layer, int n_threads, bool is_bfloat16 = false) {
  const Geometry& size = layer.size;
  const DSL_LstmShape shape = {size.n_time,          size.n_batch, size.n_cell, size.n_directions,
                               layer.lengths.data(), is_bfloat16,  n_threads,   size.stride()};
  std::vector<std::vector<uint16_t>> z, dz;
  for (const Direction& of : layer.directions) {
    z.push_back(to_bfloat16(of.z));
    dz.emplace_back(of.dz.size());
  }
  std::vector<DSL_LstmForward> forward;
  std::vector<DSL_LstmBackward> backward;
  for (size_t i = 0; i < layer.directions.size(); ++i) {
    Direction& of = layer.directions[i];
    const size_t column = i * layer.size.n_cell;
    const void* const share = is_bfloat16 ? static_cast<const void*>(z[i].data()) : of.z.data();
    void* const dz_place = is_bfloat16 ? static_cast<void*>(dz[i].data()) : of.dz.data();
    forward.push_back({static_cast<int32_t>(i), share, of.recurrent.data(), of.bias.data(), of.c0.data(), of.h0.data(),
                       layer.h.data() + column, of.gates.data(), of.c.data(), of.c_last.data(), of.h_last.data()});
    backward.push_back({static_cast<int32_t>(i), of.gates.data(), of.c.data(), of.recurrent.data(), of.c0.data(),
                        layer.dh.data() + column, of.dc_last.data(), of.dh_last.data(), dz_place, of.dbias.data(),
                        of.dc0.data(), of.dh0.data()});
  }
  run_lstm(functions, shape, forward.data());
  run_lstm_back(functions, shape, backward.data());
  for (size_t i = 0; is_bfloat16 && i < dz.size(); ++i) layer.directions[i].dz = to_float32(dz[i]);
}

double squash(double x) { return 1 / (1 + std::exp(-x)); }

// One sequence of one direction, kept whole.
struct Sequence {
  std::vector<std::vector<double>> i, g, f, o, c, h;  // of each step; c and h begin with those before the first
};

Sequence walk(const Layer& layer, const Direction& of, size_t place, bool is_reversed) {
  const size_t n_cell = layer.size.n_cell, length = static_cast<size_t>(layer.lengths[place]);
  Sequence path;
  path.c.emplace_back(of.c0.begin() + place * n_cell, of.c0.begin() + (place + 1) * n_cell);
  path.h.emplace_back(of.h0.begin() + place * n_cell, of.h0.begin() + (place + 1) * n_cell);
  for (size_t step = 0; step < length; ++step) {
    const size_t frame = (is_reversed ? length - 1 - step : step) * layer.size.n_batch + place;
    std::vector<double> gates(4 * n_cell);
    for (size_t j = 0; j < gates.size(); ++j) {
      gates[j] = double{of.z[frame * gates.size() + j]} + of.bias[j];
      for (size_t k = 0; k < n_cell; ++k) gates[j] += path.h.back()[k] * of.recurrent[k * gates.size() + j];
    }
    std::vector<double> i(n_cell), g(n_cell), f(n_cell), o(n_cell), c(n_cell), h(n_cell);
    for (size_t u = 0; u < n_cell; ++u) {
      i[u] = squash(gates[u]), g[u] = std::tanh(gates[n_cell + u]);
      f[u] = squash(gates[2 * n_cell + u]), o[u] = squash(gates[3 * n_cell + u]);
      c[u] = f[u] * path.c.back()[u] + i[u] * g[u];
      h[u] = o[u] * std::tanh(c[u]);
    }
    path.i.push_back(i), path.g.push_back(g), path.f.push_back(f), path.o.push_back(o);
    path.c.push_back(c), path.h.push_back(h);
  }
  return path;
}

// Largest difference of what `layer` holds from what the equations give.
double check_direction(const Layer& layer, size_t number) {
  const Direction& of = layer.directions[number];
  const size_t n_cell = layer.size.n_cell, n_batch = layer.size.n_batch, stride = layer.size.stride();
  std::vector<double> dbias(4 * n_cell);
  double worst = 0;
  const auto see = [&](double found, double expected) {
    const double difference = std::fabs(found - expected);
    worst = difference <= worst ? worst : difference;  // NaN counts
  };
  for (size_t place = 0; place < n_batch; ++place) {
    const Sequence path = walk(layer, of, place, number == 1);
    const size_t length = path.i.size();
    std::vector<double> dc(of.dc_last.begin() + place * n_cell, of.dc_last.begin() + (place + 1) * n_cell);
    std::vector<double> dh(of.dh_last.begin() + place * n_cell, of.dh_last.begin() + (place + 1) * n_cell);
    for (size_t step = length; step-- > 0;) {
      const size_t frame = (number == 1 ? length - 1 - step : step) * n_batch + place;
      std::vector<double> dz(4 * n_cell), before(n_cell);
      for (size_t u = 0; u < n_cell; ++u) {
        const double i = path.i[step][u], g = path.g[step][u], f = path.f[step][u], o = path.o[step][u];
        const double tanh_c = std::tanh(path.c[step + 1][u]);
        see(layer.h[frame * stride + number * n_cell + u], path.h[step + 1][u]);
        dh[u] += layer.dh[frame * stride + number * n_cell + u];
        dc[u] += dh[u] * o * (1 - tanh_c * tanh_c);
        dz[u] = dc[u] * g * i * (1 - i);
        dz[n_cell + u] = dc[u] * i * (1 - g * g);
        dz[2 * n_cell + u] = dc[u] * path.c[step][u] * f * (1 - f);
        dz[3 * n_cell + u] = dh[u] * tanh_c * o * (1 - o);
        dc[u] *= f;
      }
      for (size_t j = 0; j < dz.size(); ++j) {
        see(of.dz[frame * dz.size() + j], dz[j]);
        dbias[j] += dz[j];
        for (size_t k = 0; k < n_cell; ++k) before[k] += dz[j] * of.recurrent[k * dz.size() + j];
      }
      dh = before;
    }
    for (size_t u = 0; u < n_cell; ++u) {
      see(of.c_last[place * n_cell + u], path.c.back()[u]);
      see(of.h_last[place * n_cell + u], path.h.back()[u]);
      see(of.dc0[place * n_cell + u], dc[u]);
      see(of.dh0[place * n_cell + u], dh[u]);
    }
    for (size_t time = length; time < layer.size.n_time; ++time) {
      const size_t frame = time * n_batch + place;
      for (size_t u = 0; u < n_cell; ++u) see(layer.h[frame * stride + number * n_cell + u], 0);
      for (size_t j = 0; j < 4 * n_cell; ++j) see(of.dz[frame * 4 * n_cell + j], 0);
    }
  }
  for (size_t j = 0; j < dbias.size(); ++j) see(of.dbias[j], dbias[j]);
  return worst;
}

bool are_equal(const Layer& a, const Layer& b) {
  bool equal = a.h == b.h;
  for (size_t i = 0; i < a.directions.size(); ++i) {
    const Direction &x = a.directions[i], &y = b.directions[i];
    equal = equal && x.dz == y.dz && x.dbias == y.dbias && x.c_last == y.c_last && x.dc0 == y.dc0 && x.dh0 == y.dh0;
  }
  return equal;
}

const Geometry kGeometries[] = {{1, 1, 1, 1},    {5, 3, 5, 2},   {9, 17, 16, 1}, {7, 4, 37, 2},
                                {12, 16, 64, 2}, {6, 2, 100, 1}, {4, 9, 300, 2}};

void check_float32(const StepFunctions& functions) {
  unsigned seed = 1;
  for (const Geometry& size : kGeometries) {
    const Layer given = random_layer(size, seed++);
    Layer first = given;
    run(functions, first, 1);
    for (size_t i = 0; i < size.n_directions; ++i) CHECK_NEAR(check_direction(first, i), 0, 2e-5);
    for (int n_threads : {2, 3, 5, 64}) {
      Layer again = given;
      run(functions, again, n_threads);
      CHECK(are_equal(first, again));
    }
  }
}

// With bfloat16 products a layer is as near to the exact one as numbers of 8 bits let it be, and not the same.
void check_bfloat16(const StepFunctions& functions) {
  unsigned seed = 1;
  for (const Geometry& size : kGeometries) {
    Layer layer = random_layer(size, seed++);
    run(functions, layer, 2, true);
    double worst = 0;
    for (size_t i = 0; i < size.n_directions; ++i) worst = std::max(worst, check_direction(layer, i));
    CHECK(worst < 0.15);
    CHECK(size.n_cell < 5 || worst > 1e-4);
  }
}

// Sums in another order may round a number to the one beside it, but that is rare.
void check_alike(const StepFunctions& a, const StepFunctions& b) {
  unsigned seed = 1;
  for (const Geometry& size : kGeometries) {
    Layer of_a = random_layer(size, seed++), of_b = of_a;
    run(a, of_a, 1, true);
    run(b, of_b, 3, true);
    double sum = 0;
    size_t n = 0;
    for (size_t i = 0; i < of_a.h.size(); ++i, ++n) sum += std::fabs(of_a.h[i] - of_b.h[i]);
    for (size_t d = 0; d < size.n_directions; ++d) {
      const Numbers &x = of_a.directions[d].dz, &y = of_b.directions[d].dz;
      for (size_t i = 0; i < x.size(); ++i, ++n) sum += std::fabs(x[i] - y[i]);
    }
    CHECK(sum / static_cast<double>(n) < 2e-4);
  }
}

}  // namespace

int main() {
  for (const StepFunctions& functions : available_steps(false)) check_float32(functions);
  std::string found;
  for (const StepFunctions& functions : available_steps(true)) {
    found += functions.name + std::string(" ");
    check_bfloat16(functions);
    check_alike(functions, available_steps(true)[0]);
  }
#ifdef EXPECTED_SETS
  CHECK(found == EXPECTED_SETS);
#endif
  return check::result();
}
