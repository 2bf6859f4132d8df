// A graph whose parts refer to each other by number: complete, without cycles, of operations that models may have.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "formats/graph.h"

namespace deepspeech {

// Throws the ModelError for a graph that computes something else than clients can: DS_ERR_FAIL_CREATE_SESS unless
// another `code` says it better. `what` is a clause; the remedy is added.
[[noreturn]] void refuse(const std::string& what);
[[noreturn]] void refuse(int code, const std::string& what);

// An output of a node: its number, and which of its outputs.
struct Output {
  size_t node = 0;
  uint32_t index = 0;

  bool operator==(const Output& other) const { return node == other.node && index == other.index; }
  bool operator!=(const Output& other) const { return !(*this == other); }
  bool operator<(const Output& other) const { return std::pair(node, index) < std::pair(other.node, other.index); }
};

class IndexedGraph {
 public:
  static constexpr size_t kNone = SIZE_MAX;

  // `graph` has to live as long. Throws ModelError: an operation is not known, a name is there twice, an input is
  // missing, or a node depends on itself.
  IndexedGraph(const Graph& graph, bool is_lite);

  size_t size() const { return nodes_.size(); }
  const Node& node(size_t number) const { return nodes_[number]; }
  const Node& node(const Output& output) const { return nodes_[output.node]; }
  const std::string& op(const Output& output) const { return nodes_[output.node].op; }
  const std::vector<Output>& inputs(size_t number) const { return inputs_[number]; }
  const std::vector<Output>& inputs(const Output& output) const { return inputs_[output.node]; }
  const Graph& graph() const { return graph_; }

  // The number of the node of that name, or kNone.
  size_t find(std::string_view name) const;
  // Its first output. Throws ModelError(DS_ERR_FAIL_RUN_SESS): it is missing.
  Output required(std::string_view name) const;

  // All nodes such that each follows its inputs.
  const std::vector<size_t>& in_order() const { return order_; }
  // Which nodes depend on one of those.
  std::vector<bool> depending_on(const std::vector<size_t>& numbers) const;

  // The constant that an output is, through nodes that only pass it on; nullptr if it is none.
  const Tensor* constant(Output output) const;
  // The output behind nodes that only pass a value on.
  Output passed_on(Output output) const;

 private:
  void index(bool is_lite);
  void connect();
  void sort();

  const Graph& graph_;
  const std::vector<Node>& nodes_;
  std::unordered_map<std::string_view, size_t> numbers_;
  std::vector<std::vector<Output>> inputs_;
  std::vector<size_t> order_;
};

}  // namespace deepspeech
