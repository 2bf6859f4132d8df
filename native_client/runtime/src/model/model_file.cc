#include "model/model_file.h"

#include <sys/stat.h>

#include <algorithm>
#include <exception>
#include <new>
#include <string>
#include <string_view>

#include "content.h"
#include "deepspeech.h"
#include "errors.h"
#include "formats/graph_def.h"
#include "formats/memory_mapped.h"
#include "formats/tflite.h"
#include "mapped_file.h"
#include "model/model_error.h"
#include "recognition/legacy_network.h"
#include "recognition/network.h"

namespace deepspeech {
namespace {

constexpr size_t kHeadBytes = 512;

// What the views of a model point into.
struct Storage {
  std::shared_ptr<const void> bytes;
  Arena arena;
};

bool ends_with(const std::string& text, std::string_view end) {
  return text.size() >= end.size() && text.compare(text.size() - end.size(), end.size(), end) == 0;
}

std::shared_ptr<const ctcdecode::MappedFile> open(const std::string& path) {
  int code = ends_with(path, ".pbmm") || ends_with(path, ".tflite") ? DS_ERR_FAIL_INIT_MMAP : DS_ERR_FAIL_READ_PROTOBUF;
  struct stat status;
  if (::stat(path.c_str(), &status) == 0 && S_ISDIR(status.st_mode)) code = DS_ERR_MODEL_INCOMPATIBLE;
  std::shared_ptr<const ctcdecode::MappedFile> file;
  try {
    file = std::make_shared<const ctcdecode::MappedFile>(path);
  } catch (const ctcdecode::FormatError& error) {
    throw ModelError(code, error.what());
  }
  if (file->size() == 0) throw ModelError(code, path + " is empty; pass the path of an exported model.");
  return file;
}

// Whether there are characters only, as in no graph.
bool is_text(std::string_view head) {
  return std::all_of(head.begin(), head.end(), [](unsigned char byte) {
    return byte >= ' ' || byte == '\t' || byte == '\n' || byte == '\f' || byte == '\r';
  });
}

// What is wrong with a file that is no graph: what it is, if that is known.
ModelError explained(const ModelError& error, std::string_view bytes) {
  const std::string_view head = bytes.substr(0, kHeadBytes);
  const std::string known = ctcdecode::explain_content(head);
  if (!known.empty()) return ModelError(error.code(), known);
  return is_text(head) ? ModelError(error.code(), "this is text, not an exported model; name an exported model.")
                       : error;
}

Graph read_graph(std::string_view bytes, Arena* arena) {
  try {
    if (is_memory_mapped(bytes)) return read_memory_mapped(bytes, arena);
    return read_graph_def(bytes, DS_ERR_FAIL_READ_PROTOBUF, {}, arena);
  } catch (const ModelError& error) {
    throw explained(error, bytes);
  }
}

void read(std::string_view bytes, Arena* arena, AcousticModel* model) {
  if (is_tflite(bytes)) {
    recognise_network(read_tflite(bytes, arena), true, arena, model);
    return;
  }
  const Graph graph = read_graph(bytes, arena);
  if (is_legacy_network(graph)) {
    recognise_legacy_network(graph, arena, model);
  } else {
    recognise_network(graph, false, arena, model);
  }
}

}  // namespace

std::shared_ptr<const AcousticModel> read_model(const std::string& path) {
  const std::shared_ptr<const ctcdecode::MappedFile> file = open(path);
  try {
    return read_model(std::string_view(reinterpret_cast<const char*>(file->data()), file->size()), file);
  } catch (const ModelError& error) {
    throw ModelError(error.code(), path + ": " + error.what());
  }
}

std::shared_ptr<const AcousticModel> read_model(std::string_view bytes, std::shared_ptr<const void> storage) {
  try {
    const auto kept = std::make_shared<Storage>();
    kept->bytes = std::move(storage);
    auto model = std::make_shared<AcousticModel>();
    read(bytes, &kept->arena, model.get());
    model->storage = kept;
    model->bytes = bytes;
    return model;
  } catch (const ModelError&) {
    throw;
  } catch (const std::bad_alloc&) {
    throw ModelError(DS_ERR_FAIL_CREATE_MODEL, "there is not enough memory to open it; free some.");
  } catch (
      const std::exception& error) {  // a damaged file may lack what recognisers take for granted, or take too long
    throw ModelError(DS_ERR_FAIL_CREATE_SESS, std::string("its parts do not fit each other (") + error.what() +
                                                  "); the file is damaged, get it again.");
  }
}

}  // namespace deepspeech
