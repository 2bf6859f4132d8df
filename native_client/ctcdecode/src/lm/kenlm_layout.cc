#include "kenlm_layout.h"

#include <algorithm>
#include <cstring>
#include <limits>

#include "content.h"
#include "errors.h"

namespace ctcdecode {
namespace {

using Table = KenlmLayout::Table;

constexpr uint64_t kMinOrder = 2, kMaxOrder = 6;
constexpr float kMaxMultiplier = 1000.0f;  // of hash buckets; KenLM's default is 1.5
constexpr uint8_t kQuantiserVersion = 2, kArrayVersion = 0;
constexpr uint32_t kHashVocabularyVersion = 0;
constexpr uint32_t kMaxQuantiserBits = 25;
constexpr char kFamily[] = "mmap lm http://kheafield.com/code";

// What every binary starts with, as KenLM's program leaves it in memory.
struct Reference {
  char magic[56] = "mmap lm http://kheafield.com/code format version 5\n\0";
  float zero = 0.0f, one = 1.0f, minus_half = -0.5f;
  uint32_t one_word = 1, max_word = 0xFFFFFFFFu, padding = 0;
  uint64_t one_u64 = 1;
};
static_assert(sizeof(Reference) == 88, "the header is written as it lies in memory");

// Offsets in the file.
constexpr uint64_t kOrder = 88, kMultiplier = 92, kModelType = 96, kHasStrings = 100, kSearchVersion = 104,
                   kCounts = 108;

[[noreturn]] void refuse(const MappedFile& file, const std::string& reason) {
  throw FormatError(FormatError::kInvalidLanguageModel, file.path(), reason);
}

[[noreturn]] void refuse_damaged(const MappedFile& file, const std::string& what) {
  refuse(file, "the language model is damaged: " + what + "; copy or build it again.");
}

// Goes through a file section by section.
class Cursor {
 public:
  Cursor(const MappedFile& file, uint64_t at) : file_(file), at_(at) {}

  uint64_t at() const { return at_; }

  // Returns the offset of the next `count` records and steps behind them.
  uint64_t take(uint64_t count, uint64_t record_bytes = 1) {
    if (!file_.holds(at_, count, record_bytes)) {
      refuse(file_, "the file ends within its language model, at byte " + std::to_string(file_.size()) +
                        "; copy or build it again.");
    }
    const uint64_t start = at_;
    at_ += count * record_bytes;
    return start;
  }

  template <typename T>
  T read() {
    return file_.read<T>(take(1, sizeof(T)));
  }

