// What a dictionary lets one hope for while a word is being spelled.
#pragma once

#include <vector>

#include "alphabet.h"
#include "dictionary.h"
#include "language_model.h"

namespace ctcdecode {

// For every arc, by its distance from begin(kStart): the natural log of the unigram probability of the most probable
// word that goes through it, with any beginning and any end. -1000 where none does, or none that the model knows.
// Throws std::invalid_argument if a label is not in the alphabet, or there is more to spell than real vocabularies
// hold.
std::vector<float> best_words_of_arcs(const LanguageModel& model, const Dictionary& dictionary,
                                      const Alphabet& alphabet);

}  // namespace ctcdecode
