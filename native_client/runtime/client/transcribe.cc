#include "transcribe.h"

#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <ctime>

#include "audio.h"
#include "errors.h"
#include "output.h"
#include "speech.h"

namespace deepspeech::client {
namespace {

constexpr unsigned kBlockSeconds = 4;  // read and decoded at a time, so that memory does not grow with the file

class Timer {
 public:
  double seconds() const { return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin_).count(); }

 private:
  const std::chrono::steady_clock::time_point begin_ = std::chrono::steady_clock::now();
};

std::string formatted(const char* format, double number) {
  char text[64];
  std::snprintf(text, sizeof(text), format, number);
  return text;
}

Model set_up(const Arguments& arguments) {
  say("Loading model from file " + arguments.model);
  const Timer timer;
  Model model(arguments);
  say("Loaded model in " + formatted("%.3g", timer.seconds()) + "s.");
  if (arguments.beam_width) model.set_beam_width(arguments.beam_width);
  if (!arguments.scorer.empty() || !arguments.lm.empty()) {
    const std::string files = arguments.lm.empty() ? arguments.scorer : arguments.lm + " " + arguments.trie;
    say("Loading scorer from files " + files);
    const Timer scorer_timer;
    model.use_scorer(arguments);
    say("Loaded scorer in " + formatted("%.3g", scorer_timer.seconds()) + "s.");
  } else if (arguments.scorer_is_empty) {
    say("W --scorer is empty, so no language model is used; leave it out if that is meant.");
  } else if (arguments.lm_alpha || arguments.lm_beta) {
    say("W --lm_alpha and --lm_beta do nothing without a scorer.");
  }
  for (const auto& [word, boost] : arguments.hot_words) model.add_hot_word(word, boost);
  return model;
}

struct Heard {
  Result result;
  uint64_t n_samples = 0;
  std::string damage;  // what ended the file early; empty: nothing
};

// Throws AudioError only if there is nothing before the damage.
Heard listen(const Model& model, AudioFile& audio, const Arguments& arguments) {
  Stream stream(model);
  Heard heard;
  const size_t n_block = arguments.stream_samples ? arguments.stream_samples : kBlockSeconds * model.rate_hz();
  const bool shows_changes = arguments.stream_samples && !arguments.json && !arguments.extended;
  std::vector<int16_t> samples;
  std::string shown;
  try {
    while (audio.read(samples, n_block)) {
      stream.feed(samples);
      heard.n_samples += samples.size();
      if (!shows_changes) continue;
      const std::string text = stream.text_so_far();
      if (text != shown) print_result(text);
      shown = text;
    }
  } catch (const AudioError& error) {
    if (heard.n_samples == 0) throw;
    heard.damage = error.what();
  }
  heard.result = stream.finish(arguments.json && !arguments.extended ? arguments.candidate_transcripts : 1);
  return heard;
}

void write(const Metadata& result, const std::string& path, const Arguments& arguments, bool is_one_of_many) {
  if (arguments.json && !arguments.extended) return print_result(to_json(result, is_one_of_many ? &path : nullptr));
  if (is_one_of_many) print_result("> " + path);
  print_result(result.num_transcripts ? text_of(result.transcripts[0]) : "");
}

// Prints the transcript of a file; if it is damaged, of what comes before that, and then throws the AudioError.
void transcribe_file(const Model& model, const std::string& path, const Arguments& arguments, bool is_one_of_many) {
  const Timer timer;
  const std::clock_t cpu_begin = std::clock();
  AudioFile audio(path, model.rate_hz());
  if (audio.rate_hz() != model.rate_hz()) {
    say("W " + audio.name() + ": converting " + std::to_string(audio.rate_hz()) + " Hz to " +
        std::to_string(model.rate_hz()) + " Hz.");
  }
  say("Running inference.");
  const Heard heard = listen(model, audio, arguments);
  say("Inference took " + formatted("%.3f", timer.seconds()) + "s for " +
      formatted("%.3f", static_cast<double>(heard.n_samples) / model.rate_hz()) + "s audio file.");
  write(*heard.result, path, arguments, is_one_of_many);
  if (arguments.cpu_time) {
    const double cpu_s = static_cast<double>(std::clock() - cpu_begin) / CLOCKS_PER_SEC;
    print_result("cpu_time_overall=" + formatted("%.05f", cpu_s));
  }
  if (!heard.damage.empty()) throw AudioError(heard.damage);
}

}  // namespace

ExitCode transcribe(const Arguments& arguments) {
  const std::vector<std::string> paths = find_audio(arguments.audio);
  const bool are_many = paths.size() > 1 || paths != arguments.audio;
  const Model model = set_up(arguments);
  ExitCode code = kDone;
  const auto report = [&](const std::exception& error) {
    say(std::string("E ") + error.what());
    code = kFailed;
  };
  for (const std::string& path : paths) {
    try {
      transcribe_file(model, path, arguments, are_many);
    } catch (const AudioError& error) {
      report(error);
    } catch (const SpeechError& error) {
      report(error);
    }
  }
  return code;
}

void print_result(const std::string& text) {
  const bool is_written = std::fwrite(text.data(), 1, text.size(), stdout) == text.size() &&
                          std::fputc('\n', stdout) != EOF && std::fflush(stdout) == 0;
  if (is_written) return;
  const char* reason = errno == EPIPE ? "nobody reads it any more" : std::strerror(errno);
  throw OutputError(std::string("standard output cannot be written (") + reason + ").");
}

void say(const std::string& message) { std::fputs((one_line(message) + "\n").c_str(), stderr); }

}  // namespace deepspeech::client
