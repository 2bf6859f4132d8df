#include "fst.h"

#include <cmath>
#include <limits>
#include <string_view>

#include "errors.h"

namespace ctcdecode {
namespace {

constexpr int32_t kMagic = 2125659606;
constexpr std::string_view kConst = "const", kVector = "vector", kStandard = "standard";
constexpr int32_t kAlignedVersion = 1, kVectorVersion = 2;
constexpr int32_t kHasSymbols = 3, kAligned = 4;  // flags
constexpr uint64_t kAlignment = 16;
constexpr uint64_t kStateBytes = 20, kArcBytes = 16, kVectorStateBytes = 12;

// Property bits; readers store them without using them.
constexpr uint64_t kExpanded = 0x1, kMutable = 0x2;
// Acceptor, deterministic, without epsilons, sorted by label, unweighted, acyclic, accessible and co-accessible.
constexpr uint64_t kMinimalAcceptor = 0x0000852A5A950000;
constexpr uint64_t kTopologicallySorted = 0x4000000000, kNotTopologicallySorted = 0x8000000000;
constexpr uint64_t kIsString = 0x100000000000, kIsNoString = 0x200000000000;

struct Header {
  int32_t version, flags;
  int64_t start, n_states, n_arcs;
  uint64_t end;  // offset behind the header
};

[[noreturn]] void damaged(const MappedFile& file, uint64_t offset, const std::string& what) {
  throw FormatError(FormatError::kInvalidTrie, file.path(),
                    "the dictionary is damaged at byte " + std::to_string(offset) + " (" + what +
                        "); copy the file again or build it anew.");
}

// Reads values one after the other, never past the end of the file.
class Cursor {
 public:
  Cursor(const MappedFile& file, uint64_t offset) : file_(file), offset_(offset) {}

  template <typename T>
  T next() {
    if (!file_.holds(offset_, sizeof(T))) damaged(file_, offset_, "the file ends");
    offset_ += sizeof(T);
    return file_.read<T>(offset_ - sizeof(T));
  }

  void expect(std::string_view text) {
    const bool same = next<int32_t>() == static_cast<int32_t>(text.size()) && file_.holds(offset_, text.size()) &&
                      std::memcmp(file_.data() + offset_, text.data(), text.size()) == 0;
    if (!same) damaged(file_, offset_, "it should be an automaton of type " + std::string(text));
    offset_ += text.size();
  }

  uint64_t offset() const { return offset_; }

