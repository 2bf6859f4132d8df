// One file for one loader: what the fuzzers try, whoever makes the files.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "alphabet.h"
#include "random.h"

namespace ctcdecode {

struct LoaderCase {
  std::string kind;     // package, trie, language_model, arpa, alphabet
  std::string path;     // of the file to be loaded
  std::string lm_path;  // kind trie: the language model beside it
  std::shared_ptr<const Alphabet> alphabet;
  std::vector<std::string> words;  // that models may know; not empty
};

// Loads the file and uses what was loaded. Returns whether the file was accepted. Throws whatever a loader must not throw,
// or logic_error where something that was loaded breaks a promise of its header.
bool load_and_use(const LoaderCase& loader, Random* random);

std::string read_bytes(const std::string& path);

}  // namespace ctcdecode
