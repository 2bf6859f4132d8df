// What the functions of the C interface share: no exception leaves them, and what went wrong is remembered.
#pragma once

#include <new>
#include <stdexcept>
#include <string>

#include "deepspeech.h"
#include "model/model_error.h"

namespace deepspeech {

// Remembers a failure of this thread for DSX_LastError; returns `code`.
int failed(int code, const char* detail) noexcept;
const char* last_error() noexcept;

// Runs `action`; returns DS_ERR_OK, or the code of what it throws - `code` where that has none of its own.
template <typename Action>
int guarded(int code, Action action) noexcept {
  try {
    action();
    return DS_ERR_OK;
  } catch (const ModelError& error) {
    return failed(error.code(), error.what());
  } catch (const std::bad_alloc&) {
    return failed(code, "memory ran out; use a smaller model, or a smaller beam width.");
  } catch (const std::exception& error) {
    return failed(code, error.what());
  } catch (...) {
    return failed(code, "of an unknown cause.");
  }
}

// These throw for a pointer that must not be NULL: for a model with a code of its own, else with that of the function.
inline void need_model(const void* model) {
  if (!model) throw ModelError(DS_ERR_NO_MODEL, "the model is NULL; pass one that was created.");
}
inline void need_stream(const void* stream) {
  if (!stream) throw std::invalid_argument("the stream is NULL; pass one that was created and not finished.");
}
inline void need(const void* pointer, const char* name) {
  if (!pointer) throw std::invalid_argument(std::string(name) + " is NULL; pass what it points to.");
}

// Texts are given away in the encoding they have; NULL is an empty one.
inline std::string text_of(const char* text) { return text ? text : ""; }

}  // namespace deepspeech
