#include "recurrent/lstm.h"

#include <algorithm>
#include <cstring>
#include <memory>
#include <vector>

#include "kernels/aligned_array.h"
#include "recurrent/sequences.h"
#include "threads/team.h"

namespace deepspeech {
namespace {

constexpr size_t kGates = 4;
constexpr size_t kLeastUnits = 32;  // of a thread: with fewer it waits for the others longer than it works

size_t rounded_up(size_t size, size_t step) { return (size + step - 1) / step * step; }

// 16 numbers more than needed: rows whose distance is a power of two would share few places in the cache.
size_t row_stride(size_t size) { return rounded_up(size, 64) + 16; }

size_t n_groups(const StepFunctions& functions, const DSL_LstmShape& shape) {
  return (shape.n_cell + functions.n_units - 1) / functions.n_units;
}

// The units that one thread deals with.
struct Share {
  Groups groups;
  size_t begin, n;  // units

  Share(const StepFunctions& functions, const DSL_LstmShape& shape, size_t member, size_t n_members) {
    const size_t all = n_groups(functions, shape);
    groups = {member * all / n_members, (member + 1) * all / n_members};
    begin = std::min(shape.n_cell, groups.begin * functions.n_units);
    n = std::min(shape.n_cell, groups.end * functions.n_units) - begin;
  }

  void copy(float* to, const float* from) const { std::memcpy(to + begin, from + begin, n * sizeof(float)); }
  void clear(float* to) const { std::fill_n(to + begin, n, 0.0f); }
  void copy_or_clear(float* to, const float* from) const {
    if (from == nullptr) return clear(to);
    copy(to, from);
  }
};

// Calls use(frame) for each row of [T * B] that belongs to no sequence.
template <typename Use>
void for_padding(const Sequences& sequences, size_t n_time, Use use) {
  for (size_t row = 0; row < sequences.n_batch(); ++row) {
    for (size_t time = sequences.length(row); time < n_time; ++time) use(sequences.frame(row, time, false));
  }
}

// One direction on the way forward, shared by a team.
class Forward {
 public:
  Forward(const StepFunctions& functions, const DSL_LstmShape& shape, const DSL_LstmForward& of,
          const Sequences& sequences, size_t n_members)
      : functions_(functions),
        shape_(shape),
        of_(of),
        sequences_(sequences),
        n_members_(n_members),
        barrier_(n_members),
        stride_(row_stride(shape.n_cell)),
        packed_(n_groups(functions, shape) * kGates * shape.n_cell * functions.n_units),
        c_(shape.n_batch * stride_),
        h_{AlignedArray<float>(shape.n_batch * stride_), AlignedArray<float>(shape.n_batch * stride_)},
        scratch_size_(rounded_up(functions.forward_scratch(shape), 16)),
        scratch_(n_members * scratch_size_),
        frames_(n_members, std::vector<size_t>(shape.n_batch)) {}

  void run(size_t member) {
    const Share share(functions_, shape_, member, n_members_);
    functions_.forward_pack(shape_, of_.recurrent, share.groups, packed_.data());
    begin(share);
    barrier_.wait();
    std::vector<size_t>& frames = frames_[member];
    for (size_t step = 0; step < sequences_.n_steps(); ++step) {
      const size_t n_rows = sequences_.n_rows(step);
      for (size_t row = 0; row < n_rows; ++row) frames[row] = sequences_.frame(row, step, of_.is_reversed != 0);
      functions_.forward({&shape_, &of_, packed_.data(), n_rows, frames.data(), stride_, h_[step % 2].data(),
                          h_[(step + 1) % 2].data(), c_.data()},
                         share.groups, scratch_.data() + member * scratch_size_);
      barrier_.wait();
    }
    end(share);
  }

 private:
  void begin(const Share& share) {
    for (size_t row = 0; row < shape_.n_batch; ++row) {
      const size_t from = sequences_.place(row) * shape_.n_cell, to = row * stride_;
      share.copy(c_.data() + to, of_.c0 + from);
      share.copy(h_[0].data() + to, of_.h0 + from);
      if (shape_.is_bfloat16) {
        float* const h = h_[0].data() + to + share.begin;
        functions_.round(h, share.n, h);
      }
    }
    for_padding(sequences_, shape_.n_time, [&](size_t frame) { share.clear(of_.h + frame * shape_.h_stride); });
  }

  void end(const Share& share) {
    for (size_t row = 0; row < shape_.n_batch; ++row) {
      const size_t place = sequences_.place(row) * shape_.n_cell, length = sequences_.length(row);
      if (of_.c_last != nullptr) share.copy(of_.c_last + place, c_.data() + row * stride_);
      if (of_.h_last == nullptr) continue;
      const float* last = of_.h0 + place;
      if (length > 0) last = of_.h + sequences_.frame(row, length - 1, of_.is_reversed != 0) * shape_.h_stride;
      share.copy(of_.h_last + place, last);
    }
  }

  const StepFunctions& functions_;
  const DSL_LstmShape& shape_;
  const DSL_LstmForward& of_;
  const Sequences& sequences_;
  const size_t n_members_;
  Barrier barrier_;
  const size_t stride_;
  AlignedArray<float> packed_, c_, h_[2];
  const size_t scratch_size_;
  AlignedArray<float> scratch_;
  std::vector<std::vector<size_t>> frames_;  // of each member
};

// One direction on the way back, shared by a team.
class Backward {
 public:
  Backward(const StepFunctions& functions, const DSL_LstmShape& shape, const DSL_LstmBackward& of,
           const Sequences& sequences, size_t n_members)
      : functions_(functions),
        shape_(shape),
        of_(of),
        sequences_(sequences),
        n_members_(n_members),
        barrier_(n_members),
        stride_(row_stride(shape.n_cell)),
        dz_stride_(row_stride(kGates * shape.n_cell)),
        packed_(n_groups(functions, shape) * kGates * shape.n_cell * functions.n_units),
        dc_(shape.n_batch * stride_),
        dh_(shape.n_batch * stride_),
        dz_{AlignedArray<float>(shape.n_batch * dz_stride_), AlignedArray<float>(shape.n_batch * dz_stride_)},
        scratch_size_(rounded_up(functions.backward_scratch(shape), 16)),
        scratch_(n_members * scratch_size_),
        frames_(n_members, std::vector<size_t>(shape.n_batch)),
        c_before_(n_members, std::vector<const float*>(shape.n_batch)) {}

