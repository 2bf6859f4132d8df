// What a file is that is not the one that is wanted, by its first bytes: what Git leaves in place of a large file, the web
// page that a download server answered with, an archive, another model.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace ctcdecode {

// Returns "this is ...; what to do." about a file that begins like this, or an empty string if that shows nothing.
std::string explain_content(std::string_view head);

// Returns what to say of a file that is not what is wanted: what it is, or `otherwise`.
inline std::string explain_content(const uint8_t* data, uint64_t size, const char* otherwise) {
  const std::string known = explain_content(std::string_view(reinterpret_cast<const char*>(data), size));
  return known.empty() ? otherwise : known;
}

}  // namespace ctcdecode
