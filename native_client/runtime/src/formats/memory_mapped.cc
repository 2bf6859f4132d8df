#include "formats/memory_mapped.h"

#include <cstring>
#include <vector>

#include "deepspeech.h"
#include "formats/graph_def.h"
#include "formats/protobuf.h"
#include "model/model_error.h"

namespace deepspeech {
namespace {

constexpr std::string_view kRegion = "memmapped_package://";  // how the names of regions begin
constexpr std::string_view kGraphRegion = "memmapped_package://.";
constexpr size_t kOffsetBytes = 8;

struct Element {
  std::string name;
  uint64_t start = 0, length = 0;
};

uint64_t directory_start(std::string_view file) {
  uint64_t start = 0;
  std::memcpy(&start, file.data() + file.size() - kOffsetBytes, kOffsetBytes);
  return start;
}

std::vector<Element> read_elements(std::string_view directory) {
  std::vector<Element> elements;
  for (Fields fields(directory); fields.next();) {
    if (!fields.is(1, Fields::kBytes)) continue;
    if (elements.size() == kMaxNodes) throw WireError("it has too many regions");
    Element element;
    for (Fields parts(fields.bytes()); parts.next();) {
      if (parts.number() == 1) element.start = parts.value();
      if (parts.number() == 2) element.name = parts.text();
      if (parts.number() == 3) element.length = parts.value();
    }
    elements.push_back(std::move(element));
  }
  return elements;
}

Regions read_regions(std::string_view file) {
  const uint64_t end_of_all = directory_start(file);
  const std::vector<Element> elements = read_elements(file.substr(end_of_all, file.size() - kOffsetBytes - end_of_all));
  Regions regions;
  for (size_t i = 0; i < elements.size(); ++i) {
    const Element& element = elements[i];
    uint64_t end = i + 1 < elements.size() ? elements[i + 1].start : end_of_all;  // older converters wrote no lengths
    if (element.length) end = element.length > end_of_all ? end_of_all + 1 : element.start + element.length;
    if (element.start > end || end > end_of_all) {
      throw WireError("region " + element.name.substr(0, 200) + " is outside of the file");
    }
    regions[element.name] = file.substr(element.start, end - element.start);
  }
  return regions;
}

}  // namespace

bool is_memory_mapped(std::string_view file) {
  if (file.size() < kOffsetBytes) return false;
  const uint64_t start = directory_start(file);
  return start < file.size() - kOffsetBytes && file.substr(start, 256).find(kRegion) != std::string_view::npos;
}

Graph read_memory_mapped(std::string_view file, Arena* arena) {
  Regions regions;
  std::string reason;
  try {
    regions = read_regions(file);
    if (!regions.count(kGraphRegion)) reason = "it has no graph";
  } catch (const WireError& error) {
    reason = error.what();
  }
  if (!reason.empty()) {
    throw ModelError(DS_ERR_FAIL_INIT_MMAP, "the directory of this memory-mapped model is damaged (" + reason +
                                                "); get the file again or convert the .pb anew.");
  }
  return read_graph_def(regions.find(kGraphRegion)->second, DS_ERR_FAIL_INIT_MMAP, regions, arena);
}

}  // namespace deepspeech
