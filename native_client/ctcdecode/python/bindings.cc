// The Python module ds_ctcdecoder.ctcdecode: types are translated here, nothing is computed.
#include <pybind11/numpy.h>
#include <pybind11/pybind11.h>
#include <pybind11/stl.h>
#include <unistd.h>

#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "alphabet.h"
#include "beam_search.h"
#include "decoder.h"
#include "errors.h"
#include "hypothesis.h"
#include "language_model.h"
#include "options.h"
#include "package.h"
#include "process_lock.h"
#include "scorer.h"

namespace py = pybind11;
using namespace ctcdecode;  // NOLINT: this file is nothing but their names

// An object that was made by `__new__` alone has no value: pybind11 would take memory that nobody has written for one.
template <typename T>
class CasterOfMade : public py::detail::type_caster_base<T> {
 public:
  bool load(py::handle source, bool convert) {
    if (py::isinstance<T>(source) &&
        !reinterpret_cast<py::detail::instance*>(source.ptr())->get_value_and_holder().value_ptr()) {
      throw py::type_error("this " + std::string(Py_TYPE(source.ptr())->tp_name) +
                           " holds nothing, as it was made by __new__ alone; make it by its class");
    }
    return py::detail::type_caster_base<T>::load(source, convert);
  }
};

namespace {
class Stream;
}

namespace pybind11 {
namespace detail {
template <>
class type_caster<Word> : public CasterOfMade<Word> {};
template <>
class type_caster<Hypothesis> : public CasterOfMade<Hypothesis> {};
template <>
class type_caster<DecoderOptions> : public CasterOfMade<DecoderOptions> {};
template <>
class type_caster<VocabularyReport> : public CasterOfMade<VocabularyReport> {};
template <>
class type_caster<Alphabet> : public CasterOfMade<Alphabet> {};
template <>
class type_caster<Scorer> : public CasterOfMade<Scorer> {};
template <>
class type_caster<Stream> : public CasterOfMade<Stream> {};
template <>
class type_caster<Decoder> : public CasterOfMade<Decoder> {};
}  // namespace detail
}  // namespace pybind11

namespace {

// The interpreter is free for other threads as long as this lives. Where it ends meanwhile, the thread stays here, because
// Python would end it in the midst of destructors.
class Unlocked {
 public:
  // Objects that are deleted as the interpreter ends may decode; nobody else needs it then.
  Unlocked() : state_(is_ending() ? nullptr : PyEval_SaveThread()) {}
  ~Unlocked() noexcept(false) {
    if (!state_) return;
    while (is_ending()) pause();
    PyEval_RestoreThread(state_);
  }
  Unlocked(const Unlocked&) = delete;
  Unlocked& operator=(const Unlocked&) = delete;

 private:
  static bool is_ending() {
#if PY_VERSION_HEX >= 0x030D0000
    return Py_IsFinalizing();
#else
    return _Py_IsFinalizing();
#endif
  }

