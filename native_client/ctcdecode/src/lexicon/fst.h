// Dictionaries in OpenFst's binary formats: acceptors over the standard arc, labels one higher than in the alphabet.
#pragma once

#include <cstdint>

#include "dictionary.h"
#include "file_writer.h"
#include "mapped_file.h"

namespace ctcdecode {

// Read from `offset` on; bytes behind the last arc are of no concern, `end` is told where they begin. The tables lie
// within the file, but Dictionary decides whether words can be found in them. Throw FormatError(kInvalidTrie).
Dictionary::Tables read_const_fst(const MappedFile& file, uint64_t offset, uint64_t* end = nullptr);
Dictionary::Tables read_vector_fst(const MappedFile& file, uint64_t offset);

// Append to `file`. The `const` format is padded according to the position in the file.
void write_const_fst(const Dictionary::Tables& tables, FileWriter* file);
void write_vector_fst(const Dictionary::Tables& tables, FileWriter* file);

}  // namespace ctcdecode
