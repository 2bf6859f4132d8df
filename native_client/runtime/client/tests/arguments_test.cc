// Command lines, right and wrong.
#include "arguments.h"

#include "check.h"
#include "errors.h"

namespace {

using deepspeech::client::Arguments;
using deepspeech::client::parse_arguments;
using deepspeech::client::UsageError;
using Words = std::vector<std::string>;

Arguments parse(Words more) {
  Words words = {"--model", "m.pb", "--audio", "a.wav"};
  words.insert(words.end(), more.begin(), more.end());
  return parse_arguments(words);
}

void check_refused(const Words& words, const std::string& part) {
  try {
    parse_arguments(words);
    check::fail(__FILE__, __LINE__, ("refused: " + part).c_str());
  } catch (const UsageError& error) {
    const std::string message = error.what();
    if (message.find(part) == std::string::npos) check::fail(__FILE__, __LINE__, (message + " has " + part).c_str());
    CHECK(message.back() == '.');
  }
}

void check_refused_behind_files(const Words& more, const std::string& part) {
  Words words = {"-m", "m.pb", "-a", "a.wav"};
  words.insert(words.end(), more.begin(), more.end());
  check_refused(words, part);
}

void test_long_and_short_options() {
  const Words calls[] = {
      {"--model", "m", "--scorer", "s", "--audio", "a", "--beam_width", "7", "--lm_alpha", "0.5", "--lm_beta", "-1e1",
       "--hot_words", "x:1", "--json", "--extended", "--t", "--stream", "320"},
      {"--model=m", "--scorer=s", "--audio=a", "--beam_width=7", "--lm_alpha=0.5", "--lm_beta=-10", "--hot_words=x:1",
       "--json", "--extended", "-t", "--extended_stream=320"},
      {"-m", "m", "-l", "s", "-a", "a", "-b", "7", "-c", "0.5", "-d", "-10", "-w", "x:1", "-j", "-e", "-t", "-s",
       "320"},
      {"-mm", "-ls", "-aa", "-b7", "-c0.5", "-d-10", "-wx:1", "-jets320"},
      {"--mod", "m", "--sco", "s", "--au", "a", "--beam", "7", "--lm_a", "0.5", "--lm_b", "-10", "--hot", "x:1", "--js",
       "--extended", "-t", "--st", "320"},
  };
  for (const Words& words : calls) {
    const Arguments arguments = parse_arguments(words);
    CHECK(arguments.model == "m" && arguments.scorer == "s" && arguments.audio == Words{"a"});
    CHECK(arguments.beam_width == 7 && arguments.lm_alpha == 0.5 && arguments.lm_beta == -10);
    CHECK(arguments.hot_words.size() == 1 && arguments.json && arguments.extended && arguments.cpu_time);
    CHECK(arguments.stream_samples == 320);
  }
}

void test_defaults() {
  const Arguments arguments = parse({});
  CHECK(arguments.beam_width == 0 && !arguments.lm_alpha && !arguments.lm_beta && arguments.candidate_transcripts == 3);
  CHECK(!arguments.json && !arguments.extended && !arguments.cpu_time && arguments.stream_samples == 0);
  CHECK(arguments.weights.empty() && arguments.n_threads == 0);
}

void test_one_weight_alone() {
  const Arguments arguments = parse({"-l", "s", "--lm_alpha", "0"});
  CHECK(arguments.lm_alpha == 0.0 && !arguments.lm_beta);
}

void test_hot_words() {
  const auto words = parse({"-l", "s", "-w", "light:7.5,a:b:-2,off:+1e1"}).hot_words;
  CHECK(words.size() == 3);
  CHECK(words[0] == std::make_pair(std::string("light"), 7.5f) &&
        words[1] == std::make_pair(std::string("a:b"), -2.0f));
  CHECK(words[2].second == 10);
  for (const std::string wrong :
       {"", "light", "light:", ":1", "light:x", "light:1,", "light:nan", "light:0x1", "light:1e99"}) {
    check_refused_behind_files({"-l", "s", "-w", wrong}, "is not WORD:BOOST with a number for BOOST");
  }
  check_refused_behind_files({"-w", "light:1"}, "--hot_words needs a scorer; name one with --scorer.");
}

void test_numbers() {
  CHECK(parse({"--beam_width", "0"}).beam_width == 0);
  CHECK(parse({"--stream", "0"}).stream_samples == 0);
  check_refused_behind_files({"-b", "-1"}, "--beam_width: '-1' is not a whole number of at least 0; ");
  check_refused_behind_files({"-b", "99999999999999999999999"}, " is too large, at most 16777216 is taken; ");
  check_refused_behind_files({"-b", "16777217"}, " is too large, at most 16777216 is taken; ");
  check_refused_behind_files({"-b", ""}, "'' is not a whole number");
  check_refused_behind_files({"--candidate_transcripts", "0"}, "'0' is not a whole number of at least 1; ");
  check_refused_behind_files({"-s", "100"}, "--stream: '100' samples are no multiple of 160; ");
  check_refused_behind_files({"-c", "1.5x"}, "'1.5x' is not a number; ");
  check_refused_behind_files({"-c", "nan"}, "'nan' is not a number; ");
  check_refused_behind_files({"-c", "1e7"}, "'1e7' is not a number between -1e6 and 1e6; ");
  check_refused_behind_files({"--weights", "int4"}, "--weights: 'int4' is none of auto, stored, float32, bf16, int8; ");
  check_refused_behind_files({"-b", std::string(5000, 'x')}, " ...' is not a whole number");
}

void test_wrong_calls() {
  check_refused({}, "no model is given; name one with --model MODEL.");
  check_refused({"-a", "a"}, "no model is given");
  check_refused({"-m", "m"}, "no audio is given; name files with --audio AUDIO.");
  check_refused({"a.wav", "-m", "m"}, "'a.wav' belongs to no option; name audio files behind --audio.");
  check_refused_behind_files({"--audio"}, "--audio needs a value: AUDIO; ");
  check_refused_behind_files({"--json=1"}, "--json takes no value; leave it out.");
  check_refused_behind_files({"--nonsense"}, "--nonsense is no option; ");
  check_refused_behind_files({"-x"}, "-x is no option; ");
  check_refused_behind_files({"--lm", "l", "-l", "s"}, "--lm and --scorer cannot be used together; leave one out.");
  check_refused_behind_files({"--lm_"}, "--lm_ may be several options; ");
  check_refused_behind_files({"--trie", "t"}, "--trie needs the language model it was made from; name it with --lm.");
}

void test_several_files() {
  CHECK((parse({"b.wav", "-a", "-", "c.wav"}).audio == Words{"a.wav", "b.wav", "-", "c.wav"}));
}

void test_help_and_version_need_nothing_else() {
  CHECK(parse_arguments({"--help"}).help && parse_arguments({"-h"}).help && parse_arguments({"-v"}).version);
  const std::string text = deepspeech::client::usage();
  for (const std::string name :
       {"--model, -m MODEL", "--hot_words, -w WORD:BOOST,...", "--t, -t", "--extended_stream N"}) {
    CHECK(text.find("  " + name) != std::string::npos);
  }
}

}  // namespace

int main() {
  test_long_and_short_options();
  test_defaults();
  test_one_weight_alone();
  test_hot_words();
  test_numbers();
  test_wrong_calls();
  test_several_files();
  test_help_and_version_need_nothing_else();
  return check::result();
}
