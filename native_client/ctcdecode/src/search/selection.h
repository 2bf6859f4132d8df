// The n-th largest of many values, without sorting them.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <functional>
#include <vector>

namespace ctcdecode {

// The largest of `values` is at most `highest`; those below `lowest`, if any, are not among the first `n`. Their order is
// lost. Counts them into buckets of equal width, so that only the bucket with the n-th value is looked at closely.
inline float nth_largest(std::vector<float>& values, size_t n, float lowest, float highest) {
  constexpr size_t kBuckets = 512;
  const float width = highest - lowest;
  if (values.size() > kBuckets && width > 0.0f && width < 1e6f) {
    const float scale = (kBuckets - 1) / width;
    const auto bucket_of = [=](float value) { return static_cast<size_t>(std::max(0.0f, (value - lowest) * scale)); };
    std::array<size_t, kBuckets> counts{};
    for (const float value : values) ++counts[bucket_of(value)];
    size_t bucket = kBuckets - 1;
    while (counts[bucket] < n) n -= counts[bucket--];
    values.erase(std::remove_if(values.begin(), values.end(), [=](float value) { return bucket_of(value) != bucket; }),
                 values.end());
  }
  std::nth_element(values.begin(), values.begin() + (n - 1), values.end(), std::greater<float>());
  return values[n - 1];
}

}  // namespace ctcdecode