 private:
  const MappedFile& file_;
  uint64_t at_;
};

uint64_t align8(uint64_t offset) { return (offset + 7) / 8 * 8; }

uint32_t bits_for(uint64_t value) {
  uint32_t bits = 0;
  for (; value; value >>= 1) ++bits;
  return bits;
}

// Single precision is part of the format: KenLM computes the size of a table so.
uint64_t buckets_for(uint64_t count, float multiplier) {
  return std::max(count + 1, static_cast<uint64_t>(multiplier * static_cast<float>(count)));
}

void read_header(const MappedFile& file, KenlmLayout* layout, float* multiplier) {
  if (!is_kenlm_binary(file)) {
    const bool related = file.holds(0, sizeof(kFamily) - 1) && !std::memcmp(file.data(), kFamily, sizeof(kFamily) - 1);
    refuse(file, related ? std::string("an unfinished KenLM binary or one of another format version; build it again "
                                       "with build_binary.")
                         : explain_content(file.data(), file.size(),
                                           "neither a KenLM binary nor ARPA text; pass a language model made by lmplz "
                                           "or build_binary."));
  }
  Cursor(file, 0).take(kCounts);
  const auto byte = [&file](uint64_t offset) { return static_cast<uint32_t>(file.read<uint8_t>(offset)); };
  layout->order = static_cast<int>(byte(kOrder));
  *multiplier = file.read<float>(kMultiplier);
  const uint32_t model_type = file.read<uint32_t>(kModelType);
  const uint32_t search_version = file.read<uint32_t>(kSearchVersion);
  check_order(file, byte(kOrder));
  if (model_type > KenlmLayout::kQuantArrayTrie) {
    refuse_damaged(file, "model type " + std::to_string(model_type) + ", there are 0 to 5");
  }
  layout->model_type = static_cast<KenlmLayout::ModelType>(model_type);
  if (search_version != (layout->is_trie() ? 1u : 0u)) {
    refuse(file, "search version " + std::to_string(search_version) + " of model type " + std::to_string(model_type) +
                     " is not known; build it again with build_binary.");
  }
  if (byte(kHasStrings) > 1) refuse_damaged(file, "byte 100 is " + std::to_string(byte(kHasStrings)) + ", not 0 or 1");
  layout->has_vocabulary_strings = byte(kHasStrings) == 1;
  if (!(*multiplier >= 1.0f && *multiplier <= kMaxMultiplier)) {
    refuse_damaged(file, "its hash tables are " + std::to_string(*multiplier) +
                             " times as large as needed, sensible "
                             "are 1 to 1000");
  }
}

void read_counts(const MappedFile& file, Cursor* cursor, KenlmLayout* layout) {
  for (int n = 1; n <= layout->order; ++n) {
    const uint64_t count = cursor->read<uint64_t>();
    // A record has at least one bit. This also keeps all sums below far from overflow.
    if (count / 8 > file.size()) {
      refuse_damaged(file, std::to_string(count) + " " + std::to_string(n) + "-grams do not fit in " +
                               std::to_string(file.size()) + " bytes");
    }
    layout->counts.push_back(count);
  }
  if (layout->counts[0] == 0 || layout->counts[0] >= std::numeric_limits<uint32_t>::max()) {
    refuse_damaged(file, "a vocabulary of " + std::to_string(layout->counts[0]) + " words");
  }
}

void lay_out_probing(const MappedFile& file, Cursor* cursor, float multiplier, KenlmLayout* layout) {
  const uint64_t n_rest_bytes = layout->model_type == KenlmLayout::kRestProbing ? 4 : 0;
  const uint32_t version = cursor->read<uint32_t>();
  if (version != kHashVocabularyVersion) refuse_damaged(file, "vocabulary version " + std::to_string(version));
  layout->n_words = cursor->read<uint32_t>();
  // Of a text without <unk> KenLM does not count it; with <unk> and <UNK> it counts both.
  if (layout->n_words == 0 || layout->n_words > layout->counts[0] + 1) {
    refuse_damaged(file,
                   std::to_string(layout->n_words) + " word ids for " + std::to_string(layout->counts[0]) + " words");
  }
  layout->n_vocabulary_slots = buckets_for(layout->counts[0], multiplier);
  layout->vocabulary = cursor->take(layout->n_vocabulary_slots, 12);
  layout->unigrams = cursor->take(layout->counts[0] + 1, 8 + n_rest_bytes);
  for (int n = 2; n <= layout->order; ++n) {
    const uint64_t slot_bytes = n < layout->order ? 16 + n_rest_bytes : 12;
    Table table{};
    table.n_slots = buckets_for(layout->counts[n - 1], multiplier);
    table.slot_bits = static_cast<uint32_t>(8 * slot_bytes);
    table.offset = cursor->take(table.n_slots, slot_bytes);
    layout->tables.push_back(table);
  }
}

struct WeightBits {
  uint32_t middle, longest;
};

// Steps over the tables of the quantiser, if there are any.
WeightBits take_quantiser(const MappedFile& file, Cursor* cursor, const KenlmLayout& layout) {
  if (!layout.is_quantised()) return {31 + 32, 31};
  const uint64_t header = cursor->take(8);
  const uint32_t version = file.read<uint8_t>(header);
  const uint32_t probability_bits = file.read<uint8_t>(header + 1), backoff_bits = file.read<uint8_t>(header + 2);
  if (version != kQuantiserVersion) refuse_damaged(file, "quantisation version " + std::to_string(version) + ", not 2");
  for (const uint32_t bits : {probability_bits, backoff_bits}) {
    if (bits < 1 || bits > kMaxQuantiserBits) {
      refuse_damaged(file, "weights quantised to " + std::to_string(bits) + " bits, possible are 1 to 25");
    }
  }
  const uint64_t n_middle = static_cast<uint64_t>(layout.order - 2);
  const uint64_t n_probabilities = uint64_t{1} << probability_bits, n_backoffs = uint64_t{1} << backoff_bits;
  cursor->take(n_middle * (n_probabilities + n_backoffs) + n_probabilities, sizeof(float));
  return {probability_bits + backoff_bits, probability_bits};
}

// How many high bits of the pointers of `n_slots` slots lie in an array instead of each slot: as many as save most.
uint32_t chopped_bits(uint64_t n_slots, uint64_t max_pointer, uint32_t max_chop) {
  const uint32_t required = bits_for(max_pointer);
  uint32_t best_chop = 0;
  int64_t least_cost = std::numeric_limits<int64_t>::max();
  for (uint32_t chop = 0; chop <= std::min(required, max_chop); ++chop) {
    const int64_t cost =
        static_cast<int64_t>((max_pointer >> (required - chop)) * 64) - static_cast<int64_t>(n_slots * chop);
    if (cost < least_cost) {
      least_cost = cost;
      best_chop = chop;
    }
  }
  return best_chop;
}

uint64_t take_packed(Cursor* cursor, uint64_t n_slots, uint32_t slot_bits) {
  return cursor->take((n_slots * slot_bits + 7) / 8 + 8);  // 8 bytes more, so that a slot can be read as 64 bits
}

void lay_out_trie(const MappedFile& file, Cursor* cursor, KenlmLayout* layout) {
  const std::vector<uint64_t>& counts = layout->counts;
  const uint64_t n_hashes = cursor->read<uint64_t>();
  if (n_hashes >= counts[0]) {
    refuse_damaged(file, std::to_string(n_hashes) + " word hashes for " + std::to_string(counts[0]) + " words");
  }
  layout->n_words = static_cast<uint32_t>(n_hashes + 1);
  layout->n_vocabulary_slots = n_hashes;
  layout->vocabulary = cursor->take(counts[0], sizeof(uint64_t));
  const WeightBits weights = take_quantiser(file, cursor, *layout);
  layout->unigrams = cursor->take(counts[0] + 2, 16);
  const uint32_t word_bits = bits_for(counts[0]);
  uint32_t max_chop = 0;
  if (layout->has_arrays() && layout->order > 2) {
    const uint64_t header = Cursor(file, cursor->at()).take(2);  // of the first array; serves all orders
    const uint32_t version = file.read<uint8_t>(header);
    if (version != kArrayVersion) refuse_damaged(file, "pointer array version " + std::to_string(version) + ", not 0");
    max_chop = file.read<uint8_t>(header + 1);
  }
  for (int n = 2; n < layout->order; ++n) {
    const uint64_t max_pointer = counts[n];
    Table table{};
    table.n_slots = counts[n - 1] + 1;
    table.pointer_bits = bits_for(max_pointer);
    if (layout->has_arrays()) {
      table.pointer_bits -= chopped_bits(table.n_slots, max_pointer, max_chop);
      table.n_high = (max_pointer >> table.pointer_bits) + 1;
      table.high_offset = align8(cursor->at()) + 8;
      cursor->take(8 * (table.n_high + 1) + 7);
    }
    table.slot_bits = word_bits + weights.middle + table.pointer_bits;
    table.offset = take_packed(cursor, table.n_slots, table.slot_bits);
    layout->tables.push_back(table);
  }
  Table longest{};
  longest.n_slots = counts.back() + 1;
  longest.slot_bits = word_bits + weights.longest;
  longest.offset = take_packed(cursor, longest.n_slots, longest.slot_bits);
  layout->tables.push_back(longest);
}

// Checks that the search for a key that is not there comes to an end.
void check_free_bucket(const MappedFile& file, uint64_t offset, uint64_t n_buckets, uint64_t bucket_bytes,
                       const std::string& what) {
  for (uint64_t i = 0; i < n_buckets; ++i) {
    if (file.read<uint64_t>(offset + i * bucket_bytes) == 0) return;
  }
  refuse_damaged(file, "the hash table of its " + what + " is full");
}

void check_probing(const MappedFile& file, const KenlmLayout& layout) {
  check_free_bucket(file, layout.vocabulary, layout.n_vocabulary_slots, 12, "words");
  for (uint64_t i = 0; i < layout.n_vocabulary_slots; ++i) {
    const uint64_t offset = layout.vocabulary + 12 * i + 8;
    const uint32_t id = file.read<uint32_t>(offset);
    if (id >= layout.n_words) {
      refuse_damaged(file, "word id " + std::to_string(id) + " at byte " + std::to_string(offset) + ", there are " +
                               std::to_string(layout.n_words));
    }
  }
  for (size_t i = 0; i < layout.tables.size(); ++i) {
    const Table& table = layout.tables[i];
    check_free_bucket(file, table.offset, table.n_slots, table.slot_bits / 8, std::to_string(i + 2) + "-grams");
  }
}

void check_vocabulary_order(const MappedFile& file, const KenlmLayout& layout) {
  uint64_t previous = 0;
  for (uint64_t i = 0; i < layout.n_vocabulary_slots; ++i) {
    const uint64_t hash = file.read<uint64_t>(layout.vocabulary + 8 * i);
    if (hash < previous) {
      refuse_damaged(file, "the word hash at byte " + std::to_string(layout.vocabulary + 8 * i) + " is out of order");
    }
    previous = hash;
  }
}

[[noreturn]] void refuse_pointers(const MappedFile& file, int n) {
  refuse_damaged(
      file, "a pointer of its " + std::to_string(n) + "-grams does not lead to " + std::to_string(n + 1) + "-grams");
}

// The pointers must ascend; the last one is the end of the table they lead to.
void check_unigram_pointers(const MappedFile& file, const KenlmLayout& layout) {
  uint64_t previous = 0;
  for (uint64_t i = 0; i <= layout.counts[0]; ++i) {
    const uint64_t pointer = file.read<uint64_t>(layout.unigrams + 16 * i + 8);
    if (pointer < previous) refuse_pointers(file, 1);
    previous = pointer;
  }
  if (previous != layout.counts[1]) refuse_pointers(file, 1);
}

// Reads the slots [first, last); returns their last pointer, or ~0 if they do not ascend.
uint64_t last_ascending(const MappedFile& file, const Table& table, uint64_t first, uint64_t last) {
  const uint64_t mask = (uint64_t{1} << table.pointer_bits) - 1;
  const uint8_t* slots = file.data() + table.offset;
  uint64_t bit = first * table.slot_bits + (table.slot_bits - table.pointer_bits);
  uint64_t previous = 0;
  bool descends = false;  // no branch in the loop: it reads hundreds of megabytes
  for (uint64_t i = first; i < last; ++i, bit += table.slot_bits) {
    uint64_t word;
    std::memcpy(&word, slots + bit / 8, sizeof(word));
    const uint64_t pointer = (word >> (bit % 8)) & mask;
    descends |= pointer < previous;
    previous = pointer;
  }
  return descends ? ~uint64_t{0} : previous;
}

void check_middle_pointers(const MappedFile& file, const KenlmLayout& layout, int n) {
  const Table& table = layout.tables[n - 2];
  uint64_t last = 0;
  if (!layout.has_arrays()) {
    last = last_ascending(file, table, 0, table.n_slots);
  } else {
    const auto first_slot = [&](uint64_t high) {
      return high < table.n_high ? file.read<uint64_t>(table.high_offset + 8 * high) : table.n_slots;
    };
    if (first_slot(0) != 0) refuse_pointers(file, n);
    for (uint64_t high = 0; high < table.n_high; ++high) {
      const uint64_t begin = first_slot(high), end = first_slot(high + 1);
      if (begin > end || end > table.n_slots) refuse_pointers(file, n);
      if (begin == end) continue;
      const uint64_t low = last_ascending(file, table, begin, end);
      if (low == ~uint64_t{0}) refuse_pointers(file, n);
      last = high << table.pointer_bits | low;
    }
  }
  if (last != layout.counts[n]) refuse_pointers(file, n);
}

}  // namespace

bool is_kenlm_binary(const MappedFile& file) {
  const Reference reference;
  return file.size() > sizeof(reference) && std::memcmp(file.data(), &reference, sizeof(reference)) == 0;
}

void check_order(const MappedFile& file, uint64_t order) {
  if (order >= kMinOrder && order <= kMaxOrder) return;
  refuse(file, "a language model of order " + std::to_string(order) + " cannot be used; build one of order " +
                   std::to_string(kMinOrder) + " to " + std::to_string(kMaxOrder) + ".");
}

KenlmLayout read_kenlm_layout(const MappedFile& file) {
  KenlmLayout layout{};
  float multiplier = 0.0f;
  read_header(file, &layout, &multiplier);
  Cursor counts(file, kCounts);
  read_counts(file, &counts, &layout);
  Cursor cursor(file, align8(counts.at()));
  if (layout.is_trie()) {
    lay_out_trie(file, &cursor, &layout);
  } else {
    lay_out_probing(file, &cursor, multiplier, &layout);
  }
  layout.end = cursor.at();
  return layout;
}

void check_kenlm_tables(const MappedFile& file, const KenlmLayout& layout) {
  if (!layout.is_trie()) return check_probing(file, layout);
  check_vocabulary_order(file, layout);
  check_unigram_pointers(file, layout);
  for (int n = 2; n < layout.order; ++n) check_middle_pointers(file, layout, n);
}

}  // namespace ctcdecode
