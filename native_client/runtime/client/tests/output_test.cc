// Results as text and JSON. Expected numbers and escapes are those of Python's json.dumps.
#include "output.h"

#include "check.h"
#include "errors.h"

namespace {

using namespace deepspeech::client;

const std::vector<TokenMetadata> kTokens = {{" ", 0, 0.0f},  {"a", 5, 0.1f},  {"\"", 6, 0.12f},       {" ", 8, 0.16f},
                                            {" ", 9, 0.18f}, {"b", 10, 0.2f}, {"\xC3\xA9", 12, 0.24f}};

CandidateTranscript transcript(const std::vector<TokenMetadata>& tokens, double confidence) {
  return {tokens.data(), static_cast<unsigned>(tokens.size()), confidence};
}

void test_words() {
  const std::vector<Word> words = words_of(transcript(kTokens, 0));
  CHECK(words.size() == 2);
  CHECK(words[0].text == "a\"" && words[0].start_s == 0.1f && words[0].end_s == 0.16f);
  CHECK(words[1].text == "b\xC3\xA9" && words[1].start_s == 0.2f && words[1].end_s == 0.24f);
  CHECK(words_of(transcript({}, 0)).empty());
  CHECK(words_of(transcript({{" ", 0, 0.0f}, {" ", 1, 0.02f}}, 0)).empty());
  CHECK(text_of(transcript(kTokens, 0)) == " a\"  b\xC3\xA9");
}

void test_json() {
  const CandidateTranscript transcripts[] = {transcript(kTokens, -12.5), transcript({}, 3)};
  const Metadata metadata = {transcripts, 2};
  const std::string audio = "a\\b.wav";
  CHECK(to_json(metadata, &audio) == R"({
  "transcripts": [
    {
      "confidence": -12.5,
      "words": [
        {
          "word": "a\"",
          "start_time": 0.1,
          "duration": 0.06
        },
        {
          "word": "b\u00e9",
          "start_time": 0.2,
          "duration": 0.04
        }
      ],
      "text": " a\"  b\u00e9",
      "confidence_per_letter": -1.7857
    },
    {
      "confidence": 3.0,
      "words": [],
      "text": "",
      "confidence_per_letter": 3.0
    }
  ],
  "audio": "a\\b.wav"
})");
  CHECK(to_json({nullptr, 0}, nullptr) == "{\n  \"transcripts\": []\n}");
}

void test_escapes() {
  CHECK(json_string("\"\\/\b\f\n\r\t\x01\x7F~") == R"("\"\\/\b\f\n\r\t\u0001\u007f~")");
  CHECK(json_string("\xE2\x82\xAC \xF0\x9F\x98\x80") == R"("\u20ac \ud83d\ude00")");
  CHECK(json_string(std::string(1, '\0')) == R"("\u0000")");
  // No UTF-8: a lone byte, an end that is missing, a form too long, half of a pair, a number too large.
  CHECK(json_string("\xFF") == R"("\ufffd")" && json_string("\xE2\x82") == R"("\ufffd\ufffd")");
  CHECK(json_string("\xC0\x80") == R"("\ufffd\ufffd")" && json_string("\xED\xA0\x80") == R"("\ufffd\ufffd\ufffd")");
  CHECK(json_string("\xF4\x90\x80\x80") == R"("\ufffd\ufffd\ufffd\ufffd")" && json_string("\xC3(") == R"("\ufffd(")");
}

void test_numbers() {
  const std::pair<double, const char*> numbers[] = {{0, "0.0"},
                                                    {-0.0, "-0.0"},
                                                    {1, "1.0"},
                                                    {-20, "-20.0"},
                                                    {100, "100.0"},
                                                    {0.1, "0.1"},
                                                    {1.5, "1.5"},
                                                    {1e15, "1000000000000000.0"},
                                                    {1e16, "1e+16"},
                                                    {0.0001, "0.0001"},
                                                    {0.00001, "1e-05"},
                                                    {-1.25e-7, "-1.25e-07"},
                                                    {1.0 / 3, "0.3333333333333333"},
                                                    {-12.345678901234567, "-12.345678901234567"},
                                                    {123456.789, "123456.789"},
                                                    {5e-324, "5e-324"},
                                                    {1.7976931348623157e308, "1.7976931348623157e+308"},
                                                    {0.30000000000000004, "0.30000000000000004"}};
  for (const auto& [number, expected] : numbers) {
    if (json_number(number) != expected)
      check::fail(__FILE__, __LINE__, (json_number(number) + " is " + expected).c_str());
  }
  CHECK(json_number(NAN) == "null");
}

void test_messages_stay_on_one_line() { CHECK(one_line("a\nb\x1B[0m\t\xC3\xA9") == "a\\nb\\x1b[0m\\x09\xC3\xA9"); }

}  // namespace

int main() {
  test_words();
  test_json();
  test_escapes();
  test_numbers();
  test_messages_stay_on_one_line();
  return check::result();
}
