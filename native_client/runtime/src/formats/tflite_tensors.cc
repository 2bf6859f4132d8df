#include "formats/tflite_tensors.h"

#include <algorithm>
#include <unordered_set>

#include "formats/tflite_operators.h"

namespace deepspeech {
namespace {

constexpr size_t kMaxAxes = 8;
constexpr int32_t kMaxStrings = 1 << 10;

NumberType number_type(TfliteType type) {
  switch (type) {
    case TfliteType::kFloat32: return NumberType::kFloat32;
    case TfliteType::kInt32: return NumberType::kInt32;
    case TfliteType::kUint8: return NumberType::kUint8;
    case TfliteType::kInt64: return NumberType::kInt64;
    case TfliteType::kInt8: return NumberType::kInt8;
    default: return NumberType::kNone;
  }
}

// Their number comes first, then where each begins, then where the last one ends.
std::vector<std::string_view> read_strings(std::string_view content) {
  const FlatFile file(content);
  const auto count = file.number<int32_t>(0);
  if (count < 0 || count > kMaxStrings) {
    throw FlatBufferError("there are " + std::to_string(count) + " strings in " + std::to_string(content.size()) +
                          " bytes");
  }
  std::vector<std::string_view> strings;
  for (uint64_t i = 0; i < static_cast<uint64_t>(count); ++i) {
    const auto begin = file.number<uint32_t>(4 + 4 * i), end = file.number<uint32_t>(8 + 4 * i);
    if (end < begin) throw FlatBufferError("a string ends before its beginning");
    strings.push_back(file.slice(begin, end - begin));
  }
  return strings;
}

void add_quantization(const Table& table, Tensor* tensor) {
  const std::string_view scales = table.vector(2, sizeof(float));
  if (scales.empty()) return;
  tensor->n_scales = scales.size() / sizeof(float);
  tensor->scales = reinterpret_cast<const uint8_t*>(scales.data());
  const auto axis = table.number<int32_t>(6);
  if (tensor->n_scales > 1) {
    if (axis < 0 || static_cast<size_t>(axis) >= tensor->shape.size() ||
        static_cast<size_t>(tensor->shape[static_cast<size_t>(axis)]) != tensor->n_scales) {
      throw FlatBufferError("a tensor has " + std::to_string(tensor->n_scales) + " scales");
    }
    tensor->scale_axis = static_cast<size_t>(axis);
  }
  const std::string_view zero_points = table.vector(3, sizeof(int64_t));
  tensor->has_zero_points = std::any_of(zero_points.begin(), zero_points.end(), [](char byte) { return byte != 0; });
}

}  // namespace

TfliteTensors::TfliteTensors(std::vector<Table> tensors, const std::vector<Table>& buffers)
    : tensors_(std::move(tensors)), buffers_(buffers) {
  std::unordered_set<std::string> taken;
  for (const Table& tensor : tensors_) {
    std::string name = tensor.text(3);
    if (name.empty() || taken.count(name)) name += "#" + std::to_string(names_.size());
    taken.insert(name);
    names_.push_back(std::move(name));
    const std::vector<int32_t> sizes = tensor.integers(0);
    if (sizes.size() > kMaxAxes) throw FlatBufferError("a tensor has " + std::to_string(sizes.size()) + " axes");
    shapes_.emplace_back(sizes.begin(), sizes.end());
  }
}

TfliteType TfliteTensors::type(int32_t index) const {
  return static_cast<TfliteType>(tensors_[checked(index)].number<int8_t>(1));
}

void TfliteTensors::note_source(int32_t index, Source source) { sources_[checked(index)] = std::move(source); }

Source TfliteTensors::source(int32_t index) {
  const size_t number = checked(index);
  const auto found = sources_.find(number);
  if (found != sources_.end()) return found->second;
  const Source source{names_[number], 0};
  sources_[number] = source;
  if (std::shared_ptr<const Tensor> tensor = constant(number)) {
    Node node{names_[number], "Const", {}, {}, nullptr, nullptr};
    node.attributes["value"].tensor = std::move(tensor);
    constants_.push_back(std::move(node));
  }
  return source;
}

size_t TfliteTensors::checked(int32_t index) const {
  if (index < 0 || static_cast<size_t>(index) >= tensors_.size()) {
    throw FlatBufferError("there is no tensor " + std::to_string(index));
  }
  return static_cast<size_t>(index);
}

// The content of a tensor; nothing for an input, which has none.
std::shared_ptr<const Tensor> TfliteTensors::constant(size_t index) const {
  const Table& table = tensors_[index];
  const auto buffer = table.number<uint32_t>(2);
  if (buffer >= buffers_.size()) throw FlatBufferError("there is no buffer " + std::to_string(buffer));
  const std::string_view content = buffers_[buffer].vector(0, 1);
  if (content.empty()) return nullptr;
  auto tensor = std::make_shared<Tensor>();
  tensor->shape = shapes_[index];
  const auto type = static_cast<TfliteType>(table.number<int8_t>(1));
  const auto n_elements = static_cast<size_t>(n_elements_of(tensor->shape));
  if (type == TfliteType::kString) {
    tensor->type = NumberType::kString;
    tensor->strings = read_strings(content);
    if (tensor->strings.size() != n_elements) throw FlatBufferError("a tensor has too few strings");
    return tensor;
  }
  tensor->type = number_type(type);
  if (tensor->type == NumberType::kNone) {
    refuse_operator("numbers of the type " + std::to_string(static_cast<int>(type)));
  }
  if (content.size() != n_elements * bytes_of(tensor->type)) {
    throw FlatBufferError("a tensor has " + std::to_string(content.size()) + " bytes for " +
                          std::to_string(n_elements) + " numbers");
  }
  tensor->data = reinterpret_cast<const uint8_t*>(content.data());
  add_quantization(table.table(4), tensor.get());
  return tensor;
}

}  // namespace deepspeech
