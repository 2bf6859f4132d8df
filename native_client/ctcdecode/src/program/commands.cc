#include "commands.h"

#include <algorithm>
#include <exception>
#include <filesystem>
#include <new>
#include <ostream>
#include <stdexcept>

#include "command_line.h"
#include "errors.h"
#include "file_writer.h"
#include "language_model.h"
#include "package.h"
#include "trie_files.h"

namespace ctcdecode {
namespace {

constexpr int kSuccess = 0, kFailure = 1, kWrongUsage = 255;

constexpr char kScorerPackageHelp[] =
    "generate_scorer_package: makes a scorer package of a language model and a list of words.\n"
    "  --lm FILE                        KenLM binary without vocabulary strings (build_binary -v)\n"
    "  --vocab FILE                     UTF-8 text, words separated by white space\n"
    "  --package FILE                   the package to write; an older one is replaced\n"
    "  --default_alpha NUMBER           weight of the language model\n"
    "  --default_beta NUMBER            bonus for each word\n"
    "  --alphabet FILE                  one label per line; required unless in bytes mode\n"
    "  --force_bytes_output_mode BOOL   true: words are single characters, spelled in UTF-8 bytes; false: they are\n"
    "                                   spelled with the alphabet. Without it the words decide.\n";

constexpr char kTrieUsage[] =
    "Usage: generate_trie ALPHABET LM VOCABULARY TRIE\n"
    "       generate_trie ALPHABET LM TRIE\n"
    "Without VOCABULARY the words are those of the language model: ARPA text or a binary with its strings.\n"
    "  --trie_version NUMBER            1 (default with VOCABULARY), 2, 3 (default without) or 5\n"
    "  --force_bytes_output_mode BOOL   versions 3 and 5: whether single characters are spelled in UTF-8 bytes\n";

constexpr char kEnumerateUsage[] = "Usage: enumerate_kenlm_vocabulary MODEL OUT\n";

// Refuses to write over what is read.
void check_output(const std::string& output, const std::vector<std::string>& inputs) {
  for (const std::string& input : inputs) {
    std::error_code ignored;
    if (std::filesystem::equivalent(output, input, ignored)) {
      throw std::invalid_argument(output + ": " + input + " would be written over; choose another name.");
    }
  }
}

void generate_scorer_package(const CommandLine& line, std::ostream& err) {
  const std::string lm = line.required("lm"), vocabulary = line.required("vocab"), package = line.required("package");
  const double alpha = line.required_number("default_alpha"), beta = line.required_number("default_beta");
  check_output(package, {lm, vocabulary, line.optional("alphabet").value_or("")});
  const std::vector<std::string> words = read_words(vocabulary);
  if (words.empty()) throw FormatError(FormatError::kUnreadable, vocabulary, "the vocabulary is empty; add words.");
  const Alphabet alphabet =
      choose_alphabet(words, line.optional("alphabet"), line.optional_bool("force_bytes_output_mode"), err);
  print_report(write_package(package, lm, words, alphabet, alpha, beta), err);
  err << "Package created in " << package << "\n";
}

std::vector<std::string> words_of_model(const std::string& path) {
  std::vector<std::string> words;
  LanguageModel::each_word(path, [&](std::string_view word) { words.emplace_back(word); });
  return words;
}

void generate_trie(const CommandLine& line, std::ostream& err) {
  const std::vector<std::string>& names = line.words();
  check_output(names.back(), {names.begin(), names.end() - 1});
  const bool has_vocabulary = names.size() == 4;
  const int version = line.optional_integer("trie_version").value_or(has_vocabulary ? 1 : 3);
  const std::vector<std::string> words = has_vocabulary ? read_words(names[2]) : words_of_model(names[1]);
  const Alphabet alphabet = version < 3
                                ? Alphabet::from_file(names[0])
                                : choose_alphabet(words, names[0], line.optional_bool("force_bytes_output_mode"), err);
  print_report(write_trie(names.back(), names[1], words, alphabet, version), err);
  err << "Trie created in " << names.back() << "\n";
}

void enumerate_vocabulary(const CommandLine& line, std::ostream& err) {
  check_output(line.words()[1], {line.words()[0]});
  size_t n_words = 0;
  FileWriter file(line.words()[1]);
  LanguageModel::each_word(line.words()[0], [&](std::string_view word) {
    file.write(word);
    file.write("\n");
    ++n_words;
  });
  file.commit();
  err << n_words << " words written to " << line.words()[1] << "\n";
}

// Parses, checks the number of words without flags, runs, and turns exceptions into an exit status.
int run(const std::vector<std::string>& args, const std::vector<std::string>& flags,
        const std::vector<size_t>& n_words_allowed, const char* help,
        void (*command)(const CommandLine&, std::ostream&), std::ostream& out, std::ostream& err) {
  try {
    const CommandLine line(args, flags);
    if (line.wants_help()) {
      out << help;
      return kSuccess;
    }
    if (std::find(n_words_allowed.begin(), n_words_allowed.end(), line.words().size()) == n_words_allowed.end()) {
      err << help;
      return kWrongUsage;
    }
    command(line, err);
    return kSuccess;
  } catch (const std::bad_alloc&) {
    err << "E memory ran out; raise the limit (ulimit -v), or use a smaller file.\n";
    return kFailure;
  } catch (const std::exception& error) {
    err << "E " << error.what() << "\n";
    return kFailure;
  }
}

}  // namespace

int run_generate_scorer_package(const std::vector<std::string>& args, std::ostream& out, std::ostream& err) {
  return run(args, {"lm", "vocab", "package", "default_alpha", "default_beta", "alphabet", "force_bytes_output_mode"},
             {0}, kScorerPackageHelp, generate_scorer_package, out, err);
}

int run_generate_trie(const std::vector<std::string>& args, std::ostream& out, std::ostream& err) {
  return run(args, {"trie_version", "force_bytes_output_mode"}, {3, 4}, kTrieUsage, generate_trie, out, err);
}

int run_enumerate_kenlm_vocabulary(const std::vector<std::string>& args, std::ostream& out, std::ostream& err) {
  return run(args, {}, {2}, kEnumerateUsage, enumerate_vocabulary, out, err);
}

}  // namespace ctcdecode
