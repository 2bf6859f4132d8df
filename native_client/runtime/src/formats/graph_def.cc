#include "formats/graph_def.h"

#include <stdexcept>

#include "formats/protobuf.h"
#include "formats/tensor_proto.h"
#include "model/model_error.h"

namespace deepspeech {
namespace {

constexpr size_t kMaxListed = 1 << 12;         // numbers in an attribute
constexpr size_t kMaxParts = size_t{1} << 20;  // inputs and attributes of all nodes together

class GraphReader {
 public:
  GraphReader(const Regions& regions, Arena* arena) : regions_(regions), arena_(arena) {}

  Graph read(std::string_view data) {
    Graph graph;
    for (Fields fields(data); fields.next();) {
      if (!fields.is(1, Fields::kBytes)) continue;
      if (graph.nodes.size() == kMaxNodes)
        throw WireError("there are more than " + std::to_string(kMaxNodes) + " operations");
      graph.nodes.push_back(node(fields.bytes()));
    }
    return graph;
  }

 private:
  Node node(std::string_view data) {
    Node node;
    for (Fields fields(data); fields.next();) {
      switch (fields.number()) {
        case 1: node.name = fields.text(); break;
        case 2: node.op = fields.text(); break;
        case 3: add_input(fields.text(), &node); break;
        case 5: add_attribute(fields.bytes(), &node); break;
        default: break;
      }
    }
    if (node.op == "ImmutableConst") map_constant(&node);
    return node;
  }

  void add_input(const std::string& name, Node* node) {
    if (++n_parts_ > kMaxParts) throw WireError("its operations have too many inputs");
    if (!name.empty() && name[0] == '^') return;  // a dependency, not an input
    const size_t colon = name.find(':');
    Source source{name.substr(0, colon), 0};
    if (colon != std::string::npos) {
      const std::string index = name.substr(colon + 1);
      if (index.empty() || index.size() > 6 || index.find_first_not_of("0123456789") != std::string::npos) {
        throw WireError("an input is called " + name);
      }
      source.index = static_cast<uint32_t>(std::stoul(index));
    }
    node->inputs.push_back(std::move(source));
  }

  void add_attribute(std::string_view data, Node* node) {
    if (++n_parts_ > kMaxParts) throw WireError("its operations have too many attributes");
    std::string name;
    std::string_view value;
    for (Fields fields(data); fields.next();) {
      if (fields.number() == 1) name = fields.text();
      if (fields.number() == 2) value = fields.bytes();
    }
    node->attributes[name] = attribute(value);
  }

  Attribute attribute(std::string_view data) {
    Attribute attribute;
    for (Fields fields(data); fields.next();) {
      switch (fields.number()) {
        case 1: add_list(fields.bytes(), &attribute.numbers); break;
        case 2: attribute.text = fields.bytes(); break;
        case 3:
        case 5:
        case 6: attribute.number = fields.signed_value(); break;
        case 4: attribute.real = read_float(fields.bytes()); break;
        case 7: attribute.shape = read_shape(fields.bytes()); break;
        case 8: attribute.tensor = read_tensor(fields.bytes(), arena_); break;
        default: break;
      }
    }
    return attribute;
  }

  // Of the lists only those of integers are used.
  static void add_list(std::string_view data, std::vector<int64_t>* numbers) {
    for (Fields fields(data); fields.next();) {
      if (fields.number() == 3) append_varints(fields, kMaxListed, numbers);
    }
  }

  // Makes a `Const` of a constant that is a region of the file.
  void map_constant(Node* node) {
    const Attribute* shape = node->find("shape");
    const Attribute* name = node->find("memory_region_name");
    if (!shape || !shape->shape || !name) throw WireError(node->name + " does not say which region it is");
    auto tensor = std::make_shared<Tensor>();
    tensor->type = number_type(static_cast<uint64_t>(node->number("dtype", 0)));
    tensor->shape = *shape->shape;
    const size_t n_bytes = static_cast<size_t>(n_elements_of(tensor->shape)) * bytes_of(tensor->type);
    const auto region = regions_.find(name->text);
    const size_t n_there = region == regions_.end() ? 0 : region->second.size();
    if (bytes_of(tensor->type) == 0 || n_there < n_bytes) {
      throw WireError(std::string(name->text.substr(0, 200)) + " has " + std::to_string(n_there) + " of " +
                      std::to_string(n_bytes) + " bytes");
    }
    if (n_bytes > 0) tensor->data = reinterpret_cast<const uint8_t*>(region->second.data());
    node->op = "Const";
    node->attributes.clear();
    node->attributes["value"].tensor = std::move(tensor);
  }

  const Regions& regions_;
  Arena* const arena_;
  size_t n_parts_ = 0;
};

}  // namespace

Graph read_graph_def(std::string_view data, int code, const Regions& regions, Arena* arena) {
  Graph graph;
  std::string reason;
  try {
    graph = GraphReader(regions, arena).read(data);
  } catch (const WireError& error) {
    reason = error.what();
  } catch (const std::length_error& error) {
    reason = error.what();
  }
  if (!reason.empty()) {
    throw ModelError(code, "this is not a graph, or a damaged one (" + reason +
                               "); get the file again or export it anew with --export_dir.");
  }
  if (graph.nodes.empty()) {
    throw ModelError(code, "there is no operation in this file; it is not a graph. Export one with --export_dir.");
  }
  return graph;
}

}  // namespace deepspeech
