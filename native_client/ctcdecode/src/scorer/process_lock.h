// A lock that a process which is forked off meanwhile does not wait for in vain.
//
//   ProcessLock lock;
//   std::lock_guard<ProcessLock> guard(lock);   // throws if another thread of the parent was inside at the fork
#pragma once

#include <unistd.h>

#include <atomic>
#include <chrono>
#include <stdexcept>
#include <thread>

namespace ctcdecode {

// Meant for what is seldom waited for: who waits, looks again every fraction of a millisecond.
class ProcessLock {
 public:
  // Returns false if the lock is held for ever, by a thread that this process does not have.
  bool acquire() {
    const pid_t here = getpid();
    for (pid_t holder = 0; !holder_.compare_exchange_weak(holder, here, std::memory_order_acquire); holder = 0) {
      if (holder != 0 && holder != here) return false;
      std::this_thread::sleep_for(std::chrono::microseconds(100));
    }
    return true;
  }

  // Throws std::runtime_error where acquire() returns false.
  void lock() {
    if (acquire()) return;
    throw std::runtime_error(
        "this object was in use by another thread when the process was forked, and its state is not "
        "known here; make another one");
  }

  void unlock() { holder_.store(0, std::memory_order_release); }

 private:
  std::atomic<pid_t> holder_{0};  // the process that a thread inside belongs to; 0: nobody is inside
};

}  // namespace ctcdecode