  PyThreadState* const state_;
};

constexpr size_t kHistory = 1 << 17;  // entries that a stream remembers before it looks which are needed

template <typename T>
using Matrix = py::array_t<T, py::array::c_style | py::array::forcecast>;

// Damaged UTF-8, which a bytes-output model can produce, shows as U+FFFD.
py::str as_text(const std::string& bytes) {
  return py::reinterpret_steal<py::str>(
      PyUnicode_DecodeUTF8(bytes.data(), static_cast<Py_ssize_t>(bytes.size()), "replace"));
}

std::vector<std::string> as_bytes(const py::iterable& words) {
  std::vector<std::string> all;
  for (const py::handle& word : words) all.push_back(py::cast<std::string>(word));
  return all;
}

std::string shape_of(const py::array& array) { return py::str(array.attr("shape")).cast<std::string>(); }

// float32 stays as it is, everything else becomes double.
bool is_single(const py::array& array) { return py::isinstance<py::array_t<float>>(array); }

void check_frames(const py::array& frames, uint32_t n_classes) {
  if (frames.ndim() == 2 && frames.shape(1) == static_cast<py::ssize_t>(n_classes)) return;
  throw std::invalid_argument("probabilities of shape " + shape_of(frames) + " cannot be decoded with an alphabet of " +
                              std::to_string(n_classes - 1) + " labels; [time, " + std::to_string(n_classes) +
                              "] is needed, the blank last. Do model and alphabet belong together?");
}

template <typename T>
std::vector<Hypothesis> decode_frames(const Decoder& decoder, const Matrix<T>& frames, size_t n_results) {
  const Utterance<T> utterance{frames.data(), static_cast<size_t>(frames.shape(0))};
  Unlocked unlocked;
  return decoder.decode(utterance, n_results);
}

std::vector<Hypothesis> decode(const Decoder& decoder, const py::array& frames, size_t n_results) {
  check_frames(frames, decoder.alphabet()->size() + 1);
  return is_single(frames) ? decode_frames<float>(decoder, frames, n_results)
                           : decode_frames<double>(decoder, frames, n_results);
}

template <typename T>
std::vector<std::vector<Hypothesis>> decode_items(const Decoder& decoder, const Matrix<T>& items,
                                                  const std::vector<int64_t>& lengths, size_t n_results) {
  std::vector<Utterance<T>> utterances;
  for (size_t i = 0; i < lengths.size(); ++i) {
    utterances.push_back(Utterance<T>{items.data(static_cast<py::ssize_t>(i), 0, 0), static_cast<size_t>(lengths[i])});
  }
  Unlocked unlocked;
  return decoder.decode_batch(utterances, n_results);
}

std::vector<std::vector<Hypothesis>> decode_batch(const Decoder& decoder, const py::array& items,
                                                  const std::vector<int64_t>& lengths, size_t n_results) {
  const py::ssize_t n_classes = decoder.alphabet()->size() + 1;
  if (items.ndim() != 3 || items.shape(2) != n_classes || items.shape(0) != static_cast<py::ssize_t>(lengths.size())) {
    throw std::invalid_argument("a batch of probabilities of shape " + shape_of(items) + " with " +
                                std::to_string(lengths.size()) + " lengths cannot be decoded; [batch, time, " +
                                std::to_string(n_classes) + "] and [batch] are needed");
  }
  for (size_t i = 0; i < lengths.size(); ++i) {
    if (lengths[i] < 0 || lengths[i] > items.shape(1)) {
      throw std::invalid_argument("length " + std::to_string(lengths[i]) + " of item " + std::to_string(i) +
                                  " does not fit into " + std::to_string(items.shape(1)) + " frames");
    }
  }
  return is_single(items) ? decode_items<float>(decoder, items, lengths, n_results)
                          : decode_items<double>(decoder, items, lengths, n_results);
}

// A search that several Python threads may call; they wait for each other.
class Stream {
 public:
  Stream(std::shared_ptr<const Alphabet> alphabet, std::shared_ptr<const Scorer> scorer, const DecoderOptions& options,
         size_t history)
      : search_(std::move(alphabet), std::move(scorer), options, history) {}

  void feed(const py::array& frames) {
    check_frames(frames, search_.n_classes());
    if (is_single(frames)) {
      feed_frames<float>(frames);
    } else {
      feed_frames<double>(frames);
    }
  }

  std::vector<Hypothesis> results(size_t n) {
    Unlocked unlocked;
    std::lock_guard<ProcessLock> lock(lock_);
    return search_.results(n);
  }

 private:
  template <typename T>
  void feed_frames(const Matrix<T>& frames) {
    const size_t n_frames = static_cast<size_t>(frames.shape(0));
    Unlocked unlocked;
    std::lock_guard<ProcessLock> lock(lock_);
    search_.next(frames.data(), n_frames);
  }

