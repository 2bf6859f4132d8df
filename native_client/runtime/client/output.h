// Results as text and as JSON, the same that the Python client prints.
#pragma once

#include <string>
#include <vector>

#include "deepspeech.h"

namespace deepspeech::client {

// A word; `end_s` is the time of the blank after it or, for the last word, of its last letter.
struct Word {
  std::string text;
  float start_s, end_s;
};

// The words of a transcript. Blanks at the end or in a row make no empty words.
std::vector<Word> words_of(const CandidateTranscript& transcript);

// The text of a transcript.
std::string text_of(const CandidateTranscript& transcript);

// All transcripts as JSON, indented by 2, without a line's end. Keys are those of the published Python client:
// `transcripts` of `confidence` and `words`, these of `word`, `start_time` and `duration` in seconds. Ours come after
// them: `text` and `confidence_per_letter` of a transcript, and `audio` if it is given.
std::string to_json(const Metadata& metadata, const std::string* audio);

// A text in quotes, ASCII only; what is no UTF-8 becomes U+FFFD.
std::string json_string(const std::string& text);

// The shortest decimal number that is read as `value`, "2.0" rather than "2".
std::string json_number(double value);

}  // namespace deepspeech::client
