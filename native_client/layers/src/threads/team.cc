#include "threads/team.h"

#include <exception>

namespace deepspeech {
namespace {

// About 30 microseconds: more than the members of a step differ by, less than a turn of the system's scheduler.
constexpr int kLooks = 1000;

void pause() {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#endif
}

// Returns when `ready` does.
template <typename Ready>
void wait_until(Ready ready) {
  for (int look = 0; look < kLooks; ++look) {
    if (ready()) return;
    pause();
  }
  while (!ready()) std::this_thread::yield();
}

}  // namespace

Team::Team(size_t n_wanted) {
  others_.reserve(n_wanted);
  try {
    for (size_t member = 1; member < n_wanted; ++member) {
      others_.emplace_back([this, member] {
        wait_until([this] { return state_.load(std::memory_order_acquire) != State::kWaiting; });
        if (state_.load(std::memory_order_relaxed) == State::kRunning) (*job_)(member);
      });
    }
  } catch (const std::exception&) {  // system_error or bad_alloc: those who are there do the work
  }
}

Team::~Team() {
  State waiting = State::kWaiting;
  state_.compare_exchange_strong(waiting, State::kDismissed);
  for (std::thread& other : others_) {
    if (other.joinable()) other.join();
  }
}

void Team::run(const std::function<void(size_t)>& job) {
  job_ = &job;
  state_.store(State::kRunning, std::memory_order_release);
  job(0);
  for (std::thread& other : others_) other.join();
}

void Barrier::wait() {
  if (n_members_ == 1) return;
  const size_t round = round_.load(std::memory_order_relaxed);
  if (n_waiting_.fetch_add(1, std::memory_order_acq_rel) + 1 == n_members_) {
    n_waiting_.store(0, std::memory_order_relaxed);
    round_.store(round + 1, std::memory_order_release);
    return;
  }
  wait_until([&] { return round_.load(std::memory_order_acquire) != round; });
}

}  // namespace deepspeech
