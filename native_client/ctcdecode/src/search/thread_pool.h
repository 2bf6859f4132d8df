// Threads that stay for the next batch of jobs. A process that is forked off gets its own at its first batch: those of its
// parent do not exist there, and what they had locked stays locked.
//
//   ThreadPool pool(4);
//   pool.run(jobs.size(), [&](size_t i) { work(jobs[i]); });   // returns when all are done
#pragma once

#include <atomic>
#include <cstddef>
#include <functional>

namespace ctcdecode {

class ThreadPool {
 public:
  // The thread that calls run() works too, hence at most `n_threads` - 1 are started, when there is work for them.
  explicit ThreadPool(size_t n_threads);
  ~ThreadPool();
  ThreadPool(const ThreadPool&) = delete;
  ThreadPool& operator=(const ThreadPool&) = delete;

  // Calls job(0) .. job(n_jobs - 1), in that order as far as threads are free. Rethrows the exception of the first job
  // that failed, after all have ended. May be called by several threads at a time.
  void run(size_t n_jobs, const std::function<void(size_t)>& job);

 private:
  struct Batch;
  struct Crew;

  Crew& crew();
  static void work(Batch& batch);

  const size_t n_threads_;
  std::atomic<Crew*> crew_;
};

}  // namespace ctcdecode
