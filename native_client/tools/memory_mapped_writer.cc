#include "memory_mapped_writer.h"

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <stdexcept>
#include <string>

#include "deepspeech.h"
#include "formats/memory_mapped.h"
#include "formats/protobuf.h"
#include "formats/tensor_proto.h"
#include "model/model_error.h"

namespace deepspeech {
namespace {

constexpr char kRegion[] = "memmapped_package://";  // how the names of regions begin
constexpr size_t kAlignment = 64;                   // of constants, so that any processor reads their numbers in place

// A protocol buffer that grows field by field.
class Message {
 public:
  Message& number(uint64_t field, uint64_t value) {
    varint(field << 3 | Fields::kVarint);
    varint(value);
    return *this;
  }

  Message& data(uint64_t field, std::string_view value) {
    varint(field << 3 | Fields::kBytes);
    varint(value.size());
    bytes_ += value;
    return *this;
  }

  const std::string& bytes() const { return bytes_; }

 private:
  void varint(uint64_t number) {
    for (; number > 127; number >>= 7) bytes_ += static_cast<char>((number & 127) | 128);
    bytes_ += static_cast<char>(number);
  }

  std::string bytes_;
};

// The fields of a message that are no numbers; of a repeated one the last.
std::map<uint64_t, std::string_view> parts_of(std::string_view message) {
  std::map<uint64_t, std::string_view> parts;
  for (Fields fields(message); fields.next();) {
    if (fields.kind() != Fields::kVarint) parts[fields.number()] = fields.bytes();
  }
  return parts;
}

// A constant that becomes a region, and what the node in its place says of it: serialised AttrValue and TensorShapeProto.
struct Constant {
  std::string_view name, type, shape;
  std::shared_ptr<const Tensor> numbers;
  size_t n_bytes = 0;
};

std::optional<Constant> large_constant(std::string_view node, size_t min_bytes, Arena* arena) {
  const auto parts = parts_of(node);
  if (!parts.count(2) || parts.at(2) != "Const") return std::nullopt;
  std::string_view type, tensor;
  for (Fields fields(node); fields.next();) {
    if (!fields.is(5, Fields::kBytes)) continue;
    const auto attribute = parts_of(fields.bytes());
    if (!attribute.count(1) || !attribute.count(2)) continue;
    if (attribute.at(1) == "dtype") type = attribute.at(2);
    if (attribute.at(1) == "value") tensor = parts_of(attribute.at(2))[8];
  }
  if (!parts.count(1) || type.empty() || tensor.empty()) throw WireError("a constant has no name, type or value");
  Constant constant{parts.at(1), type, parts_of(tensor)[2], read_tensor(tensor, arena), 0};
  constant.n_bytes = constant.numbers->n_elements() * bytes_of(constant.numbers->type);
  if (constant.n_bytes < std::max(min_bytes, kAlignment)) return std::nullopt;
  return constant;
}

// A name for the region of a node that is not in `taken`, where it is added.
std::string region_name(std::string_view node, std::set<std::string>* taken) {
  std::string region = kRegion;
  for (const char byte : node) {
    const bool plain = (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') || (byte >= '0' && byte <= '9') ||
                       byte == '_' || byte == '.';
    if (plain)
      region += byte;
    else if ((byte & 0xC0) != 0x80)
      region += '_';  // one for a character of several bytes
  }
  while (!taken->insert(region).second) region += '_';
  return region;
}

// The NodeDef that replaces a constant.
Message reference(const Constant& constant, const std::string& region) {
  Message node;
  node.data(1, constant.name).data(2, "ImmutableConst");
  node.data(5, Message().data(1, "dtype").data(2, constant.type).bytes());
  node.data(5, Message().data(1, "memory_region_name").data(2, Message().data(2, region).bytes()).bytes());
  node.data(5, Message().data(1, "shape").data(2, Message().data(7, constant.shape).bytes()).bytes());
  return node;
}

// An entry of the directory; the length must be there, or the published client finds the graph empty.
Message element(uint64_t start, std::string_view region, uint64_t n_bytes) {
  return Message().number(1, start).data(2, region).number(3, n_bytes);
}

size_t convert(std::string_view graph, size_t min_bytes, ctcdecode::FileWriter* file) {
  std::set<std::string> regions;
  Message directory, definition;
  for (Fields fields(graph); fields.next();) {
    Arena arena;
    std::optional<Constant> constant;
    if (fields.is(1, Fields::kBytes)) constant = large_constant(fields.bytes(), min_bytes, &arena);
    if (constant) {
      const std::string region = region_name(constant->name, &regions);
      file->pad_to(kAlignment);
      directory.data(1, element(file->position(), region, constant->n_bytes).bytes());
      file->write(constant->numbers->data, constant->n_bytes);
      definition.data(1, reference(*constant, region).bytes());
    } else if (fields.kind() == Fields::kVarint) {
      definition.number(fields.number(), fields.value());
    } else {
      definition.data(fields.number(), fields.bytes());
    }
  }
  if (definition.bytes().empty()) throw WireError("there is no operation in it");
  directory.data(1, element(file->position(), std::string(kRegion) + ".", definition.bytes().size()).bytes());
  file->write(definition.bytes());
  const uint64_t directory_start = file->position();
  file->write(directory.bytes());
  file->put<uint64_t>(directory_start);
  return regions.size();
}

}  // namespace

size_t write_memory_mapped(std::string_view graph, size_t min_bytes, ctcdecode::FileWriter* file) {
  if (is_memory_mapped(graph)) throw ModelError(DS_ERR_FAIL_READ_PROTOBUF, "this model is memory-mapped already.");
  std::string reason;
  try {
    return convert(graph, min_bytes, file);
  } catch (const WireError& error) {
    reason = error.what();
  } catch (const std::length_error& error) {
    reason = error.what();
  }
  throw ModelError(DS_ERR_FAIL_READ_PROTOBUF, "this is not a frozen graph, or a damaged one (" + reason +
                                                  "); get it again or export it anew with --export_dir.");
}

}  // namespace deepspeech
