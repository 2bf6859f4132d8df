#include <dirent.h>
#include <sys/stat.h>

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <cstring>
#include <memory>

#include "arguments.h"
#include "errors.h"

namespace deepspeech::client {
namespace {

constexpr const char* kEndings[] = {".flac", ".ogg", ".oga", ".opus", ".mp3", ".aif", ".aiff", ".au", ".caf", ".w64"};

bool is_directory(const std::string& path) {
  struct stat state;
  return stat(path.c_str(), &state) == 0 && S_ISDIR(state.st_mode);
}

// The published client takes every entry with ".wav" anywhere in its name.
bool is_named_like_audio(std::string name) {
  std::transform(name.begin(), name.end(), name.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  if (name.find(".wav") != std::string::npos) return true;
  return std::any_of(std::begin(kEndings), std::end(kEndings), [&](const std::string& ending) {
    return name.size() >= ending.size() && name.compare(name.size() - ending.size(), ending.size(), ending) == 0;
  });
}

std::vector<std::string> files_in(const std::string& directory) {
  const std::unique_ptr<DIR, int (*)(DIR*)> entries(opendir(directory.c_str()), closedir);
  if (!entries) {
    throw UsageError(directory + ": this directory cannot be read (" + std::strerror(errno) +
                     "); check its permissions.");
  }
  std::vector<std::string> paths;
  while (const dirent* entry = readdir(entries.get())) {
    if (is_named_like_audio(entry->d_name)) {
      paths.push_back(directory + (directory.back() == '/' ? "" : "/") + entry->d_name);
    }
  }
  std::sort(paths.begin(), paths.end());
  return paths;
}

}  // namespace

std::vector<std::string> find_audio(const std::vector<std::string>& paths) {
  std::vector<std::string> found;
  for (const std::string& path : paths) {
    const std::vector<std::string> inside = is_directory(path) ? files_in(path) : std::vector<std::string>{};
    found.insert(found.end(), inside.begin(), inside.end());
    if (inside.empty()) found.push_back(path);  // so that it is reported like a file
  }
  return found;
}

}  // namespace deepspeech::client
