#include "language_model.h"

#include <algorithm>
#include <new>

#include "arpa.h"
#include "errors.h"
#include "kenlm_layout.h"
#include "lm/model.hh"
#include "mapped_file.h"
#include "util/exception.hh"

namespace ctcdecode {
namespace {

static_assert(KENLM_MAX_ORDER == LanguageModel::kMaxOrder, "build KenLM with -DKENLM_MAX_ORDER=6");
static_assert(sizeof(lm::ngram::State) <= sizeof(LanguageModel::State), "a state must hold one of KenLM's");
static_assert(alignof(lm::ngram::State) <= alignof(LanguageModel::State), "a state must hold one of KenLM's");

lm::ngram::Config quiet_config() {
  lm::ngram::Config config;
  config.messages = nullptr;
  config.show_progress = false;
  config.load_method = util::LAZY;
  return config;
}

template <typename Model>
class Kenlm final : public LanguageModel {
 public:
  explicit Kenlm(const std::string& path) : model_(path.c_str(), quiet_config()) {}

  int order() const override { return model_.Order(); }

  WordId id(std::string_view word) const override {
    return model_.GetVocabulary().Index(StringPiece(word.data(), word.size()));
  }

  State start_of_sentence() const override { return wrap(model_.BeginSentenceState()); }
  State empty_context() const override { return wrap(model_.NullContextState()); }
  WordId end_of_sentence() const override { return model_.GetVocabulary().EndSentence(); }

  float score(const State& before, WordId word, State* after) const override {
    const float log10_p = model_
                              .FullScore(*reinterpret_cast<const lm::ngram::State*>(before.bytes), word,
                                         *new (after->bytes) lm::ngram::State)
                              .prob;
    if (!(log10_p >= kLeastLog10)) return kLeastLog10;
    return std::min(log10_p, 0.0f);
  }

 private:
  static State wrap(const lm::ngram::State& state) {
    State wrapped{};
    new (wrapped.bytes) lm::ngram::State(state);
    return wrapped;
  }

  Model model_;
};

std::unique_ptr<LanguageModel> open_model(const std::string& path, KenlmLayout::ModelType type) {
  using namespace lm::ngram;
  switch (type) {
    case KenlmLayout::kRestProbing: return std::make_unique<Kenlm<RestProbingModel>>(path);
    case KenlmLayout::kTrie: return std::make_unique<Kenlm<TrieModel>>(path);
    case KenlmLayout::kQuantTrie: return std::make_unique<Kenlm<QuantTrieModel>>(path);
    case KenlmLayout::kArrayTrie: return std::make_unique<Kenlm<ArrayTrieModel>>(path);
    case KenlmLayout::kQuantArrayTrie: return std::make_unique<Kenlm<QuantArrayTrieModel>>(path);
    default: return std::make_unique<Kenlm<ProbingModel>>(path);
  }
}

// KenLM's messages start with a line that says where in its source they come from.
std::string reason_of(const util::Exception& error) {
  std::string text = error.what();
  const size_t first_line_end = text.find('\n');
  if (first_line_end != std::string::npos) text.erase(0, first_line_end + 1);
  std::replace(text.begin(), text.end(), '\n', ' ');
  text.erase(std::min(text.find_last_not_of(" .") + 1, text.size()));
  return text;
}

// Checks what KenLM takes on trust, and returns as what kind of model it has to open the file.
KenlmLayout::ModelType check_model(const MappedFile& file, uint64_t* end_of_model) {
  *end_of_model = 0;
  if (is_arpa(file)) {
    check_order(file, read_arpa_counts(file).size());
    check_arpa_ngrams(file);
    return KenlmLayout::kProbing;
  }
  const KenlmLayout layout = read_kenlm_layout(file);
  check_kenlm_tables(file, layout);
  *end_of_model = layout.end;
  return layout.model_type;
}

void each_stored_word(const MappedFile& file, const KenlmLayout& layout,
                      const std::function<void(std::string_view)>& visit) {
  if (!layout.has_vocabulary_strings) {
    throw FormatError(FormatError::kInvalidLanguageModel, file.path(),
                      "a language model without its words; build it with build_binary without -v, or pass a word "
                      "list.");
  }
  std::string_view rest(reinterpret_cast<const char*>(file.data()) + layout.end, file.size() - layout.end);
  for (uint32_t i = 0; i < layout.n_words; ++i) {
    const size_t end = rest.find('\0');
    if (end == std::string_view::npos) {
      throw FormatError(FormatError::kInvalidLanguageModel, file.path(),
                        "the file ends within its words, after " + std::to_string(i) + " of " +
                            std::to_string(layout.n_words) + "; copy or build it again.");
    }
    visit(rest.substr(0, end));
    rest.remove_prefix(end + 1);
  }
}

}  // namespace

std::unique_ptr<LanguageModel> LanguageModel::load(const std::string& path, uint64_t* end_of_model) {
  const MappedFile file(path);
  uint64_t end = 0;
  const KenlmLayout::ModelType type = check_model(file, &end);
  if (end_of_model) *end_of_model = end;
  try {
    return open_model(path, type);
  } catch (const util::Exception& error) {
    throw FormatError(FormatError::kInvalidLanguageModel, path,
                      "the language model cannot be read (" + reason_of(error) + "); build it again.");
  }
}

void LanguageModel::each_word(const std::string& path, const std::function<void(std::string_view)>& visit) {
  const MappedFile file(path);
  if (is_arpa(file)) return each_arpa_word(file, visit);
  each_stored_word(file, read_kenlm_layout(file), visit);
}

double log_probability(const LanguageModel& model, const std::vector<std::string>& words, bool bos, bool eos) {
  LanguageModel::State state = bos ? model.start_of_sentence() : model.empty_context(), after;
  float log10_p = 0.0f;
  for (const std::string& word : words) {
    const LanguageModel::WordId id = model.id(word);
    if (id == LanguageModel::kUnknown) return LanguageModel::kUnknownWord;
    log10_p = model.score(state, id, &after);
    state = after;
  }
  if (eos) log10_p = model.score(state, model.end_of_sentence(), &after);
  return log10_p / LanguageModel::kLog10E;
}

}  // namespace ctcdecode