  ProcessLock lock_;
  BeamSearch search_;
};

template <typename Field>
void take_option(py::dict& arguments, const char* name, Field DecoderOptions::*field, DecoderOptions& options) {
  if (!arguments.contains(name)) return;
  const py::object value = arguments.attr("pop")(name);
  try {
    options.*field = py::cast<Field>(value);
  } catch (const py::cast_error&) {
    throw std::invalid_argument(std::string(name) + " cannot be " + py::repr(value).cast<std::string>());
  }
}

DecoderOptions options_with(DecoderOptions options, const py::kwargs& given) {
  py::dict arguments(**given);
  each_option([&](const char* name, auto field, const char*) { take_option(arguments, name, field, options); });
  if (!arguments.empty()) {
    throw py::type_error("DecoderOptions has no " + py::str((*arguments.begin()).first).cast<std::string>());
  }
  options.check();
  return options;
}

// "name=default: meaning", one a line.
std::string describe_options() {
  std::string text = "What a search can be told; all arguments are keywords.\n\n";
  each_option([&](const char* name, auto field, const char* meaning) {
    const py::object standard = py::cast(DecoderOptions{}.*field);
    const std::string value = py::cast<std::string>(py::repr(standard));
    text += std::string(name) + "=" + value + ": " + meaning + "\n";
  });
  return text + "\nRaises ValueError where a value is out of range.";
}

void bind_options(py::module_& module) {
  py::class_<DecoderOptions> options(module, "DecoderOptions", describe_options().c_str());
  options.def(py::init([](const py::kwargs& arguments) { return options_with(DecoderOptions{}, arguments); }))
      .def("replace", &options_with, "A copy with other values for the options named.")
      .def(
          "fast", [](const DecoderOptions& base) { return fast(base); },
          "A copy with the savings that cost no measured accuracy.");
  each_option([&](const char* name, auto field, const char* meaning) { options.def_readonly(name, field, meaning); });
}

void bind_values(py::module_& module) {
  py::class_<Word>(module, "Word", "A word and the frames at which its first and its last label were emitted.")
      .def_property_readonly("text", [](const Word& word) { return as_text(word.text); })
      .def_readonly("first_frame", &Word::first_frame)
      .def_readonly("last_frame", &Word::last_frame)
      .def("__repr__", [](const Word& word) {
        return py::str("Word({!r}, {}, {})").format(as_text(word.text), word.first_frame, word.last_frame);
      });

  py::class_<Hypothesis>(module, "Hypothesis",
                         "text; score (natural log, language model included: what the published interfaces call "
                         "confidence); label_probability in [0, 1] (mean acoustic probability of a label); tokens and "
                         "the frames (times) they were emitted at; words.")
      .def_property_readonly("text", [](const Hypothesis& found) { return as_text(found.text); })
      .def_property_readonly("text_bytes", [](const Hypothesis& found) { return py::bytes(found.text); })
      .def_readonly("score", &Hypothesis::score)
      .def_readonly("label_probability", &Hypothesis::label_probability)
      .def_property_readonly("tokens", [](const Hypothesis& found) { return py::tuple(py::cast(found.tokens)); })
      .def_property_readonly("times", [](const Hypothesis& found) { return py::tuple(py::cast(found.times)); })
      .def_property_readonly("words", [](const Hypothesis& found) { return py::tuple(py::cast(found.words)); })
      .def("__repr__", [](const Hypothesis& found) {
        return py::str("Hypothesis({!r}, score={}, label_probability={})")
            .format(as_text(found.text), found.score, found.label_probability);
      });

  py::class_<VocabularyReport>(module, "VocabularyReport",
                               "What became of a vocabulary: words written and left out, with a few examples.")
      .def_readonly("n_words", &VocabularyReport::n_words)
      .def_readonly("n_dropped", &VocabularyReport::n_dropped)
      .def_property_readonly("examples",
                             [](const VocabularyReport& report) {
                               py::list texts;
                               for (const std::string& word : report.examples) texts.append(as_text(word));
                               return texts;
                             })
      .def_property_readonly("foreign_characters", [](const VocabularyReport& report) {
        py::list texts;
        for (const std::string& character : report.foreign_characters) texts.append(as_text(character));
        return texts;
      });
}

void bind_alphabet(py::module_& module) {
  py::class_<Alphabet, std::shared_ptr<Alphabet>>(module, "Alphabet",
                                                  "Labels of an acoustic model; the CTC blank is `size`.")
      .def(py::init<std::vector<std::string>>(), py::arg("labels"))
      .def_static("from_file", &Alphabet::from_file, py::arg("path"))
      .def_static("bytes", &Alphabet::bytes, "The 255 labels of bytes output mode: label i is byte i + 1.")
      .def_static("from_serialized", [](const py::bytes& data) { return Alphabet::from_serialized(std::string(data)); })
      .def("serialize", [](const Alphabet& alphabet) { return py::bytes(alphabet.serialize()); })
      .def_property_readonly("size", &Alphabet::size)
      .def_property_readonly("space", &Alphabet::space)
      .def_property_readonly("is_bytes", &Alphabet::is_bytes)
      .def("label", [](const Alphabet& alphabet, Label label) { return py::bytes(alphabet.decode({label})); })
      .def("can_encode", &Alphabet::can_encode, py::arg("text"))
      .def("encode", &Alphabet::encode, py::arg("text"))
      .def(
          "decode",
          [](const Alphabet& alphabet, const std::vector<Label>& labels) { return py::bytes(alphabet.decode(labels)); },
          py::arg("labels"));
}

void bind_scorer(py::module_& module) {
  py::class_<Scorer, std::shared_ptr<Scorer>>(module, "Scorer", "A language model and the words it may write.")
      .def_static(
          "load",
          [](const std::string& path, const Alphabet& alphabet) {
            return std::const_pointer_cast<Scorer>(Scorer::load(path, alphabet));
          },
          py::arg("path"), py::arg("alphabet"), "Opens a scorer package. Raises FormatError.")
      .def_static(
          "load_trio",
          [](const std::string& model, const std::string& trie, const Alphabet& alphabet) {
            return std::const_pointer_cast<Scorer>(Scorer::load_trio(model, trie, alphabet));
          },
          py::arg("language_model"), py::arg("trie"), py::arg("alphabet"),
          "Opens the files used before packages; without a trie ('') the model's own words are used.")
      .def_static(
          "from_words",
          [](const std::string& model, const py::object& words, const Alphabet& alphabet, double alpha, double beta) {
            std::unique_ptr<Dictionary> dictionary;
            if (!words.is_none()) {
              VocabularyReport report;
              dictionary.reset(new Dictionary(minimal_automaton(label_words(as_bytes(words), alphabet, &report))));
            }
            return std::make_shared<Scorer>(LanguageModel::load(model), std::move(dictionary), alphabet.is_bytes(),
                                            alpha, beta);
          },
          py::arg("language_model"), py::arg("words"), py::arg("alphabet"), py::arg("alpha"), py::arg("beta"),
          "A language model with a vocabulary of one's own; None: any spelling.")
      .def_property_readonly("alpha", &Scorer::alpha)
      .def_property_readonly("beta", &Scorer::beta)
      .def_property_readonly("bytes_mode", &Scorer::bytes_mode)
      .def_property_readonly("order", [](const Scorer& scorer) { return scorer.model().order(); })
      .def_property_readonly(
          "n_words", [](const Scorer& scorer) { return scorer.dictionary() ? scorer.dictionary()->n_words() : 0; })
      .def(
          "log_probability",
          [](const Scorer& scorer, const py::iterable& words, bool bos, bool eos) {
            return log_probability(scorer.model(), as_bytes(words), bos, eos);
          },
          py::arg("words"), py::arg("bos") = false, py::arg("eos") = false,
          "Natural log P(last word | words before); -1000 with an unknown word among them.");
}

void bind_decoder(py::module_& module) {
  py::class_<Stream>(
      module, "Stream",
      "Decodes audio that comes in pieces; may be used from any thread. After `history` entries of prefixes "
      "and words those that no beam needs are forgotten: memory, not results. Raises ValueError if scorer, "
      "alphabet and options do not fit.")
      .def(py::init(
               [](std::shared_ptr<Alphabet> alphabet, std::shared_ptr<Scorer> scorer, const DecoderOptions& options,
                  size_t history) { return std::unique_ptr<Stream>(new Stream(alphabet, scorer, options, history)); }),
           py::arg("alphabet").none(false), py::arg("scorer") = py::none(), py::arg("options") = DecoderOptions{},
           py::arg("history") = kHistory)
      .def("feed", &Stream::feed, py::arg("probabilities"), "float [time, classes], soft-maxed, the blank last.")
      .def("results", &Stream::results, py::arg("n_results") = 1, "The best hypotheses so far; the stream goes on.");

  py::class_<Decoder>(module, "Decoder",
                      "CTC prefix beam search. Raises ValueError if scorer, alphabet and options do not fit.")
      .def(py::init([](std::shared_ptr<Alphabet> alphabet, std::shared_ptr<Scorer> scorer,
                       const DecoderOptions& options, size_t n_threads) {
             return std::unique_ptr<Decoder>(new Decoder(alphabet, scorer, options, n_threads));
           }),
           py::arg("alphabet").none(false), py::arg("scorer") = py::none(), py::arg("options") = DecoderOptions{},
           py::arg("n_threads") = 0)
      .def("decode", &decode, py::arg("probabilities"), py::arg("n_results") = 1,
           "Hypotheses of one utterance, float [time, classes], best first.")
      .def("decode_batch", &decode_batch, py::arg("probabilities"), py::arg("lengths"), py::arg("n_results") = 1,
           "Such a list for each item of float [batch, time, classes], of which `lengths` frames are used.")
      .def(
          "stream",
          [](const Decoder& decoder, size_t history) {
            return std::unique_ptr<Stream>(
                new Stream(decoder.alphabet(), decoder.scorer(), decoder.options(), history));
          },
          py::arg("history") = kHistory, "A Stream of the same alphabet, scorer and options.")
      .def_property_readonly("options", &Decoder::options);
}

// Objects hold memory of their process. Without these, pickling by the oldest protocols would make one of their base class,
// which pybind11 answers by ending the program.
void refuse_copies(py::module_& module) {
  for (const char* name :
       {"Word", "Hypothesis", "DecoderOptions", "VocabularyReport", "Alphabet", "Scorer", "Stream", "Decoder"}) {
    const py::object type = module.attr(name);
    for (const char* method : {"__reduce__", "__reduce_ex__"}) {
      type.attr(method) = py::cpp_function(
          [name](const py::args&) -> py::object {
            throw py::type_error(std::string("cannot pickle or copy '") + name + "': it holds memory of its process");
          },
          py::name(method), py::is_method(type));
    }
  }
}

}  // namespace

