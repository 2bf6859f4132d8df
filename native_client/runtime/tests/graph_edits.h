// Frozen graphs with some of their nodes exchanged, for tests: bytes in, bytes out.
#pragma once

#include <cstdint>
#include <cstring>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "formats/protobuf.h"

namespace graph_edits {

inline std::string varint(uint64_t number) {
  std::string bytes;
  for (; number > 127; number >>= 7) bytes += static_cast<char>((number & 127) | 128);
  return bytes + static_cast<char>(number);
}

inline std::string number(int field, uint64_t value) {
  return varint(static_cast<uint64_t>(field) << 3) + varint(value);
}

inline std::string data(int field, std::string_view bytes) {
  return varint(static_cast<uint64_t>(field) << 3 | 2) + varint(bytes.size()) + std::string(bytes);
}

inline std::string real(int field, float value) {
  std::string bytes = varint(static_cast<uint64_t>(field) << 3 | 5);
  bytes.append(reinterpret_cast<const char*>(&value), sizeof(value));
  return bytes;
}

// A node; `attributes` holds serialised AttrValues by name.
inline std::string node(std::string_view name, std::string_view op, const std::vector<std::string>& inputs,
                        const std::map<std::string, std::string>& attributes = {}) {
  std::string bytes = data(1, name) + data(2, op);
  for (const std::string& input : inputs) bytes += data(3, input);
  for (const auto& [key, value] : attributes) bytes += data(5, data(1, key) + data(2, value));
  return bytes;
}

inline std::string shape_of(const std::vector<int64_t>& sizes) {
  std::string shape;
  for (int64_t size : sizes) shape += data(2, number(1, static_cast<uint64_t>(size)));
  return shape;
}

inline std::string placeholder(std::string_view name, const std::vector<int64_t>& sizes) {
  return node(name, "Placeholder", {}, {{"dtype", number(6, 1)}, {"shape", data(7, shape_of(sizes))}});
}

// Constants of int32 and of float32; `sizes` empty: a single number.
inline std::string integers(std::string_view name, const std::vector<int64_t>& sizes,
                            const std::vector<int64_t>& values) {
  std::string tensor = number(1, 3) + data(2, shape_of(sizes));
  for (int64_t value : values) tensor += number(7, static_cast<uint64_t>(value));
  return node(name, "Const", {}, {{"value", data(8, tensor)}});
}

inline std::string reals(std::string_view name, const std::vector<int64_t>& sizes, const std::vector<float>& values) {
  std::string tensor = number(1, 1) + data(2, shape_of(sizes));
  for (float value : values) tensor += real(5, value);
  return node(name, "Const", {}, {{"value", data(8, tensor)}});
}

// New nodes by the names of those that they replace; empty bytes: the node goes. Others are added.
using Changes = std::map<std::string, std::string>;

inline std::string changed(std::string_view graph, Changes changes) {
  std::string bytes;
  for (deepspeech::Fields fields(graph); fields.next();) {
    if (!fields.is(1, deepspeech::Fields::kBytes)) continue;
    deepspeech::Fields parts(fields.bytes());
    const std::string name = parts.next() && parts.number() == 1 ? parts.text() : "";
    const auto change = changes.find(name);
    if (change == changes.end()) {
      bytes += data(1, fields.bytes());
    } else {
      if (!change->second.empty()) bytes += data(1, change->second);
      changes.erase(change);
    }
  }
  for (const auto& [name, added] : changes) bytes += data(1, added);
  return bytes;
}

// The graph as a memory-mapped file in which `name`, a constant of float32 with the given sizes, is a region of its
// own.
inline std::string memory_mapped(std::string_view graph, const std::string& name, const std::vector<int64_t>& sizes,
                                 std::string_view content) {
  const std::string region = "memmapped_package://weights";
  const std::string definition = changed(graph, {{name, node(name, "ImmutableConst", {},
                                                             {{"dtype", number(6, 1)},
                                                              {"shape", data(7, shape_of(sizes))},
                                                              {"memory_region_name", data(2, region)}})}});
  std::string file(content);
  const std::string directory =
      data(1, number(1, 0) + data(2, region) + number(3, content.size())) +
      data(1, number(1, content.size()) + data(2, "memmapped_package://.") + number(3, definition.size()));
  const uint64_t start = content.size() + definition.size();
  file += definition + directory;
  file.append(reinterpret_cast<const char*>(&start), sizeof(start));
  return file;
}

}  // namespace graph_edits
