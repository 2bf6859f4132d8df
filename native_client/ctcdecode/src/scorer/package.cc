#include "package.h"

#include <cmath>
#include <cstdio>
#include <filesystem>
#include <stdexcept>
#include <string_view>

#include "automaton.h"
#include "errors.h"
#include "file_writer.h"
#include "fst.h"
#include "kenlm_layout.h"
#include "trie_files.h"

namespace ctcdecode {
namespace {

constexpr int32_t kPackageVersion = 6;
constexpr uint64_t kHeaderBytes = 25;
constexpr std::string_view kAlphabetMagic = "ALPHABET";  // then u64 size, and the serialised alphabet to the end

// The part of a package that comes first. Throws FormatError if `file` cannot be it.
void check_language_model(const MappedFile& file) {
  const auto refuse = [&](const std::string& reason) {
    throw FormatError(FormatError::kInvalidLanguageModel, file.path(), reason);
  };
  if (!is_kenlm_binary(file)) refuse("not a KenLM binary; make one with `build_binary -v`.");
  const KenlmLayout layout = read_kenlm_layout(file);
  if (layout.has_vocabulary_strings) {
    refuse("the model holds its vocabulary strings, which a package cannot hold; build it with `build_binary -v`.");
  }
  if (file.holds(layout.end, sizeof(int32_t)) && file.read<int32_t>(layout.end) == kTrieMagic) {
    refuse("this is a scorer package already; name the language model it was made from.");
  }
  if (file.size() != layout.end) {
    refuse("the model should end at byte " + std::to_string(layout.end) + " but has " + std::to_string(file.size()) +
           "; build it anew.");
  }
  check_kenlm_tables(file, layout);
}

std::string shown(double value) {
  char text[32];
  std::snprintf(text, sizeof(text), "%g", value);
  return text;
}

void check_weight(const char* name, double value) {
  if (!std::isfinite(static_cast<float>(value))) {
    throw std::invalid_argument(std::string(name) + " is " + shown(value) +
                                "; it must be a finite number in single precision.");
  }
}

}  // namespace

VocabularyReport write_package(const std::string& path, const std::string& lm_path,
                               const std::vector<std::string>& words, const Alphabet& alphabet, double alpha,
                               double beta) {
  check_weight("alpha", alpha);
  check_weight("beta", beta);
  const MappedFile model(lm_path);
  check_language_model(model);
  std::error_code ignored;
  if (std::filesystem::equivalent(path, lm_path, ignored)) {
    throw std::invalid_argument(path + ": the package would replace its language model; choose another name.");
  }
  VocabularyReport report;
  const Dictionary::Tables tables = minimal_automaton(label_words(words, alphabet, &report));
  require_words(report);

  FileWriter file(path);
  file.write(model.data(), model.size());
  file.put<int32_t>(kTrieMagic);
  file.put<int32_t>(kPackageVersion);
  file.put<uint8_t>(alphabet.is_bytes() ? 1 : 0);
  // The published reader takes them into single precision; what it would read is what is stored.
  file.put<double>(static_cast<float>(alpha));
  file.put<double>(static_cast<float>(beta));
  write_const_fst(tables, &file);
  const std::string labels = alphabet.serialize();
  file.write(kAlphabetMagic);
  file.put<uint64_t>(labels.size());
  file.write(labels);
  file.commit();
  return report;
}

PackageHeader read_package_header(const MappedFile& file, uint64_t offset) {
  const auto refuse = [&](FormatError::Kind kind, const std::string& reason) {
    throw FormatError(kind, file.path(), reason);
  };
  if (file.size() <= offset) {
    refuse(FormatError::kNoTrie,
           "a language model without a dictionary; make a scorer of it with generate_scorer_package.");
  }
  if (!file.holds(offset, sizeof(int32_t)) || file.read<int32_t>(offset) != kTrieMagic) {
    refuse(FormatError::kInvalidTrie, "no dictionary at byte " + std::to_string(offset) +
                                          "; build the language model with `build_binary -v` and the package anew.");
  }
  if (file.holds(offset, 2 * sizeof(int32_t)) && file.read<int32_t>(offset + 4) != kPackageVersion) {
    refuse(FormatError::kVersionMismatch, "a package of version " + std::to_string(file.read<int32_t>(offset + 4)) +
                                              ", expected " + std::to_string(kPackageVersion) + "; build it anew.");
  }
  if (!file.holds(offset, kHeaderBytes)) {
    refuse(FormatError::kInvalidTrie, "the file ends at byte " + std::to_string(file.size()) +
                                          ", within its header; copy the file again or build it anew.");
  }
  const uint8_t mode = file.read<uint8_t>(offset + 8);
  PackageHeader header;
  header.bytes_mode = mode == 1;
  header.alpha = static_cast<float>(file.read<double>(offset + 9));
  header.beta = static_cast<float>(file.read<double>(offset + 17));
  header.end = offset + kHeaderBytes;
  if (mode > 1 || !std::isfinite(header.alpha) || !std::isfinite(header.beta)) {
    refuse(FormatError::kInvalidTrie, "the header at byte " + std::to_string(offset) + " is damaged (mode " +
                                          std::to_string(mode) + ", alpha " + shown(header.alpha) + ", beta " +
                                          shown(header.beta) + "); copy the file again or build it anew.");
  }
  return header;
}

std::optional<Alphabet> read_package_alphabet(const MappedFile& file, uint64_t offset) {
  if (!file.holds(offset, kAlphabetMagic.size())) return std::nullopt;
  const char* const magic = reinterpret_cast<const char*>(file.data() + offset);
  if (std::string_view(magic, kAlphabetMagic.size()) != kAlphabetMagic) return std::nullopt;
  const uint64_t size_at = offset + kAlphabetMagic.size(), labels_at = size_at + sizeof(uint64_t);
  std::string reason = "the file ends within it";
  try {
    if (file.holds(labels_at, 0) && file.holds(labels_at, file.read<uint64_t>(size_at))) {
      return Alphabet::from_serialized(
          {reinterpret_cast<const char*>(file.data() + labels_at), file.read<uint64_t>(size_at)});
    }
  } catch (const std::invalid_argument& error) {
    reason = error.what();
  }
  throw FormatError(FormatError::kInvalidTrie, file.path(),
                    "the alphabet at byte " + std::to_string(offset) + " is damaged (" + reason +
                        "); copy the file again or build it anew.");
}

}  // namespace ctcdecode
