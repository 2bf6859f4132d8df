// Reads model files: frozen graphs of TensorFlow (.pb), the same memory-mapped (.pbmm), and files of TensorFlow Lite.
// The content decides which it is, not the name.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "model/acoustic_model.h"

namespace deepspeech {

// Throws ModelError, with the path in its text: the file is no model, damaged, or computes something else.
std::shared_ptr<const AcousticModel> read_model(const std::string& path);

// The same of the bytes of a file, which `storage` keeps.
std::shared_ptr<const AcousticModel> read_model(std::string_view bytes, std::shared_ptr<const void> storage);

}  // namespace deepspeech
