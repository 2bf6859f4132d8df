#include "interface/model_alphabet.h"

#include <stdexcept>

#include "deepspeech.h"
#include "model/model_error.h"

namespace deepspeech {
namespace {

using ctcdecode::Alphabet;
using Pointer = std::shared_ptr<const Alphabet>;

[[noreturn]] void refuse(const std::string& detail) { throw ModelError(DS_ERR_INVALID_ALPHABET, detail); }

Pointer read(const std::string& path) {
  try {
    return std::make_shared<const Alphabet>(Alphabet::from_file(path));
  } catch (const std::exception& error) {
    refuse(error.what());
  }
}

Pointer deserialized(const std::string& data) {
  try {
    return std::make_shared<const Alphabet>(Alphabet::from_serialized(data));
  } catch (const std::invalid_argument& error) {
    refuse(std::string("the alphabet in it cannot be read (") + error.what() +
           "); get the file again or export the model anew.");
  }
}

void check_size(const Alphabet& alphabet, const AcousticModel& model, const std::string& name,
                const std::string& advice) {
  if (alphabet.size() + size_t{1} == model.n_classes()) return;
  refuse(name + " has " + std::to_string(alphabet.size()) + " labels, but its network tells " +
         std::to_string(model.n_classes() - 1) + " apart; " + advice + " the alphabet it was trained with.");
}

void compare(const Alphabet& own, const Alphabet& given, const std::string& path) {
  const std::string advice = "leave the file out, this model does not need it.";
  if (given.size() != own.size()) {
    refuse("the alphabet in it has " + std::to_string(own.size()) + " labels, " + path + " has " +
           std::to_string(given.size()) + "; " + advice);
  }
  for (size_t label = 0; label < own.size(); ++label) {
    if (given.labels()[label] == own.labels()[label]) continue;
    refuse("label " + std::to_string(label) + " is '" + own.labels()[label] + "' in it and '" + given.labels()[label] +
           "' in " + path + "; " + advice);
  }
}

}  // namespace

Pointer alphabet_of(const AcousticModel& model, const std::string& path) {
  const Pointer given = path.empty() ? nullptr : read(path);
  if (!model.alphabet) {
    if (!given) {
      refuse(
          "models of releases before 0.5 have no alphabet in them; pass the alphabet.txt it was trained with as "
          "alphabet_path (on the command line: --alphabet).");
    }
    check_size(*given, model, "the alphabet " + path, "pass");
    return given;
  }
  const Pointer own = deserialized(*model.alphabet);
  check_size(*own, model, "its alphabet", "export the model anew with");
  if (given) compare(*own, *given, path);
  return own;
}

}  // namespace deepspeech