  void run(size_t member) {
    const Share share(functions_, shape_, member, n_members_);
    functions_.backward_pack(shape_, of_.recurrent, share.groups, packed_.data());
    begin(share);
    size_t n_begun = 0;  // rows whose last step has been met
    for (size_t left = sequences_.n_steps(); left > 0; --left) {
      const size_t n_rows = sequences_.n_rows(left - 1);
      for (; n_begun < n_rows; ++n_begun) take_last(share, n_begun);
      const BackwardStep step = step_at(left - 1, n_rows, member);
      functions_.backward_gates(step, share.groups);
      barrier_.wait();
      functions_.backward_product(step, share.groups, scratch_.data() + member * scratch_size_);
    }
    for (; n_begun < shape_.n_batch; ++n_begun) take_last(share, n_begun);
    end(share);
  }

 private:
  // dz has two places, for a member may write the next one while another still reads.
  BackwardStep step_at(size_t step, size_t n_rows, size_t member) {
    const bool is_reversed = of_.is_reversed != 0;
    for (size_t row = 0; row < n_rows; ++row) {
      frames_[member][row] = sequences_.frame(row, step, is_reversed);
      c_before_[member][row] = step == 0 ? of_.c0 + sequences_.place(row) * shape_.n_cell
                                         : of_.c + sequences_.frame(row, step - 1, is_reversed) * shape_.n_cell;
    }
    return {&shape_,
            &of_,
            packed_.data(),
            n_rows,
            frames_[member].data(),
            c_before_[member].data(),
            dz_[step % 2].data(),
            dz_stride_,
            stride_,
            dc_.data(),
            dh_.data()};
  }

  void begin(const Share& share) {
    const size_t number = shape_.is_bfloat16 ? sizeof(uint16_t) : sizeof(float);
    for (size_t gate = 0; gate < kGates; ++gate) share.clear(of_.dbias + gate * shape_.n_cell);
    for_padding(sequences_, shape_.n_time, [&](size_t frame) {
      for (size_t gate = 0; gate < kGates; ++gate) {
        const size_t at = (frame * kGates + gate) * shape_.n_cell + share.begin;
        std::memset(static_cast<char*>(of_.dz) + at * number, 0, share.n * number);
      }
    });
  }

  void take_last(const Share& share, size_t row) {
    const size_t from = sequences_.place(row) * shape_.n_cell, to = row * stride_;
    share.copy_or_clear(dc_.data() + to, of_.dc_last ? of_.dc_last + from : nullptr);
    share.copy_or_clear(dh_.data() + to, of_.dh_last ? of_.dh_last + from : nullptr);
  }

  void end(const Share& share) {
    for (size_t row = 0; row < shape_.n_batch; ++row) {
      const size_t place = sequences_.place(row) * shape_.n_cell;
      if (of_.dc0 != nullptr) share.copy(of_.dc0 + place, dc_.data() + row * stride_);
      if (of_.dh0 != nullptr) share.copy(of_.dh0 + place, dh_.data() + row * stride_);
    }
  }

  const StepFunctions& functions_;
  const DSL_LstmShape& shape_;
  const DSL_LstmBackward& of_;
  const Sequences& sequences_;
  const size_t n_members_;
  Barrier barrier_;
  const size_t stride_, dz_stride_;
  AlignedArray<float> packed_, dc_, dh_, dz_[2];
  const size_t scratch_size_;
  AlignedArray<float> scratch_;
  std::vector<std::vector<size_t>> frames_;
  std::vector<std::vector<const float*>> c_before_;
};

// Both directions side by side where there are threads for both, else one after the other.
template <typename Pass, typename Direction>
void run_passes(const StepFunctions& functions, const DSL_LstmShape& shape, const Direction* directions) {
  const Sequences sequences(shape.lengths, shape.n_batch, shape.n_time);
  const size_t n = shape.n_directions;
  const size_t most = std::min(n_groups(functions, shape), std::max<size_t>(1, shape.n_cell / kLeastUnits));
  Team team(std::min(most * n, static_cast<size_t>(shape.n_threads)));
  const size_t n_teams = std::min(n, team.n_members());
  const auto members_of = [&](size_t of_team) { return (team.n_members() - of_team + n_teams - 1) / n_teams; };
  std::vector<std::unique_ptr<Pass>> passes;
  for (size_t i = 0; i < n; ++i) {
    passes.push_back(std::make_unique<Pass>(functions, shape, directions[i], sequences, members_of(i % n_teams)));
  }
  team.run([&](size_t member) {
    const size_t of_team = member % n_teams;
    for (size_t i = of_team; i < n; i += n_teams) passes[i]->run(member / n_teams);
  });
}

}  // namespace

void run_lstm(const StepFunctions& functions, const DSL_LstmShape& shape, const DSL_LstmForward* directions) {
  run_passes<Forward>(functions, shape, directions);
}

void run_lstm_back(const StepFunctions& functions, const DSL_LstmShape& shape, const DSL_LstmBackward* directions) {
  run_passes<Backward>(functions, shape, directions);
}

}  // namespace deepspeech
