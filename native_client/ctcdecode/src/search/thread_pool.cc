#include "thread_pool.h"

#include <unistd.h>

#include <algorithm>
#include <condition_variable>
#include <deque>
#include <exception>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

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

// The threads of one process.
struct ThreadPool::Crew {
  ~Crew() {
    {
      std::lock_guard<std::mutex> lock(mutex);
      ending = true;
    }
    more.notify_all();
    for (std::thread& thread : threads) thread.join();
  }

  void serve();

  bool is_of_this_process() const { return process == getpid(); }

  const pid_t process = getpid();
  std::mutex mutex;
  std::condition_variable more;
  std::deque<Batch*> batches;  // one entry for each thread that is asked to help
  bool ending = false;
  std::vector<std::thread> threads;
};

ThreadPool::ThreadPool(size_t n_threads) : n_threads_(std::max<size_t>(1, n_threads)), crew_(new Crew) {}

ThreadPool::~ThreadPool() {
  Crew* const crew = crew_.load();
  if (crew->is_of_this_process()) delete crew;  // else its threads cannot be joined, and its memory is left alone
}

ThreadPool::Crew& ThreadPool::crew() {
  Crew* found = crew_.load();
  if (!found->is_of_this_process()) {
    std::unique_ptr<Crew> fresh(new Crew);
    // Several threads of the new process may be here: the first one's crew counts. No lock, which could be held for ever.
    if (crew_.compare_exchange_strong(found, fresh.get())) return *fresh.release();
  }
  return *found;
}

void ThreadPool::run(size_t n_jobs, const std::function<void(size_t)>& job) {
  Batch batch(job, n_jobs);
  Crew& crew = this->crew();
  const size_t n_helpers = n_jobs ? std::min(n_threads_, n_jobs) - 1 : 0;
  if (n_helpers) {
    std::lock_guard<std::mutex> lock(crew.mutex);
    try {
      const size_t n_wanted =
          std::min(n_threads_ - 1, crew.batches.size() + n_helpers);  // others may be waiting for help
      crew.threads.reserve(n_wanted);
      while (crew.threads.size() < n_wanted) crew.threads.emplace_back([&crew] { crew.serve(); });
    } catch (const std::exception&) {
      // No more threads, or no memory for them, are to be had; those there are, and this one, do the work.
    }
    crew.batches.insert(crew.batches.end(), n_helpers, &batch);
  }
  crew.more.notify_all();
  work(batch);
  if (n_helpers) {
    std::lock_guard<std::mutex> lock(crew.mutex);  // whoever has not come by now need not come
    crew.batches.erase(std::remove(crew.batches.begin(), crew.batches.end(), &batch), crew.batches.end());
  }
  std::unique_lock<std::mutex> lock(batch.mutex);
  batch.helper_left.wait(lock, [&batch] { return batch.n_helpers == 0; });
  if (batch.failure) std::rethrow_exception(batch.failure);
}

void ThreadPool::Crew::serve() {
  for (;;) {
    Batch* batch;
    {
      std::unique_lock<std::mutex> lock(mutex);
      more.wait(lock, [this] { return ending || !batches.empty(); });
      if (ending) return;
      batch = batches.front();
      batches.pop_front();
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
