// The entry of libFuzzer for one kind of file, CTCDECODE_FUZZ_KIND (see loader_case.h). Build with clang:
//
//   cmake -S native_client -B build -DCMAKE_CXX_COMPILER=clang++ -DNATIVE_LIBFUZZER=ON
//   cmake --build build --target libfuzzer_package
//   build/bin/libfuzzer_package CORPUS
//
// Seed files are those of bench/fuzz_loaders.py. Each is tried with the English alphabet, and if that is refused with bytes.
#include <sys/mman.h>
#include <unistd.h>

#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <stdexcept>
#include <string>

#include "guarded_mmap.h"
#include "loader_case.h"

namespace ctcdecode {
namespace {

constexpr char kArpa[] =
    "\\data\\\nngram 1=5\nngram 2=2\n\n\\1-grams:\n-2\t<unk>\t0\n-99\t<s>\t-0.3\n-1\t</s>\t0\n-0.5\tthe\t-0.2\n"
    "-0.7\tcat\t-0.1\n\n\\2-grams:\n-0.2\t<s> the\n-0.3\tthe cat\n\n\\end\\\n";

// A file in memory, as long as the process lives.
class MemoryFile {
 public:
  MemoryFile() : file_(memfd_create("case", 0)), path_("/proc/self/fd/" + std::to_string(file_)) {
    if (file_ < 0) std::abort();
  }

  const std::string& path() const { return path_; }

  void assign(const void* data, size_t size) {
    if (ftruncate(file_, 0) != 0 || pwrite(file_, data, size, 0) != static_cast<ssize_t>(size)) std::abort();
  }

 private:
  const int file_;
  const std::string path_;
};

LoaderCase english_case(const std::string& path) {
  std::vector<std::string> labels{" "};
  for (char letter = 'a'; letter <= 'z'; ++letter) labels.emplace_back(1, letter);
  labels.emplace_back("'");
  static MemoryFile lm;
  lm.assign(kArpa, sizeof(kArpa) - 1);
  return LoaderCase{CTCDECODE_FUZZ_KIND,
                    path,
                    lm.path(),
                    std::make_shared<const Alphabet>(labels),
                    {"the", "cat", "one", "two", "please", "a", "e"}};
}

}  // namespace
}  // namespace ctcdecode

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace ctcdecode;
  static MemoryFile file;
  static const LoaderCase english = english_case(file.path());
  static const LoaderCase bytes{english.kind, english.path, english.lm_path,
                                std::make_shared<const Alphabet>(Alphabet::bytes()), english.words};
  file.assign(data, size);
  Random random(size);
  if (load_and_use(english, &random)) return 0;
  load_and_use(bytes, &random);  // what it throws, libFuzzer reports
  return 0;
}