 private:
  const MappedFile& file_;
  uint64_t offset_;
};

Header read_header(const MappedFile& file, uint64_t offset, std::string_view type) {
  Cursor cursor(file, offset);
  if (cursor.next<int32_t>() != kMagic) damaged(file, offset, "no OpenFst automaton starts here");
  cursor.expect(type);
  cursor.expect(kStandard);
  Header header;
  header.version = cursor.next<int32_t>();
  header.flags = cursor.next<int32_t>();
  cursor.next<uint64_t>();  // properties
  header.start = cursor.next<int64_t>();
  header.n_states = cursor.next<int64_t>();
  header.n_arcs = cursor.next<int64_t>();
  header.end = cursor.offset();
  if (header.version < 1) damaged(file, offset, "version " + std::to_string(header.version));
  if (header.flags & kHasSymbols) damaged(file, offset, "it has symbol tables, which dictionaries never have");
  constexpr int64_t kLimit = std::numeric_limits<int32_t>::max();
  if (header.n_states < 0 || header.n_states > kLimit) {
    damaged(file, offset, std::to_string(header.n_states) + " states");
  }
  if (header.start < 0 || header.start >= header.n_states) {
    throw FormatError(FormatError::kInvalidTrie, file.path(),
                      "the dictionary starts in state " + std::to_string(header.start) + " of " +
                          std::to_string(header.n_states) +
                          "; if it is empty, build it from words that can be written with the alphabet.");
  }
  return header;
}

bool read_accepting(const MappedFile& file, uint64_t offset) {
  const float weight = file.read<float>(offset);
  if (std::isnan(weight) || weight == -std::numeric_limits<float>::infinity()) {
    damaged(file, offset, "a final weight that is no number");
  }
  return std::isfinite(weight);
}

// `tables` has room for the arc; targets are checked by Dictionary.
void read_arc(const MappedFile& file, uint64_t offset, Dictionary::Tables* tables) {
  const int32_t input = file.read<int32_t>(offset), output = file.read<int32_t>(offset + 4);
  const int32_t target = file.read<int32_t>(offset + 12);
  if (input < 1 || input != output || target < 0) {
    damaged(file, offset,
            "an arc with labels " + std::to_string(input) + " and " + std::to_string(output) + " to state " +
                std::to_string(target));
  }
  tables->labels.push_back(static_cast<uint32_t>(input) - 1);
  tables->targets.push_back(static_cast<uint32_t>(target));
}

void put_header(std::string_view type, int32_t version, int32_t flags, uint64_t properties,
                const Dictionary::Tables& tables, int64_t n_arcs, FileWriter* file) {
  file->put<int32_t>(kMagic);
  for (const std::string_view name : {type, kStandard}) {
    file->put<int32_t>(static_cast<int32_t>(name.size()));
    file->write(name);
  }
  file->put<int32_t>(version);
  file->put<int32_t>(flags);
  file->put<uint64_t>(properties);
  file->put<int64_t>(tables.start);
  file->put<int64_t>(static_cast<int64_t>(tables.accepting.size()));
  file->put<int64_t>(n_arcs);
}

void put_final_weight(bool accepting, FileWriter* file) {
  file->put<float>(accepting ? 0.0f : std::numeric_limits<float>::infinity());
}

void put_arc(const Dictionary::Tables& tables, uint32_t arc, FileWriter* file) {
  file->put<uint32_t>(tables.labels[arc] + 1);
  file->put<uint32_t>(tables.labels[arc] + 1);
  file->put<float>(0.0f);
  file->put<uint32_t>(tables.targets[arc]);
}

uint64_t properties_of(const Dictionary::Tables& tables) {
  bool ascending = true, branches = false;
  for (uint32_t state = 0; state < tables.accepting.size(); ++state) {
    const uint32_t n_arcs = tables.first_arc[state + 1] - tables.first_arc[state];
    branches |= n_arcs + (tables.accepting[state] ? 1 : 0) > 1;
    for (uint32_t arc = tables.first_arc[state]; arc < tables.first_arc[state + 1]; ++arc) {
      ascending &= tables.targets[arc] > state;
    }
  }
  return kMinimalAcceptor | (ascending ? kTopologicallySorted : kNotTopologicallySorted) |
         (branches ? kIsNoString : kIsString);
}

}  // namespace

Dictionary::Tables read_const_fst(const MappedFile& file, uint64_t offset, uint64_t* end) {
  const Header header = read_header(file, offset, kConst);
  const bool aligned = header.version == kAlignedVersion || (header.flags & kAligned);
  const auto padded = [&](uint64_t at) { return aligned ? at + (kAlignment - at % kAlignment) % kAlignment : at; };
  const uint64_t n_states = static_cast<uint64_t>(header.n_states), n_arcs = static_cast<uint64_t>(header.n_arcs);
  const uint64_t states_at = padded(header.end);
  if (!file.holds(states_at, n_states, kStateBytes)) {
    damaged(file, states_at, "the file ends before the last of " + std::to_string(n_states) + " states");
  }
  const uint64_t arcs_at = padded(states_at + n_states * kStateBytes);
  if (header.n_arcs < 0 || n_arcs >= std::numeric_limits<uint32_t>::max() || !file.holds(arcs_at, n_arcs, kArcBytes)) {
    damaged(file, arcs_at, "the file ends before the last of " + std::to_string(header.n_arcs) + " arcs");
  }
  Dictionary::Tables tables;
  tables.start = static_cast<uint32_t>(header.start);
  tables.first_arc.reserve(n_states + 1);
  tables.first_arc.push_back(0);
  tables.accepting.reserve(n_states);
  for (uint64_t state = 0; state < n_states; ++state) {
    const uint64_t at = states_at + state * kStateBytes;
    const uint32_t first = file.read<uint32_t>(at + 4), count = file.read<uint32_t>(at + 8);
    if ((count != 0 && first != tables.first_arc.back()) || count > n_arcs - tables.first_arc.back()) {
      damaged(file, at, "the arcs of its states do not follow each other");
    }
    tables.accepting.push_back(read_accepting(file, at));
    tables.first_arc.push_back(tables.first_arc.back() + count);
  }
  if (tables.first_arc.back() != n_arcs) {
    damaged(file, states_at,
            "its states have " + std::to_string(tables.first_arc.back()) + " of " + std::to_string(n_arcs) + " arcs");
  }
  tables.labels.reserve(n_arcs);
  tables.targets.reserve(n_arcs);
  for (uint64_t arc = 0; arc < n_arcs; ++arc) read_arc(file, arcs_at + arc * kArcBytes, &tables);
  if (end) *end = arcs_at + n_arcs * kArcBytes;
  return tables;
}

Dictionary::Tables read_vector_fst(const MappedFile& file, uint64_t offset) {
  const Header header = read_header(file, offset, kVector);
  const uint64_t n_states = static_cast<uint64_t>(header.n_states);
  if (!file.holds(header.end, n_states, kVectorStateBytes)) {
    damaged(file, header.end, "the file ends before the last of " + std::to_string(n_states) + " states");
  }
  Dictionary::Tables tables;
  tables.start = static_cast<uint32_t>(header.start);
  tables.first_arc.reserve(n_states + 1);
  tables.first_arc.push_back(0);
  tables.accepting.reserve(n_states);
  uint64_t at = header.end;
  for (uint64_t state = 0; state < n_states; ++state) {
    if (!file.holds(at, kVectorStateBytes)) damaged(file, at, "the file ends");
    const int64_t count = file.read<int64_t>(at + 4);
    const uint64_t n_arcs = static_cast<uint64_t>(count);
    if (count < 0 || !file.holds(at + kVectorStateBytes, n_arcs, kArcBytes) ||
        n_arcs >= std::numeric_limits<uint32_t>::max() - tables.labels.size()) {
      damaged(file, at, "state " + std::to_string(state) + " with " + std::to_string(count) + " arcs");
    }
    tables.accepting.push_back(read_accepting(file, at));
    at += kVectorStateBytes;
    for (uint64_t arc = 0; arc < n_arcs; ++arc, at += kArcBytes) read_arc(file, at, &tables);
    tables.first_arc.push_back(static_cast<uint32_t>(tables.labels.size()));
  }
  return tables;
}

void write_const_fst(const Dictionary::Tables& tables, FileWriter* file) {
  put_header(kConst, kAlignedVersion, kAligned, kExpanded | properties_of(tables), tables,
             static_cast<int64_t>(tables.labels.size()), file);
  file->pad_to(kAlignment);
  for (size_t state = 0; state < tables.accepting.size(); ++state) {
    put_final_weight(tables.accepting[state], file);
    file->put<uint32_t>(tables.first_arc[state]);
    file->put<uint32_t>(tables.first_arc[state + 1] - tables.first_arc[state]);
    file->put<uint64_t>(0);  // epsilons: none
  }
  file->pad_to(kAlignment);
  for (uint32_t arc = 0; arc < tables.labels.size(); ++arc) put_arc(tables, arc, file);
}

void write_vector_fst(const Dictionary::Tables& tables, FileWriter* file) {
  constexpr int64_t kArcsNotCounted = 0;
  put_header(kVector, kVectorVersion, 0, kExpanded | kMutable | properties_of(tables), tables, kArcsNotCounted, file);
  for (size_t state = 0; state < tables.accepting.size(); ++state) {
    put_final_weight(tables.accepting[state], file);
    file->put<int64_t>(tables.first_arc[state + 1] - tables.first_arc[state]);
    for (uint32_t arc = tables.first_arc[state]; arc < tables.first_arc[state + 1]; ++arc) put_arc(tables, arc, file);
  }
}

}  // namespace ctcdecode
