// A UTF-8 character as far as it is spelled, byte by byte: the unit of scoring in bytes mode.
#pragma once

#include <algorithm>
#include <cstdint>

namespace ctcdecode {

inline bool continues_code_point(uint32_t byte) { return (byte & 0xC0) == 0x80; }

struct CodePoint {
  uint32_t bytes;  // the last four, newest lowest
  uint8_t n;       // 5 stands for more

  CodePoint followed_by(uint32_t byte) const {
    if (!continues_code_point(byte)) return CodePoint{byte, 1};
    return CodePoint{bytes << 8 | byte, static_cast<uint8_t>(std::min(n + 1, 5))};
  }

  bool is_complete() const { return n >= 1 && n <= 4 && length_behind(bytes >> (8 * (n - 1)) & 0xFF) == n; }

 private:
  // How many bytes a character has that starts with `byte`; 0 if none does.
  static uint8_t length_behind(uint32_t byte) {
    if (byte >> 7 == 0) return 1;
    if (byte >> 5 == 6) return 2;
    if (byte >> 4 == 0xE) return 3;
    if (byte >> 3 == 0x1E) return 4;
    return 0;
  }
};

}  // namespace ctcdecode
