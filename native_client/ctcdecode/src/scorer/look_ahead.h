// Language-model look-ahead: how probable the best word is that a prefix can still become, from unigrams.
//
// While a word is being spelled the language model has said nothing about it, and beams that spell improbable words take
// the place of better ones. So each prefix is charged at once for the best word it can become, and gets that back when the
// word is complete and scored in its context.
// Source: Ortmanns, Ney & Eiden 1996, "Language-model look-ahead for large vocabulary speech recognition", ICSLP; Ortmanns
// & Ney 2000, "Look-ahead techniques for fast beam search", Computer Speech & Language 14. Theirs is a tree of letters,
// each node of which has its own best word; ours is a minimal automaton, whose arcs are shared by words with equal ends.
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
