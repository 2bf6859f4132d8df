#include "formats/flatbuffer.h"

namespace deepspeech {

Table FlatFile::root() { return Table(this, number<uint32_t>(0)); }

std::string_view FlatFile::slice(uint64_t position, uint64_t n_bytes) const {
  if (position > bytes_.size() || n_bytes > bytes_.size() - position) {
    throw FlatBufferError("it points to byte " + std::to_string(position) + " of " + std::to_string(bytes_.size()));
  }
  return bytes_.substr(position, n_bytes);
}

void FlatFile::spend(size_t n_items) {
  if (n_items > n_left_) throw FlatBufferError("there are more than " + std::to_string(kMaxItems) + " items in it");
  n_left_ -= n_items;
}

Table::Table(FlatFile* file, uint64_t position) : file_(file), position_(position) {
  // A layout before the beginning of the file wraps around to far behind its end.
  const uint64_t layout = position - static_cast<uint64_t>(static_cast<int64_t>(file->number<int32_t>(position)));
  const auto n_bytes = file->number<uint16_t>(layout);
  offsets_ = n_bytes > 4 ? file->slice(layout + 4, (n_bytes - 4u) / 2 * 2) : std::string_view();
}

std::string_view Table::vector(size_t field, size_t item_bytes) const {
  const uint64_t position = find(field);
  if (!position) return {};
  const uint64_t start = position + file_->number<uint32_t>(position);
  return file_->slice(start + 4, uint64_t{file_->number<uint32_t>(start)} * item_bytes);
}

std::vector<int32_t> Table::integers(size_t field) const {
  const std::string_view bytes = vector(field, sizeof(int32_t));
  std::vector<int32_t> numbers(bytes.size() / sizeof(int32_t));
  if (numbers.empty()) return numbers;
  file_->spend(numbers.size());
  std::memcpy(numbers.data(), bytes.data(), bytes.size());
  return numbers;
}

std::string Table::text(size_t field) const {
  const std::string_view bytes = vector(field, 1);
  if (file_) file_->spend(bytes.size());
  return std::string(bytes);
}

Table Table::table(size_t field) const {
  const uint64_t position = find(field);
  return position ? at(position) : Table();
}

std::vector<Table> Table::tables(size_t field) const {
  std::vector<Table> tables;
  const uint64_t position = find(field);
  if (!position) return tables;
  const uint64_t start = position + file_->number<uint32_t>(position);
  const auto count = file_->number<uint32_t>(start);
  file_->spend(count);
  for (uint64_t i = 0; i < count; ++i) tables.push_back(at(start + 4 + 4 * i));
  return tables;
}

uint64_t Table::find(size_t field) const {
  if (field >= offsets_.size() / sizeof(uint16_t)) return 0;
  uint16_t offset;
  std::memcpy(&offset, offsets_.data() + field * sizeof(offset), sizeof(offset));
  return offset ? position_ + offset : 0;
}

Table Table::at(uint64_t position) const {
  file_->spend(1);
  return Table(file_, position + file_->number<uint32_t>(position));
}

}  // namespace deepspeech
