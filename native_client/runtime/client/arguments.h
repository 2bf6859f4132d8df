// The command line of `deepspeech`: the options of the published native client, and some of our own.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace deepspeech::client {

struct Arguments {
  std::string model, scorer;
  bool scorer_is_empty = false;    // a scorer was named by an empty text: there is none, as with published clients
  std::vector<std::string> audio;  // files, directories, "-" for standard input
  std::string alphabet, lm, trie;  // of early releases
  std::string weights;             // number format; empty: the library's choice
  unsigned beam_width = 0;         // 0: the model's
  unsigned n_threads = 0;          // 0: the library's choice
  std::optional<double> lm_alpha, lm_beta;               // none: the scorer's
  std::vector<std::pair<std::string, float>> hot_words;  // with their boosts
  bool extended = false, json = false, cpu_time = false;
  unsigned candidate_transcripts = 3;
  unsigned stream_samples = 0;  // handed over at a time while changes are printed; 0: not so
  bool help = false, version = false;
};

// `words`: those after the name of the program. Throws UsageError if they are wrong or contradict each other.
Arguments parse_arguments(const std::vector<std::string>& words);

// What --help prints.
std::string usage();

// The paths of all audio files in order; a directory stands for those in it that are named like audio, or for itself if
// there is none. Throws UsageError for a directory that cannot be read.
std::vector<std::string> find_audio(const std::vector<std::string>& paths);

}  // namespace deepspeech::client
