// Threads for one piece of work, and the point where they wait for one another.
//
//   Team team(4);                                        // perhaps fewer
//   team.run([&](size_t member) { ...; barrier.wait(); ... });
#pragma once

#include <atomic>
#include <cstddef>
#include <functional>
#include <thread>
#include <vector>

namespace deepspeech {

// For a single run. The calling thread is its first member; the others end with the run.
class Team {
 public:
  // Where the system gives fewer threads than wanted, the members are as many as it gives.
  explicit Team(size_t n_wanted);
  ~Team();
  Team(const Team&) = delete;
  Team& operator=(const Team&) = delete;

  size_t n_members() const { return others_.size() + 1; }
  // job(member), for all members at the same time. It must not throw.
  void run(const std::function<void(size_t member)>& job);

 private:
  enum class State { kWaiting, kRunning, kDismissed };
  std::atomic<State> state_{State::kWaiting};
  const std::function<void(size_t)>* job_ = nullptr;
  std::vector<std::thread> others_;
};

// wait() returns when all `n_members` have called it; what they wrote before, all of them then see. Waits are short where a
// member has a processor of its own, so it looks again and again for a while before it lets others run.
class Barrier {
 public:
  explicit Barrier(size_t n_members) : n_members_(n_members) {}
  void wait();

 private:
  const size_t n_members_;
  std::atomic<size_t> n_waiting_{0};
  std::atomic<size_t> round_{0};
};

}  // namespace deepspeech