PYBIND11_MODULE(ctcdecode, module) {
  module.doc() = "CTC beam search with KenLM scorers: Alphabet, Scorer, DecoderOptions, Decoder, Stream, Hypothesis.";
  module.attr("__version__") = CTCDECODE_VERSION;

  static PyObject* format_error = PyErr_NewExceptionWithDoc(
      "ds_ctcdecoder.ctcdecode.FormatError",
      "A file that is not what it should be; `code` is the published error code.", PyExc_ValueError, nullptr);
  module.add_object("FormatError", py::reinterpret_borrow<py::object>(format_error));
  py::register_exception_translator([](std::exception_ptr thrown) {
    try {
      if (thrown) std::rethrow_exception(thrown);
    } catch (const FormatError& error) {
      const py::object instance = py::reinterpret_borrow<py::object>(format_error)(as_text(error.what()));
      instance.attr("code") = static_cast<int>(error.kind());
      PyErr_SetObject(format_error, instance.ptr());
    }
  });

  bind_options(module);
  bind_values(module);
  bind_alphabet(module);
  bind_scorer(module);
  bind_decoder(module);
  refuse_copies(module);
  module.def(
      "write_package",
      [](const std::string& path, const std::string& language_model, const py::iterable& words,
         const Alphabet& alphabet, double alpha,
         double beta) { return write_package(path, language_model, as_bytes(words), alphabet, alpha, beta); },
      py::arg("path"), py::arg("language_model"), py::arg("words"), py::arg("alphabet"), py::arg("alpha"),
      py::arg("beta"), "Writes a scorer package; a bytes alphabet makes one for bytes output mode.");
  module.def(
      "write_trie",
      [](const std::string& path, const std::string& language_model, const py::iterable& words,
         const Alphabet& alphabet,
         int version) { return write_trie(path, language_model, as_bytes(words), alphabet, version); },
      py::arg("path"), py::arg("language_model"), py::arg("words"), py::arg("alphabet"), py::arg("version"),
      "Writes a trie file of version 1, 2, 3 or 5.");
}
