#include "model_file.h"

#include <sys/stat.h>

#include <new>
#include <string_view>

#include "content.h"
#include "deepspeech.h"
#include "errors.h"
#include "formats/graph_def.h"
#include "formats/memory_mapped.h"
#include "formats/tflite.h"
#include "mapped_file.h"
#include "model_error.h"
#include "recognition/legacy_network.h"
#include "recognition/network.h"

namespace deepspeech {
namespace {

constexpr size_t kHeadBytes = 512;

// What the views of a model point into.
struct Storage {
  explicit Storage(const std::string& path) : file(path) {}

  ctcdecode::MappedFile file;
  Arena arena;
};

bool ends_with(const std::string& text, std::string_view end) {
  return text.size() >= end.size() && text.compare(text.size() - end.size(), end.size(), end) == 0;
}

std::shared_ptr<Storage> open(const std::string& path) {
  int code = ends_with(path, ".pbmm") || ends_with(path, ".tflite") ? DS_ERR_FAIL_INIT_MMAP : DS_ERR_FAIL_READ_PROTOBUF;
  struct stat status;
  if (::stat(path.c_str(), &status) == 0 && S_ISDIR(status.st_mode)) code = DS_ERR_MODEL_INCOMPATIBLE;
  std::shared_ptr<Storage> storage;
  try {
    storage = std::make_shared<Storage>(path);
  } catch (const ctcdecode::FormatError& error) {
    throw ModelError(code, error.what());
  }
  if (storage->file.size() == 0) throw ModelError(code, path + " is empty; pass the path of an exported model.");
  return storage;
}

// What is wrong with a file that is no graph: what it is, if that is known.
ModelError explained(const ModelError& error, std::string_view bytes) {
  const std::string known = ctcdecode::explain_content(bytes.substr(0, kHeadBytes));
  return known.empty() ? error : ModelError(error.code(), known);
}

Graph read_graph(std::string_view bytes, Arena* arena) {
  try {
    if (is_memory_mapped(bytes)) return read_memory_mapped(bytes, arena);
    return read_graph_def(bytes, DS_ERR_FAIL_READ_PROTOBUF, {}, arena);
  } catch (const ModelError& error) {
    throw explained(error, bytes);
  }
}

void read(Storage* storage, AcousticModel* model) {
  const std::string_view bytes(reinterpret_cast<const char*>(storage->file.data()), storage->file.size());
  if (is_tflite(bytes)) {
    recognise_network(read_tflite(bytes, &storage->arena), true, &storage->arena, model);
    return;
  }
  const Graph graph = read_graph(bytes, &storage->arena);
  if (is_legacy_network(graph)) {
    recognise_legacy_network(graph, &storage->arena, model);
  } else {
    recognise_network(graph, false, &storage->arena, model);
  }
}

}  // namespace

std::shared_ptr<const AcousticModel> read_model(const std::string& path) {
  const std::shared_ptr<Storage> storage = open(path);
  auto model = std::make_shared<AcousticModel>();
  try {
    read(storage.get(), model.get());
  } catch (const ModelError& error) {
    throw ModelError(error.code(), path + ": " + error.what());
  } catch (const std::bad_alloc&) {
    throw ModelError(DS_ERR_FAIL_CREATE_MODEL, path + ": there is not enough memory to open it; free some.");
  }
  model->storage = std::shared_ptr<const void>(storage, storage.get());
  return model;
}

}  // namespace deepspeech
