// A language model of three orders as ARPA text, and its probabilities looked up in that text by the definition of
// back-off: what KenLM and the search are compared with.
#pragma once

#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <map>
#include <stdexcept>
#include <string>
#include <vector>

namespace small_model {

using Words = std::vector<std::string>;

struct Ngram {
  double log10_p, backoff;
};

// The n-grams of the model by their words. Probabilities need not add up to one for what is tested.
inline const std::map<Words, Ngram>& ngrams() {
  static const std::map<Words, Ngram> all = {
      {{"<unk>"}, {-2.5, 0.0}},
      {{"<s>"}, {-99.0, -0.31}},
      {{"</s>"}, {-0.9, 0.0}},
      {{"a"}, {-0.6, -0.22}},
      {{"b"}, {-0.8, -0.17}},
      {{"ab"}, {-1.1, -0.4}},
      {{"ba"}, {-1.3, -0.05}},
      {{"<s>", "a"}, {-0.35, -0.12}},
      {{"<s>", "ab"}, {-0.7, -0.2}},
      {{"a", "b"}, {-0.25, -0.33}},
      {{"a", "ab"}, {-0.55, 0.0}},
      {{"b", "a"}, {-0.45, -0.28}},
      {{"ab", "ba"}, {-0.15, -0.09}},
      {{"ba", "</s>"}, {-0.2, 0.0}},
      {{"<s>", "a", "b"}, {-0.12, 0.0}},
      {{"a", "b", "a"}, {-0.5, 0.0}},
      {{"<s>", "ab", "ba"}, {-0.05, 0.0}},
      {{"b", "a", "b"}, {-0.65, 0.0}},
  };
  return all;
}

// log10 P(word | before): of the longest n-gram that there is, and the back-off weights of the longer contexts.
inline double log10_p(Words before, const std::string& word) {
  if (before.size() > 2) before.erase(before.begin(), before.end() - 2);
  Words whole = before;
  whole.push_back(word);
  const auto found = ngrams().find(whole);
  if (found != ngrams().end()) return found->second.log10_p;
  if (before.empty()) return ngrams().at({"<unk>"}).log10_p;
  const auto context = ngrams().find(before);
  const double backoff = context == ngrams().end() ? 0.0 : context->second.backoff;
  return backoff + log10_p(Words(before.begin() + 1, before.end()), word);
}

// A folder that is there as long as this lives.
class Folder {
 public:
  Folder() : path_("/tmp/ctcdecode_test_XXXXXX") {
    if (!mkdtemp(path_.data())) throw std::runtime_error("cannot make " + path_);
  }
  ~Folder() {
    for (const std::string& name : names_) unlink(name.c_str());
    rmdir(path_.c_str());
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;

  // The path of a file in it, which is deleted with the folder.
  std::string file(const std::string& name) {
    names_.push_back(path_ + "/" + name);
    return names_.back();
  }

 private:
  std::string path_;
  std::vector<std::string> names_;
};

// Writes the model as ARPA text.
inline void write_arpa(const std::string& path) {
  std::ofstream file(path);
  file.precision(9);
  file << "\\data\\\n";
  for (size_t order = 1; order <= 3; ++order) {
    size_t n = 0;
    for (const auto& ngram : ngrams()) n += ngram.first.size() == order;
    file << "ngram " << order << "=" << n << "\n";
  }
  for (size_t order = 1; order <= 3; ++order) {
    file << "\n\\" << order << "-grams:\n";
    for (const auto& ngram : ngrams()) {
      if (ngram.first.size() != order) continue;
      file << ngram.second.log10_p << "\t";
      for (size_t i = 0; i < order; ++i) file << (i ? " " : "") << ngram.first[i];
      if (order < 3) file << "\t" << ngram.second.backoff;
      file << "\n";
    }
  }
  file << "\n\\end\\\n";
  if (!file.flush()) throw std::runtime_error("cannot write " + path);
}

}  // namespace small_model
