// The n-th largest of many values, without sorting them.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <functional>
#include <vector>

namespace ctcdecode {

// `values`, all finite, at least `n` of them, n >= 1; their order is lost. Counts them into buckets of equal width, so
// that only the bucket with the n-th value is looked at closely.
inline float nth_largest(std::vector<float>& values, size_t n) {
  constexpr size_t kBuckets = 512;
  const auto range = std::minmax_element(values.begin(), values.end());
  const float lowest = *range.first, width = *range.second - lowest;
  if (values.size() > kBuckets && width > 0.0f) {
    const float scale = (kBuckets - 1) / width;
    std::array<size_t, kBuckets> counts{};
    for (const float value : values) ++counts[static_cast<size_t>((value - lowest) * scale)];
    size_t bucket = kBuckets - 1;
    while (counts[bucket] < n) n -= counts[bucket--];
    values.erase(std::remove_if(values.begin(), values.end(),
                                [=](float value) { return static_cast<size_t>((value - lowest) * scale) != bucket; }),
                 values.end());
  }
  std::nth_element(values.begin(), values.begin() + (n - 1), values.end(), std::greater<float>());
  return values[n - 1];
}

}  // namespace ctcdecode
