#include "trie_files.h"

#include <algorithm>
#include <stdexcept>

#include "automaton.h"
#include "content.h"
#include "errors.h"
#include "file_writer.h"
#include "fst.h"
#include "language_model.h"
#include "trie_v1_v2.h"

namespace ctcdecode {
namespace {

constexpr int kTextTrie = 1, kBinaryTrie = 2, kVectorAutomaton = 3, kConstAutomaton = 5;  // versions
constexpr uint64_t kHeaderBytes = 9;  // of versions 3 and 5: i32 magic, i32 version, u8 mode

std::vector<ScoredWord> score_words(std::vector<std::vector<Label>> words, const Alphabet& alphabet,
                                    const LanguageModel& model) {
  std::vector<ScoredWord> scored;
  scored.reserve(words.size());
  for (std::vector<Label>& labels : words) {
    labels.pop_back();  // the space
    const LanguageModel::WordId id = model.id(alphabet.decode(labels));
    LanguageModel::State after;
    scored.push_back({std::move(labels), id, model.score(model.empty_context(), id, &after)});
  }
  return scored;
}

void write_automaton(std::vector<std::vector<Label>> words, const Alphabet& alphabet, int version, FileWriter* file) {
  file->put<int32_t>(kTrieMagic);
  file->put<int32_t>(version);
  file->put<uint8_t>(alphabet.is_bytes() ? 1 : 0);
  if (version == kConstAutomaton) {
    write_const_fst(minimal_automaton(std::move(words)), file);
  } else if (!alphabet.is_bytes()) {  // version 3 spells character based models without a dictionary
    write_vector_fst(minimal_automaton(std::move(words)), file);
  }
}

std::unique_ptr<Dictionary::Tables> read_automaton(const MappedFile& file, const Alphabet& alphabet, int version) {
  const uint8_t mode = file.holds(0, kHeaderBytes) ? file.read<uint8_t>(kHeaderBytes - 1) : 0xFF;
  if (mode > 1) {
    throw FormatError(FormatError::kInvalidTrie, file.path(),
                      "the header is damaged or cut off; copy the file again or build it anew with generate_trie.");
  }
  if (mode == 1 && (version == kVectorAutomaton || file.size() == kHeaderBytes)) return nullptr;
  if ((mode == 1) != alphabet.is_bytes()) {
    throw FormatError(FormatError::kInvalidTrie, file.path(),
                      mode == 1 ? "made for bytes output, not for an alphabet; build it anew with generate_trie."
                                : "made for an alphabet, not for bytes output; build it anew with generate_trie.");
  }
  return std::make_unique<Dictionary::Tables>(version == kVectorAutomaton ? read_vector_fst(file, kHeaderBytes)
                                                                          : read_const_fst(file, kHeaderBytes));
}

}  // namespace

VocabularyReport write_trie(const std::string& path, const std::string& lm_path, const std::vector<std::string>& words,
                            const Alphabet& alphabet, int version) {
  const bool is_trie = version == kTextTrie || version == kBinaryTrie;
  if (!is_trie && version != kVectorAutomaton && version != kConstAutomaton) {
    throw std::invalid_argument("There is no trie file of version " + std::to_string(version) +
                                "; choose 1, 2, 3 or 5.");
  }
  if (is_trie && alphabet.is_bytes()) {
    throw std::invalid_argument("Trie files of versions 1 and 2 need an alphabet; choose version 3 or 5 for bytes.");
  }
  VocabularyReport report;
  std::vector<std::vector<Label>> labels = label_words(words, alphabet, &report);
  require_words(report);
  FileWriter file(path);
  if (is_trie) {
    const std::unique_ptr<LanguageModel> model = LanguageModel::load(lm_path);
    write_trie_v1_v2(score_words(std::move(labels), alphabet, *model), alphabet, version == kTextTrie, &file);
  } else {
    write_automaton(std::move(labels), alphabet, version, &file);
  }
  file.commit();
  return report;
}

std::unique_ptr<Dictionary::Tables> read_trie(const MappedFile& file, const Alphabet& alphabet) {
  if (file.size() == 0) {
    throw FormatError(FormatError::kNoTrie, file.path(), "the file is empty; build it with generate_trie.");
  }
  // Version 1 starts with the magic as a decimal number.
  const std::string_view start(reinterpret_cast<const char*>(file.data()), std::min<uint64_t>(file.size(), 10));
  if (start == std::to_string(kTrieMagic)) {
    return std::make_unique<Dictionary::Tables>(read_trie_v1_v2(file, alphabet, true));
  }
  if (!file.holds(0, 2 * sizeof(int32_t)) || file.read<int32_t>(0) != kTrieMagic) {
    throw FormatError(FormatError::kInvalidTrie, file.path(),
                      explain_content(file.data(), file.size(), "not a trie file; build one with generate_trie."));
  }
  const int32_t version = file.read<int32_t>(sizeof(int32_t));
  if (version == kBinaryTrie) return std::make_unique<Dictionary::Tables>(read_trie_v1_v2(file, alphabet, false));
  if (version == kVectorAutomaton || version == kConstAutomaton) return read_automaton(file, alphabet, version);
  throw FormatError(FormatError::kVersionMismatch, file.path(),
                    "a trie file of version " + std::to_string(version) +
                        ", expected 1, 2, 3 or 5; build it anew with generate_trie.");
}

}  // namespace ctcdecode
