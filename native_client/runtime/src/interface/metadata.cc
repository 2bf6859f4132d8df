#include "interface/metadata.h"

#include <cstdlib>
#include <cstring>
#include <new>
#include <sstream>

namespace deepspeech {
namespace {

// Structures and texts of a result lie in one block: the Metadata, then all transcripts, then all tokens, then their texts.
// The published types have const members, so they are built where they stay.
struct Layout {
  size_t n_tokens = 0, text_bytes = 0;

  Layout(const std::vector<ctcdecode::Hypothesis>& hypotheses, const ctcdecode::Alphabet& alphabet) {
    for (const ctcdecode::Hypothesis& hypothesis : hypotheses) {
      n_tokens += hypothesis.tokens.size();
      for (const ctcdecode::Label label : hypothesis.tokens) text_bytes += alphabet.labels()[label].size() + 1;
    }
  }
};

}  // namespace

Metadata* make_metadata(const std::vector<ctcdecode::Hypothesis>& hypotheses, const ctcdecode::Alphabet& alphabet,
                        float step_s) {
  const Layout layout(hypotheses, alphabet);
  static_assert(
      sizeof(Metadata) % alignof(CandidateTranscript) == 0 && sizeof(CandidateTranscript) % alignof(TokenMetadata) == 0,
      "structures follow each other without gaps");
  const size_t transcripts_bytes = hypotheses.size() * sizeof(CandidateTranscript);
  const size_t tokens_bytes = layout.n_tokens * sizeof(TokenMetadata);
  char* const block =
      static_cast<char*>(std::malloc(sizeof(Metadata) + transcripts_bytes + tokens_bytes + layout.text_bytes));
  if (!block) throw std::bad_alloc();
  char* transcript = block + sizeof(Metadata);
  char* token = transcript + transcripts_bytes;
  char* text = token + tokens_bytes;
  Metadata* const metadata = new (block)
      Metadata{reinterpret_cast<CandidateTranscript*>(transcript), static_cast<unsigned>(hypotheses.size())};
  for (const ctcdecode::Hypothesis& hypothesis : hypotheses) {
    new (transcript) CandidateTranscript{reinterpret_cast<TokenMetadata*>(token),
                                         static_cast<unsigned>(hypothesis.tokens.size()), hypothesis.score};
    transcript += sizeof(CandidateTranscript);
    for (size_t i = 0; i < hypothesis.tokens.size(); ++i, token += sizeof(TokenMetadata)) {
      const std::string& label = alphabet.labels()[hypothesis.tokens[i]];
      std::memcpy(text, label.c_str(), label.size() + 1);
      new (token) TokenMetadata{text, hypothesis.times[i], hypothesis.times[i] * step_s};
      text += label.size() + 1;
    }
  }
  return metadata;
}

void free_metadata(Metadata* metadata) { std::free(metadata); }

char* copied_text(const std::string& text) {
  char* const copy = static_cast<char*>(std::malloc(text.size() + 1));
  if (!copy) throw std::bad_alloc();
  std::memcpy(copy, text.c_str(), text.size() + 1);
  return copy;
}

std::string shown(double number) {
  std::ostringstream text;
  text << number;
  return text.str();
}

}  // namespace deepspeech
