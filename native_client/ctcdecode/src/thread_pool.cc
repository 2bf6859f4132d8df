#include "thread_pool.h"

#include <algorithm>
#include <atomic>
#include <exception>
#include <system_error>

namespace ctcdecode {

struct ThreadPool::Batch {
  Batch(const std::function<void(size_t)>& all_jobs, size_t n) : job(all_jobs), n_jobs(n) {}

  const std::function<void(size_t)>& job;
  const size_t n_jobs;
  std::atomic<size_t> next{0};
  std::mutex mutex;
  std::condition_variable helper_left;
  size_t n_helpers = 0;  // threads of the pool at work on it
  size_t failed = 0;
  std::exception_ptr failure;
};

ThreadPool::ThreadPool(size_t n_threads) : n_threads_(std::max<size_t>(1, n_threads)) {}

ThreadPool::~ThreadPool() {
  {
    std::lock_guard<std::mutex> lock(mutex_);
    ending_ = true;
  }
  more_.notify_all();
  for (std::thread& thread : threads_) thread.join();
}

void ThreadPool::run(size_t n_jobs, const std::function<void(size_t)>& job) {
  Batch batch(job, n_jobs);
  const size_t n_helpers = n_jobs ? std::min(n_threads_, n_jobs) - 1 : 0;
  if (n_helpers) {
    std::lock_guard<std::mutex> lock(mutex_);
    try {
      const size_t n_wanted = std::min(n_threads_ - 1, batches_.size() + n_helpers);  // others may be waiting for help
      while (threads_.size() < n_wanted) threads_.emplace_back([this] { serve(); });
    } catch (const std::system_error&) {
      // No more threads are to be had; those there are, and this one, do the work.
    }
    batches_.insert(batches_.end(), n_helpers, &batch);
  }
  more_.notify_all();
  work(batch);
  if (n_helpers) {
    std::lock_guard<std::mutex> lock(mutex_);  // whoever has not come by now need not come
    batches_.erase(std::remove(batches_.begin(), batches_.end(), &batch), batches_.end());
  }
  std::unique_lock<std::mutex> lock(batch.mutex);
  batch.helper_left.wait(lock, [&batch] { return batch.n_helpers == 0; });
  if (batch.failure) std::rethrow_exception(batch.failure);
}

void ThreadPool::serve() {
  for (;;) {
    Batch* batch;
    {
      std::unique_lock<std::mutex> lock(mutex_);
      more_.wait(lock, [this] { return ending_ || !batches_.empty(); });
      if (ending_) return;
      batch = batches_.front();
      batches_.pop_front();
      std::lock_guard<std::mutex> entering(batch->mutex);
      ++batch->n_helpers;
    }
    work(*batch);
    std::lock_guard<std::mutex> leaving(batch->mutex);
    if (--batch->n_helpers == 0) batch->helper_left.notify_one();
  }
}

void ThreadPool::work(Batch& batch) {
  for (;;) {
    const size_t i = batch.next.fetch_add(1);
    if (i >= batch.n_jobs) return;
    try {
      batch.job(i);
    } catch (...) {
      std::lock_guard<std::mutex> lock(batch.mutex);
      if (!batch.failure || i < batch.failed) {
        batch.failure = std::current_exception();
        batch.failed = i;
      }
    }
  }
}

}  // namespace ctcdecode
