// Threads that stay for the next batch of jobs.
//
//   ThreadPool pool(4);
//   pool.run(jobs.size(), [&](size_t i) { work(jobs[i]); });   // returns when all are done
#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

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

  void serve();
  static void work(Batch& batch);

  const size_t n_threads_;
  std::mutex mutex_;
  std::condition_variable more_;
  std::deque<Batch*> batches_;  // one entry for each thread that is asked to help
  bool ending_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace ctcdecode
