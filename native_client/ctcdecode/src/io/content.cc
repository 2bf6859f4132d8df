#include "content.h"

namespace ctcdecode {
namespace {

struct Foreign {
  size_t offset;
  std::string_view mark;
  const char* what;
};

constexpr char kWebPage[] = "a web page; the download failed, get the file itself";
constexpr char kUtf16[] = "text in UTF-16; convert it with iconv -f UTF-16 -t UTF-8";
// clang-format off
constexpr Foreign kForeign[] = {
    {0, "version https://git-lfs.github.com/spec/",
     "a pointer of Git LFS; fetch the file it stands for with git lfs pull"},
    {0, "\x1F\x8B", "a gzip archive; unpack it with gunzip"},
    {0, "BZh", "a bzip2 archive; unpack it with bunzip2"},
    {0, "\xFD" "7zXZ", "an xz archive; unpack it with unxz"},
    {0, "\x28\xB5\x2F\xFD", "a Zstandard archive; unpack it with unzstd"},
    {0, "PK\x03\x04", "a zip archive; extract it and name the file in it"},
    {257, "ustar", "a tar archive; extract it and name the file in it"},
    {0, "<!DOCTYPE", kWebPage}, {0, "<!doctype", kWebPage}, {0, "<html", kWebPage}, {0, "<HTML", kWebPage},
    {0, "\xFF\xFE", kUtf16}, {0, "\xFE\xFF", kUtf16},
    {0, "mmap lm http://kheafield.com/code", "a binary language model of KenLM; name another file"},
    {0, "\\data\\", "a language model in ARPA format; name another file"},
    {4, "TFL3", "a TensorFlow Lite model; name another file"},
    {8, "WAVE", "WAV audio; name another file"},
    {0, "fLaC", "FLAC audio; name another file"},
    {0, "OggS", "Ogg audio; name another file"},
    {0, "ID3", "MP3 audio; name another file"},
    {0, "\x7F" "ELF", "a program; name another file"},
};
// clang-format on

}  // namespace

std::string explain_content(std::string_view head) {
  for (const Foreign& foreign : kForeign) {
    if (head.size() >= foreign.offset && head.substr(foreign.offset, foreign.mark.size()) == foreign.mark) {
      return std::string("this is ") + foreign.what + ".";
    }
  }
  return "";
}

}  // namespace ctcdecode
