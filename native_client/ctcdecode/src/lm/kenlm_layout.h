// Where things lie in a KenLM binary of format version 5, and whether they can be trusted.
//
// KenLM follows the pointers in its files without looking where they lead, so a file is checked here before KenLM
// opens it. Scorer packages and models with vocabulary strings have more bytes behind the model.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "mapped_file.h"

namespace ctcdecode {

struct KenlmLayout {
  enum ModelType : uint32_t { kProbing, kRestProbing, kTrie, kQuantTrie, kArrayTrie, kQuantArrayTrie };

  // The n-grams of one order from 2 on. All arrays are of whole slots; offsets are in bytes from the start of the file.
  struct Table {
    uint64_t offset;
    uint64_t n_slots;  // probing: buckets; trie: n-grams and one more
    uint32_t slot_bits;
    uint32_t pointer_bits;  // trie, not the longest order: the highest bits of a slot are (the lowest of) a pointer
    uint64_t high_offset;   // array tries: entry h is the first slot whose pointer has h above the bits in the slot
    uint64_t n_high;
  };

  bool is_trie() const { return model_type >= kTrie; }
  bool is_quantised() const { return model_type == kQuantTrie || model_type == kQuantArrayTrie; }
  bool has_arrays() const { return model_type >= kArrayTrie; }

  int order;
  ModelType model_type;
  bool has_vocabulary_strings;   // at `end`, '\0'-separated, n_words of them
  std::vector<uint64_t> counts;  // n-grams per order
  uint32_t n_words;              // word ids are 0..n_words-1; 0 is the unknown word
  uint64_t vocabulary;           // offset of the word hashes (trie) or the buckets of hash and id (probing)
  uint64_t n_vocabulary_slots;
  uint64_t unigrams;
  std::vector<Table> tables;  // of the orders 2, 3, ...
  uint64_t end;               // offset behind the search structures
};

// True if the file starts like a KenLM binary of this version (else it may be ARPA text).
bool is_kenlm_binary(const MappedFile& file);

// Throws FormatError(kInvalidLanguageModel) if no model of this order can be used, in text or binary.
void check_order(const MappedFile& file, uint64_t order);

// Reads header and sizes. Throws FormatError(kInvalidLanguageModel) if `file` is no such model or too short for it.
KenlmLayout read_kenlm_layout(const MappedFile& file);

// Follows everything KenLM would follow: pointers, word ids, hash tables. Reads the file once from front to end, but
// not the n-grams of the longest order of a trie. Throws as above.
//
// What this leaves to the reader: probabilities may be anything, NaN included, and words that are out of order are not
// found.
void check_kenlm_tables(const MappedFile& file, const KenlmLayout& layout);

}  // namespace ctcdecode
