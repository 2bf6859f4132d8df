#include "sound_library.h"

#include <dlfcn.h>

#include <cstdio>

#include "errors.h"

namespace deepspeech::client {
namespace {

constexpr const char* kRemedy = "convert it, for instance with ffmpeg -i IN OUT.wav.";
constexpr const char* kNames[] = {"libsndfile.so.1", "libsndfile.1.dylib"};
constexpr int64_t kUnbounded = int64_t{1} << 62;  // it states more frames where it knows no length

// The part of its interface that is used, as its documentation describes it (libsndfile 1.0, API).
extern "C" {
struct SndfileHandle;
struct SndfileInfo {
  int64_t frames;
  int samplerate, channels, format, sections, seekable;
};
}
constexpr int kReadMode = 0x10;          // SFM_READ
constexpr int kFormatMask = 0x0FFF0000;  // SF_FORMAT_TYPEMASK
constexpr int kMpegFormat = 0x230000;    // SF_FORMAT_MPEG; its number of frames is an estimate

class Library {
 public:
  Library() {
    for (const char* name : kNames) {
      if (!handle_) handle_ = dlopen(name, RTLD_NOW | RTLD_LOCAL);
    }
    if (!handle_) return;
    find("sf_open", open);
    find("sf_readf_float", read_frames);
    find("sf_close", close);
    find("sf_strerror", message);
    find("sf_error", error);
  }

  bool is_complete() const { return open && read_frames && close && message && error; }

  SndfileHandle* (*open)(const char* path, int mode, SndfileInfo* info) = nullptr;
  int64_t (*read_frames)(SndfileHandle* file, float* frames, int64_t n_frames) = nullptr;
  int (*close)(SndfileHandle* file) = nullptr;
  const char* (*message)(SndfileHandle* file) = nullptr;
  int (*error)(SndfileHandle* file) = nullptr;

 private:
  template <typename Function>
  void find(const char* name, Function& function) {
    function = reinterpret_cast<Function>(dlsym(handle_, name));
  }

  void* handle_ = nullptr;  // stays open until the program ends
};

const Library& library() {
  static const Library instance;
  return instance;
}

// The library's words end with a full stop, or with a line.
std::string trimmed(std::string text) {
  while (!text.empty() && (text.back() == '.' || text.back() == '\n' || text.back() == ' ')) text.pop_back();
  return text;
}

class LibraryReader : public SoundReader {
 public:
  LibraryReader(SndfileHandle* file, const SndfileInfo& info, const std::string& name)
      : file_(file), info_(info), name_(name) {}
  ~LibraryReader() override { library().close(file_); }

  uint32_t rate_hz() const override { return static_cast<uint32_t>(info_.samplerate); }
  uint32_t n_channels() const override { return static_cast<uint32_t>(info_.channels); }

  size_t read(float* frames, size_t n_frames) override {
    const int64_t n = library().read_frames(file_, frames, static_cast<int64_t>(n_frames));
    if (n <= 0 && library().error(file_)) {
      throw AudioError(name_ + ": damaged after " + seconds(n_read_) + " s (" + trimmed(library().message(file_)) +
                       "); get it again, or write what is there to a new one with ffmpeg or sox.");
    }
    if (n <= 0) return 0;
    n_read_ += n;
    return static_cast<size_t>(n);
  }

  void check_whole() const override {
    const bool is_stated = info_.frames > 0 && info_.frames < kUnbounded && (info_.format & kFormatMask) != kMpegFormat;
    if (!is_stated || n_read_ >= info_.frames) return;
    throw AudioError(
        name_ + ": ends after " + seconds(n_read_) + " of " + seconds(info_.frames) +
        " s; the file is cut short, get it again, or write what is there to a new one with ffmpeg or sox.");
  }

 private:
  std::string seconds(int64_t n_frames) const {
    char text[32];
    std::snprintf(text, sizeof(text), "%.2f", static_cast<double>(n_frames) / info_.samplerate);
    return text;
  }

  SndfileHandle* file_;
  SndfileInfo info_;
  const std::string name_;
  int64_t n_read_ = 0;
};

}  // namespace

std::unique_ptr<SoundReader> open_with_library(const std::string& path) {
  if (!library().is_complete()) {
    throw AudioError(
        path +
        ": is not WAV of plain samples, and for other formats libsndfile.so.1 is needed, which this system "
        "lacks; install libsndfile, or " +
        kRemedy);
  }
  SndfileInfo info{};
  SndfileHandle* const file = library().open(path.c_str(), kReadMode, &info);
  if (!file) {
    throw AudioError(path + ": is no audio file that can be read (" + trimmed(library().message(nullptr)) +
                     "); name an audio file, or " + kRemedy);
  }
  auto reader = std::make_unique<LibraryReader>(file, info, path);
  if (info.channels < 1 || info.samplerate < 1) {
    throw AudioError(path + ": its header is damaged; get the file again.");
  }
  return reader;
}

}  // namespace deepspeech::client
