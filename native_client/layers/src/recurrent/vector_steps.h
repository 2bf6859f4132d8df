// The functions of steps.h, written in a Vector (see kernels/float32_products.h) and in Products; a file for each set of
// instructions includes both, and kernels/activations.h, before this. All is in an unnamed namespace, lest the linker take the
// code of one set for another's.
//
// Products has the constant kUnits, the units of a group, and multiplies rows of numbers with panels: kUnits columns of a
// matrix. The weights of a group are four panels, one for each gate, on the way forward; one panel of all gates on the way back.
//
//   Products::panel_size(n_steps)                                    numbers that a panel of so many rows takes
//   Products::pack_rows(w, stride, n_steps, count, is_bfloat16, panel)   of `count` columns of rows `stride` apart
//   Products::pack_columns(w, stride, n_steps, count, is_bfloat16, panel)   likewise of the transposed matrix
//   Products::scratch_size(n_rows, n_steps)
//   const Products rows(x, x_stride, n_rows, n_steps, scratch);
//   rows.multiply(panel, y, y_stride, adds);                          y = or += x panel, all kUnits columns
#pragma once

#include <cstddef>
#include <cstdint>

#include "recurrent/steps.h"

namespace deepspeech {
namespace {

using Floats = Vector::Floats;
constexpr size_t kGates = 4, kUnits = Products::kUnits;

// Numbers of z or dz: float32, or bfloat16 as the shape says.
struct Numbers {
  static Floats load(const void* base, size_t at, size_t count, bool is_bfloat16) {
    if (!is_bfloat16) return load_some(static_cast<const float*>(base) + at, count);
    const uint16_t* from = static_cast<const uint16_t*>(base) + at;
    if (count >= Vector::kWidth) return Vector::load_bfloat16(from);
    uint16_t part[Vector::kWidth] = {};
    for (size_t i = 0; i < count; ++i) part[i] = from[i];
    return Vector::load_bfloat16(part);
  }

