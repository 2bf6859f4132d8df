#include "loader_case.h"

#include <cmath>
#include <fstream>
#include <iterator>
#include <stdexcept>

#include "beam_search.h"
#include "errors.h"
#include "scorer.h"

namespace ctcdecode {
namespace {

constexpr size_t kMaxWords = 1000;  // scored per case

void require(bool holds, const char* what) {
  if (!holds) throw std::logic_error(what);
}

// Loads one file, and uses what was loaded.
class LoaderRun {
 public:
  LoaderRun(const LoaderCase& loader, Random* random) : case_(loader), random_(*random) {}

  bool run() {
    try {
      load();
      return true;
    } catch (const FormatError&) {
      return false;
    }
  }

 private:
  void load() {
    if (case_.kind == "package") {
      use(Scorer::load(case_.path, *case_.alphabet));
    } else if (case_.kind == "trie") {
      use(Scorer::load_trio(case_.lm_path, case_.path, *case_.alphabet));
    } else if (case_.kind == "arpa") {
      use(Scorer::load_trio(case_.path, "", *case_.alphabet));
    } else if (case_.kind == "language_model") {
      use(*LanguageModel::load(case_.path));
      use_words();
    } else {
      use_serialized();
      use(Alphabet::from_file(case_.path));
    }
  }

  void use(const Alphabet& alphabet) {
    const std::string text = alphabet.decode({0, alphabet.size() - 1});
    if (alphabet.can_encode(text)) alphabet.encode(text);
    const Alphabet copy = Alphabet::from_serialized(alphabet.serialize());
    require(copy.labels() == alphabet.labels(), "serialising changes labels");
  }

  void use_words() {
    try {
      LanguageModel::each_word(case_.path, [&](std::string_view word) { case_.alphabet->can_encode(word); });
    } catch (const FormatError&) {  // most models are stored without their words
    }
  }

  void use_serialized() {
    try {
      use(Alphabet::from_serialized(read_bytes(case_.path)));
    } catch (const std::invalid_argument&) {
    }
  }

  // Runs of text, so that long n-grams are found, with gaps, so that some are not.
  void use(const LanguageModel& model) {
    require(model.order() >= 2 && model.order() <= LanguageModel::kMaxOrder, "order out of range");
    LanguageModel::State before = model.start_of_sentence(), after;
    size_t at = 0;
    for (size_t i = 0; i < kMaxWords; ++i) {
      if (random_.below(8) == 0) at = random_.below(case_.words.size());
      if (random_.below(16) == 0) before = random_.below(2) ? model.start_of_sentence() : model.empty_context();
      const std::string& next = case_.words[at++ % case_.words.size()];
      const LanguageModel::WordId id = random_.below(32) ? model.id(next) : model.end_of_sentence();
      const float score = model.score(before, id, &after);
      require(score >= LanguageModel::kLeastLog10 && score <= 0.0f, "score out of range");
      before = after;
    }
    model.id("");
  }

  void use(std::shared_ptr<const Scorer> scorer) {
    use(scorer->model());
    if (scorer->dictionary()) walk(*scorer);
    decode(scorer);
  }

  void walk(const Scorer& scorer) {
    const Dictionary& dictionary = *scorer.dictionary();
    Dictionary::State state = Dictionary::kStart;
    std::vector<Label> labels;
    uint32_t index = 0;
    for (size_t i = 0; i < kMaxWords; ++i) {
      const auto n_arcs = static_cast<size_t>(dictionary.end(state) - dictionary.begin(state));
      require(n_arcs > 0, "a dead end in the dictionary");
      const Dictionary::Arc* arc = dictionary.begin(state) + random_.below(n_arcs);
      require(dictionary.find(state, arc->label) == arc, "an arc is not found");
      labels.push_back(arc->label);
      index += arc->words_before;
      state = arc->target;
      if (!arc->ends_word()) continue;
      require(index < dictionary.n_words(), "word index out of range");
      scorer.word_id(index, [&] { return case_.alphabet->decode(labels); });
      labels.clear();
      index = 0;
    }
  }

  void decode(std::shared_ptr<const Scorer> scorer) {
    DecoderOptions options;
    options.beam_width = static_cast<uint32_t>(1 + random_.below(16));
    BeamSearch search(case_.alphabet, std::move(scorer), options);
    constexpr size_t n_frames = 12;
    std::vector<double> frames;
    for (size_t i = 0; i < n_frames; ++i) add_frame(search.n_classes(), &frames);
    search.next(frames.data(), n_frames);
    for (const Hypothesis& hypothesis : search.results(4)) {
      require(std::isfinite(hypothesis.score), "a score that is not finite");
      require(hypothesis.label_probability >= 0.0 && hypothesis.label_probability <= 1.0,
              "label probability out of range");
    }
  }

  void add_frame(uint32_t n_classes, std::vector<double>* frames) {
    double sum = 0.0;
    const size_t start = frames->size();
    for (uint32_t c = 0; c < n_classes; ++c) {
      frames->push_back(std::pow(static_cast<double>(1 + random_.below(1000)), 3.0));
      sum += frames->back();
    }
    for (size_t i = start; i < frames->size(); ++i) (*frames)[i] /= sum;
  }

  const LoaderCase& case_;
  Random& random_;
};

}  // namespace

bool load_and_use(const LoaderCase& loader, Random* random) { return LoaderRun(loader, random).run(); }

std::string read_bytes(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) throw std::runtime_error("cannot read " + path);
  return std::string(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>());
}

}  // namespace ctcdecode
