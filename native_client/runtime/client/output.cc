#include "output.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace deepspeech::client {
namespace {

constexpr char32_t kReplacement = 0xFFFD;

// Takes a character off the front of `text`, which is not empty.
char32_t next_character(const char*& text, const char* end) {
  const auto byte = [](const char* place) { return static_cast<unsigned char>(*place); };
  const unsigned first = byte(text++);
  if (first < 0x80) return first;
  const int n_more = first >= 0xC2 && first < 0xE0   ? 1
                     : first >= 0xE0 && first < 0xF0 ? 2
                     : first >= 0xF0 && first < 0xF5 ? 3
                                                     : 0;
  if (n_more == 0) return kReplacement;
  char32_t code = first & (0x3F >> n_more);
  const char* place = text;
  for (int i = 0; i < n_more; ++i, ++place) {
    if (place == end || (byte(place) & 0xC0) != 0x80) return kReplacement;
    code = code << 6 | (byte(place) & 0x3F);
  }
  constexpr char32_t kSmallest[] = {0, 0x80, 0x800, 0x10000};
  const bool is_surrogate = code >= 0xD800 && code < 0xE000;
  if (code < kSmallest[n_more] || is_surrogate || code > 0x10FFFF) return kReplacement;
  text = place;
  return code;
}

void append_unit(unsigned unit, std::string& out) {
  char escape[8];
  std::snprintf(escape, sizeof(escape), "\\u%04x", unit);
  out += escape;
}

void append_character(char32_t code, std::string& out) {
  static constexpr char kControls[] = "\b\f\n\r\t", kLetters[] = "bfnrt";
  if (code == '"' || code == '\\') {
    out += '\\';
    out += static_cast<char>(code);
  } else if (const char* control = code && code < 0x20 ? std::strchr(kControls, static_cast<int>(code)) : nullptr) {
    out += '\\';
    out += kLetters[control - kControls];
  } else if (code >= 0x20 && code < 0x7F) {
    out += static_cast<char>(code);
  } else if (code < 0x10000) {
    append_unit(code, out);
  } else {
    append_unit(0xD800 + ((code - 0x10000) >> 10), out);
    append_unit(0xDC00 + ((code - 0x10000) & 0x3FF), out);
  }
}

double rounded(double value) {  // to four decimals
  char text[64];
  std::snprintf(text, sizeof(text), "%.4f", value);
  return std::strtod(text, nullptr);
}

void append_word(const Word& word, std::string& out) {
  const double start_s = word.start_s, end_s = word.end_s;
  out += "        {\n          \"word\": " + json_string(word.text) +
         ",\n          \"start_time\": " + json_number(rounded(start_s)) +
         ",\n          \"duration\": " + json_number(rounded(end_s - start_s)) + "\n        }";
}

void append_transcript(const CandidateTranscript& transcript, std::string& out) {
  const double per_letter = transcript.confidence / std::max(1u, transcript.num_tokens);
  out += "    {\n      \"confidence\": " + json_number(transcript.confidence) + ",\n      \"words\": [";
  const std::vector<Word> words = words_of(transcript);
  for (size_t i = 0; i < words.size(); ++i) {
    out += i ? ",\n" : "\n";
    append_word(words[i], out);
  }
  out += words.empty() ? "]" : "\n      ]";
  out += ",\n      \"text\": " + json_string(text_of(transcript)) +
         ",\n      \"confidence_per_letter\": " + json_number(rounded(per_letter)) + "\n    }";
}

}  // namespace

std::vector<Word> words_of(const CandidateTranscript& transcript) {
  std::vector<Word> words;
  bool is_inside = false;
  for (unsigned i = 0; i < transcript.num_tokens; ++i) {
    const TokenMetadata& token = transcript.tokens[i];
    const bool is_blank = std::strcmp(token.text, " ") == 0;
    if (!is_blank && !is_inside) words.push_back({"", token.start_time, token.start_time});
    if (!is_blank) words.back().text += token.text;
    if (!is_blank || is_inside) words.back().end_s = std::max(words.back().start_s, token.start_time);
    is_inside = !is_blank;
  }
  return words;
}

std::string text_of(const CandidateTranscript& transcript) {
  std::string text;
  for (unsigned i = 0; i < transcript.num_tokens; ++i) text += transcript.tokens[i].text;
  return text;
}

std::string to_json(const Metadata& metadata, const std::string* audio) {
  std::string out = "{\n  \"transcripts\": [";
  for (unsigned i = 0; i < metadata.num_transcripts; ++i) {
    out += i ? ",\n" : "\n";
    append_transcript(metadata.transcripts[i], out);
  }
  out += metadata.num_transcripts ? "\n  ]" : "]";
  if (audio) out += ",\n  \"audio\": " + json_string(*audio);
  return out + "\n}";
}

std::string json_string(const std::string& text) {
  std::string out = "\"";
  for (const char *place = text.data(), *end = place + text.size(); place != end;) {
    append_character(next_character(place, end), out);
  }
  return out + "\"";
}

std::string json_number(double value) {
  if (!std::isfinite(value)) return "null";
  char text[64];
  int n_digits = 1;
  for (; n_digits <= 17; ++n_digits) {
    std::snprintf(text, sizeof(text), "%.*e", n_digits - 1, value);
    if (std::strtod(text, nullptr) == value) break;
  }
  const int exponent = std::atoi(std::strchr(text, 'e') + 1);
  if (exponent < -4 || exponent >= 16) return text;
  std::snprintf(text, sizeof(text), "%.*f", std::max(1, n_digits - 1 - exponent), value);
  return text;
}

}  // namespace deepspeech::client