  // Of bfloat16: x has been rounded.
  static void store(void* base, size_t at, size_t count, bool is_bfloat16, Floats x) {
    if (!is_bfloat16) return store_some(static_cast<float*>(base) + at, count, x);
    uint16_t* to = static_cast<uint16_t*>(base) + at;
    if (count >= Vector::kWidth) return Vector::store_bfloat16(to, x);
    uint16_t part[Vector::kWidth];
    Vector::store_bfloat16(part, x);
    for (size_t i = 0; i < count; ++i) to[i] = part[i];
  }
};

inline void round(const float* x, size_t size, float* rounded) {
  for (size_t i = 0; i < size; i += Vector::kWidth) {
    store_some(rounded + i, size - i, Vector::round_to_bfloat16(load_some(x + i, size - i)));
  }
}

// The panel of a group and of a gate.
inline const float* forward_panel(const float* packed, const DSL_LstmShape& shape, size_t group, size_t gate) {
  return packed + (group * kGates + gate) * Products::panel_size(shape.n_cell);
}
inline const float* backward_panel(const float* packed, const DSL_LstmShape& shape, size_t group) {
  return packed + group * Products::panel_size(kGates * shape.n_cell);
}

inline void forward_pack(const DSL_LstmShape& shape, const float* recurrent, Groups groups, float* packed) {
  const size_t n_cell = shape.n_cell;
  for (size_t group = groups.begin; group < groups.end; ++group) {
    const size_t unit = group * kUnits, count = smaller(kUnits, n_cell - unit);
    for (size_t gate = 0; gate < kGates; ++gate) {
      Products::pack_rows(recurrent + gate * n_cell + unit, kGates * n_cell, n_cell, count, shape.is_bfloat16 != 0,
                          const_cast<float*>(forward_panel(packed, shape, group, gate)));
    }
  }
}

inline void backward_pack(const DSL_LstmShape& shape, const float* recurrent, Groups groups, float* packed) {
  const size_t n_cell = shape.n_cell, n_steps = kGates * n_cell;
  for (size_t group = groups.begin; group < groups.end; ++group) {
    const size_t unit = group * kUnits, count = smaller(kUnits, n_cell - unit);
    Products::pack_columns(recurrent + unit * n_steps, n_steps, n_steps, count, shape.is_bfloat16 != 0,
                           const_cast<float*>(backward_panel(packed, shape, group)));
  }
}

inline void forward_gates(const ForwardStep& step, size_t unit, size_t row, const float* sums) {
  const DSL_LstmForward& of = *step.direction;
  const size_t n_cell = step.shape->n_cell, count = n_cell - unit, frame = step.frames[row];
  float* const c = step.c + row * step.stride + unit;
  const Floats i = sigmoid(Vector::load(sums)), g = hyperbolic_tangent(Vector::load(sums + kUnits));
  const Floats f = sigmoid(Vector::load(sums + 2 * kUnits)), o = sigmoid(Vector::load(sums + 3 * kUnits));
  const Floats cell = Vector::multiply_add(f, load_some(c, count), Vector::multiply(i, g));
  const Floats h = Vector::multiply(o, hyperbolic_tangent(cell));
  store_some(c, count, cell);
  store_some(step.h_after + row * step.stride + unit, count, rounded_if(step.shape->is_bfloat16, h));
  store_some(of.h + frame * step.shape->h_stride + unit, count, h);
  if (of.gates == nullptr) return;
  float* const gates = of.gates + frame * kGates * n_cell + unit;
  store_some(gates, count, i);
  store_some(gates + n_cell, count, g);
  store_some(gates + 2 * n_cell, count, f);
  store_some(gates + 3 * n_cell, count, o);
  store_some(of.c + frame * n_cell + unit, count, cell);
}

inline void forward(const ForwardStep& step, Groups groups, float* scratch) {
  const DSL_LstmForward& of = *step.direction;
  const size_t n_cell = step.shape->n_cell;
  constexpr size_t kRowSize = kGates * kUnits;
  float* const sums = scratch;
  const Products rows(step.h_before, step.stride, step.n_rows, n_cell, scratch + step.shape->n_batch * kRowSize);
  for (size_t group = groups.begin; group < groups.end; ++group) {
    const size_t begin = group * kUnits, end = smaller(begin + kUnits, n_cell);
    for (size_t row = 0; row < step.n_rows; ++row) {
      const size_t z = step.frames[row] * kGates * n_cell;
      for (size_t gate = 0; gate < kGates; ++gate) {
        for (size_t unit = begin; unit < end; unit += Vector::kWidth) {
          const size_t at = gate * n_cell + unit;
          const Floats share = Numbers::load(of.z, z + at, end - unit, step.shape->is_bfloat16);
          Vector::store(sums + row * kRowSize + gate * kUnits + (unit - begin),
                        Vector::add(share, load_some(of.bias + at, end - unit)));
        }
      }
    }
    for (size_t gate = 0; gate < kGates; ++gate) {
      rows.multiply(forward_panel(step.packed, *step.shape, group, gate), sums + gate * kUnits, kRowSize, true);
    }
    for (size_t row = 0; row < step.n_rows; ++row) {
      for (size_t unit = begin; unit < end; unit += Vector::kWidth) {
        forward_gates(step, unit, row, sums + row * kRowSize + (unit - begin));
      }
    }
  }
}

// y (1 - y) dy and (1 - y^2) dy.
inline Floats sigmoid_gradient(Floats y, Floats dy) {
  return Vector::multiply(dy, Vector::multiply(y, Vector::subtract(Vector::all(1.0f), y)));
}
inline Floats tangent_gradient(Floats y, Floats dy) {
  return Vector::multiply(dy, Vector::subtract(Vector::all(1.0f), Vector::multiply(y, y)));
}

inline void backward_row(const BackwardStep& step, size_t unit, size_t count, size_t row, Floats (&dbias)[kGates]) {
  const DSL_LstmBackward& of = *step.direction;
  const size_t n_cell = step.shape->n_cell, frame = step.frames[row];
  const bool is_bfloat16 = step.shape->is_bfloat16 != 0;
  const float* const gates = of.gates + frame * kGates * n_cell + unit;
  const Floats i = load_some(gates, count), g = load_some(gates + n_cell, count);
  const Floats f = load_some(gates + 2 * n_cell, count), o = load_some(gates + 3 * n_cell, count);
  const Floats tanh_c = hyperbolic_tangent(load_some(of.c + frame * n_cell + unit, count));
  const Floats dh = Vector::add(load_some(of.dh + frame * step.shape->h_stride + unit, count),
                                load_some(step.dh + row * step.stride + unit, count));
  float* const dc_place = step.dc + row * step.stride + unit;
  const Floats dc = Vector::add(load_some(dc_place, count), tangent_gradient(tanh_c, Vector::multiply(dh, o)));
  store_some(dc_place, count, Vector::multiply(dc, f));
  const Floats dz[kGates] = {sigmoid_gradient(i, Vector::multiply(dc, g)), tangent_gradient(g, Vector::multiply(dc, i)),
                             sigmoid_gradient(f, Vector::multiply(dc, load_some(step.c_before[row] + unit, count))),
                             sigmoid_gradient(o, Vector::multiply(dh, tanh_c))};
  for (size_t gate = 0; gate < kGates; ++gate) {
    const Floats value = rounded_if(is_bfloat16, dz[gate]);
    const size_t at = gate * n_cell + unit;
    Numbers::store(of.dz, frame * kGates * n_cell + at, count, is_bfloat16, value);
    store_some(step.dz + row * step.dz_stride + at, count, value);
    dbias[gate] = Vector::add(dbias[gate], value);
  }
}

inline void backward_gates(const BackwardStep& step, Groups groups) {
  const size_t n_cell = step.shape->n_cell, end = smaller(groups.end * kUnits, n_cell);
  for (size_t unit = groups.begin * kUnits; unit < end; unit += Vector::kWidth) {
    const size_t count = n_cell - unit;
    Floats dbias[kGates];
    for (size_t gate = 0; gate < kGates; ++gate)
      dbias[gate] = load_some(step.direction->dbias + gate * n_cell + unit, count);
    for (size_t row = 0; row < step.n_rows; ++row) backward_row(step, unit, count, row, dbias);
    for (size_t gate = 0; gate < kGates; ++gate)
      store_some(step.direction->dbias + gate * n_cell + unit, count, dbias[gate]);
  }
}

inline void backward_product(const BackwardStep& step, Groups groups, float* scratch) {
  const Products rows(step.dz, step.dz_stride, step.n_rows, kGates * step.shape->n_cell, scratch);
  for (size_t group = groups.begin; group < groups.end; ++group) {
    rows.multiply(backward_panel(step.packed, *step.shape, group), step.dh + group * kUnits, step.stride, false);
  }
}

inline size_t forward_scratch(const DSL_LstmShape& shape) {
  return shape.n_batch * kGates * kUnits + Products::scratch_size(shape.n_batch, shape.n_cell);
}

inline size_t backward_scratch(const DSL_LstmShape& shape) {
  return Products::scratch_size(shape.n_batch, kGates * shape.n_cell);
}

inline StepFunctions functions_named(const char* name) {
  return {name,           kUnits,           forward_pack,    backward_pack,    forward,
          backward_gates, backward_product, forward_scratch, backward_scratch, round};
}

}  // namespace
}  // namespace deepspeech
