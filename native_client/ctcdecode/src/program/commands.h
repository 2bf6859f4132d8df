// The command-line tools of the decoder, for native programs and for Python entry points alike.
//
// `args` are the words behind the program's name. Messages go to `err`, what was asked for (help) to `out`. They return
// the exit status: 0 only if the file asked for is there, 1 with a line `E ...` on any failure, 255 with the usage if
// the number of arguments is wrong. They do not throw.
#pragma once

#include <iosfwd>
#include <string>
#include <vector>

namespace ctcdecode {

// --lm FILE --vocab FILE --package FILE --default_alpha A --default_beta B [--alphabet FILE]
// [--force_bytes_output_mode BOOL]: language model and word list to scorer package.
int run_generate_scorer_package(const std::vector<std::string>& args, std::ostream& out, std::ostream& err);

// ALPHABET LM VOCABULARY TRIE (file version 1 unless --trie_version says otherwise) or ALPHABET LM TRIE (version 3;
// the words are those of the model).
int run_generate_trie(const std::vector<std::string>& args, std::ostream& out, std::ostream& err);

// MODEL OUT: the words of a KenLM model, one per line, <unk> first.
int run_enumerate_kenlm_vocabulary(const std::vector<std::string>& args, std::ostream& out, std::ostream& err);

}  // namespace ctcdecode
