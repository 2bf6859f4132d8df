// The alphabet of a model: inside it since release 0.5, in a file beside it before.
#pragma once

#include <memory>
#include <string>

#include "alphabet.h"
#include "model/acoustic_model.h"

namespace deepspeech {

// `path`: of an alphabet file, or empty. Throws ModelError(DS_ERR_INVALID_ALPHABET): it is missing or damaged, has not one
// label an output of the network, or is not that of the file.
std::shared_ptr<const ctcdecode::Alphabet> alphabet_of(const AcousticModel& model, const std::string& path);

}  // namespace deepspeech
