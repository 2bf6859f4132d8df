// Model files of every kind: the golden ones open as what they are; what is no model, or computes something else, is
// refused with the code of the published client.
#include "model/model_file.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iterator>
#include <string>

#include "check.h"
#include "deepspeech.h"
#include "graph_edits.h"
#include "model/model_error.h"

namespace {

using deepspeech::AcousticModel;
using deepspeech::FeatureSpec;
using deepspeech::MatrixView;
using deepspeech::ModelError;
using deepspeech::read_model;
using graph_edits::Changes;
using graph_edits::integers;
using graph_edits::node;
using graph_edits::number;
using graph_edits::placeholder;
using graph_edits::reals;
using Model = std::shared_ptr<const AcousticModel>;

const std::string kCell = "cudnn_lstm/rnn/multi_rnn_cell/cell_0/cudnn_compatible_lstm_cell/";

std::string golden(const std::string& name) { return TESTS_DIRECTORY "golden/" + name; }

std::string read_bytes(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return std::string(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>());
}

Model model_of(const std::string& bytes) {
  const auto kept = std::make_shared<std::string>(bytes);
  return read_model(*kept, kept);
}

// The code and the text that opening ends with; 0 if it does not.
int code_of(const std::string& bytes, std::string* text) {
  try {
    model_of(bytes);
    *text = "it opens";
    return 0;
  } catch (const ModelError& error) {
    *text = error.what();
    return error.code();
  }
}

int code_of_path(const std::string& path, std::string* text) {
  try {
    read_model(path);
    return 0;
  } catch (const ModelError& error) {
    *text = error.what();
    return error.code();
  }
}

float number_at(const MatrixView& view, size_t row, size_t column) {
  const size_t place = view.is_transposed ? column * view.stride + row : row * view.stride + column;
  if (view.type == MatrixView::Type::kInt8) {
    float scale;
    std::memcpy(&scale, static_cast<const char*>(view.scales) + (view.n_scales > 1 ? 4 * column : 0), sizeof(scale));
    return scale * static_cast<const int8_t*>(view.data)[place];
  }
  float value;
  std::memcpy(&value, static_cast<const char*>(view.data) + place * sizeof(value), sizeof(value));
  return value;
}

void golden_graphs_open() {
  const Model plain = read_model(golden("ds093-plain/output_graph.pb"));
  CHECK(plain->features.kind == FeatureSpec::Kind::kMfcc && plain->features.rate_hz == 16000);
  CHECK(plain->features.window_samples == 512 && plain->features.step_samples == 320);
  CHECK(plain->features.lower_hz == 20.0 && plain->features.upper_hz == 8000.0 && plain->features.magnitude_squared);
  CHECK(plain->n_steps == 16 && plain->n_context == 9 && plain->beam_width == 500 && plain->n_classes() == 29);
  CHECK(plain->alphabet && plain->alphabet->size() == 142 && plain->reads_lengths);
  CHECK(plain->layer_1.weights.n_rows == 494 && plain->layer_1.weights.n_columns == 48);
  CHECK(plain->layer_1.clip == 20.0f && plain->layer_5.clip == 20.0f && !plain->layer_1.norm);
  CHECK(plain->cells.size() == 1 && plain->cells[0].units() == 48 && plain->cells[0].forget_bias == 0.0f);
  CHECK(plain->cells[0].of_input.n_rows == 48 && plain->cells[0].of_input.stride == 192);
  CHECK(read_model(golden("ds093-bytes/output_graph.pb"))->n_classes() == 256);
}

void golden_early_graph_opens() {
  const Model early = read_model(golden("ds011/output_graph.pb"));
  CHECK(early->features.kind == FeatureSpec::Kind::kLegacy && early->features.whitened && !early->features.hamming);
  CHECK(early->features.window_samples == 400 && early->features.hop_samples == 160 && early->n_steps == 0);
  CHECK(!early->alphabet && early->cells.size() == 2 && early->cells[1].units() == 32 &&
        early->cells[1].forget_bias == 1.0f);
  CHECK(early->layer_3.weights.n_columns == 64 && early->cells[0].of_input.n_rows == 64);
}

void golden_lite_files_open() {
  const Model exact = read_model(golden("unrolled/float32.tflite")), bytes = read_model(golden("unrolled/int8.tflite"));
  CHECK(exact->cells.size() == 1 && exact->cells[0].units() == 16 && exact->n_classes() == 29 && !exact->reads_lengths);
  CHECK(exact->layer_1.weights.is_transposed && exact->layer_1.weights.type == MatrixView::Type::kFloat32);
  CHECK(bytes->layer_1.weights.type == MatrixView::Type::kInt8 && bytes->layer_1.weights.n_scales == 1);
  CHECK(bytes->layer_6.weights.type == MatrixView::Type::kFloat32);  // too small to be rounded
  float scale;
  std::memcpy(&scale, bytes->layer_1.weights.scales, sizeof(scale));
  for (size_t row = 0; row < 494; row += 7) {
    for (size_t column = 0; column < 16; ++column) {
      CHECK_NEAR(number_at(bytes->layer_1.weights, row, column), number_at(exact->layer_1.weights, row, column),
                 0.51 * scale);
    }
  }
  std::memcpy(&scale, bytes->cells[0].of_state.scales, sizeof(scale));
  for (size_t i = 0; i < 16; ++i) {
    CHECK_NEAR(number_at(bytes->cells[0].of_state, i, 4 * i), number_at(exact->cells[0].of_state, i, 4 * i),
               0.51 * scale);
  }
  const Model both = read_model(golden("loop/both_directions.tflite"));
  CHECK(both->cells.size() == 2 && both->reads_lengths && both->n_steps == 40 && both->cells[1].units() == 8);
}

void the_content_decides_not_the_name(const std::string& directory) {
  const std::string graph = read_bytes(golden("ds093-plain/output_graph.pb"));
  const Model plain = model_of(graph);
  const MatrixView& weights = plain->layer_1.weights;
  const std::string mapped = graph_edits::memory_mapped(
      graph, "layer_1/weights", {494, 48}, std::string_view(static_cast<const char*>(weights.data), 494 * 48 * 4));
  for (const char* name : {"mapped.pb", "mapped.tflite"}) {
    const std::string path = directory + "/" + name;
    std::ofstream(path, std::ios::binary) << mapped;
    const Model model = read_model(path);
    for (size_t i = 0; i < 48; ++i)
      CHECK(number_at(model->layer_1.weights, 10 * i, i) == number_at(weights, 10 * i, i));
    unlink(path.c_str());
  }
}

void paths_that_name_no_file(const std::string& directory) {
  std::string text;
  CHECK(code_of_path(directory + "/missing.pb", &text) == DS_ERR_FAIL_READ_PROTOBUF);
  CHECK(text.find("No such file") != std::string::npos && text.find("missing.pb") != std::string::npos);
  CHECK(code_of_path(directory + "/missing.pbmm", &text) == DS_ERR_FAIL_INIT_MMAP);
  CHECK(code_of_path(directory + "/missing.tflite", &text) == DS_ERR_FAIL_INIT_MMAP);
  CHECK(code_of_path(directory, &text) == DS_ERR_MODEL_INCOMPATIBLE);
  const std::string pipe = directory + "/pipe.pb";
  CHECK(mkfifo(pipe.c_str(), 0600) == 0);
  CHECK(code_of_path(pipe, &text) == DS_ERR_FAIL_READ_PROTOBUF && text.find("named pipe") != std::string::npos);
  unlink(pipe.c_str());
  const std::string path = directory + "/pointer.pb";
  std::ofstream(path) << "version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12345\n";
  CHECK(code_of_path(path, &text) == DS_ERR_FAIL_READ_PROTOBUF && text.find("git lfs pull") != std::string::npos);
  std::ofstream(path, std::ios::trunc).flush();
  CHECK(code_of_path(path, &text) == DS_ERR_FAIL_READ_PROTOBUF);
  unlink(path.c_str());
}

struct Refused {
  Changes changes;
  int code;
  const char* part;  // of the text
};

const Refused kNoModels[] = {
    {{{"metadata_version", ""}}, DS_ERR_MODEL_INCOMPATIBLE, "metadata_version is missing"},
    {{{"metadata_version", integers("metadata_version", {1}, {5})}}, DS_ERR_MODEL_INCOMPATIBLE, "graph version 5"},
    {{{"metadata_version", integers("metadata_version", {1}, {7})}}, DS_ERR_MODEL_INCOMPATIBLE, "graph version 7"},
    {{{"metadata_version", integers("metadata_version", {2}, {6})}}, DS_ERR_MODEL_INCOMPATIBLE, "2 values"},
    {{{"metadata_sample_rate", ""}}, DS_ERR_MODEL_INCOMPATIBLE, "metadata_sample_rate"},
    {{{"metadata_feature_win_len", integers("metadata_feature_win_len", {1}, {0})}},
     DS_ERR_MODEL_INCOMPATIBLE,
     "0 samples"},
    {{{"metadata_beam_width", integers("metadata_beam_width", {1}, {1 << 20})}},
     DS_ERR_MODEL_INCOMPATIBLE,
     "beam of 1048576"},
    {{{"logits", ""}}, DS_ERR_FAIL_RUN_SESS, "logits is missing"},
    {{{"mfccs", ""}}, DS_ERR_FAIL_RUN_SESS, "mfccs is missing"},
    {{{"input_node", ""}}, DS_ERR_FAIL_CREATE_SESS, "input_node"},
    {{{"input_node", placeholder("input_node", {1, -1, 19, 26})}}, DS_ERR_INVALID_SHAPE, "input_node"},
    {{{"input_node", placeholder("input_node", {1, 16, 18, 26})}}, DS_ERR_INVALID_SHAPE, "18 frames"},
    {{{"input_node", placeholder("input_node", {1, 1 << 20, 19, 26})}}, DS_ERR_INVALID_SHAPE, "not too large"},
    {{{"previous_state_c", placeholder("previous_state_c", {1, 12})}}, DS_ERR_FAIL_RUN_SESS, "takes (1, 12)"},
    {{{"extra", node("extra", "ReadFile", {"metadata_alphabet"})}}, DS_ERR_FAIL_CREATE_SESS, "ReadFile"},
    {{{"logits", node("logits", "Softmax", {"logits"})}}, DS_ERR_FAIL_CREATE_SESS, "depends on itself"},
    {{{"logits", node("logits", "Softmax", {"new_state_c:3"})}}, DS_ERR_FAIL_CREATE_SESS, "output 3"},
    {{{"new_state_c", node("new_state_c", "Identity", {"nowhere"})}}, DS_ERR_FAIL_CREATE_SESS, "nowhere"},
    {{{"extra", node("logits", "Softmax", {"raw_logits"})}}, DS_ERR_FAIL_CREATE_SESS, "two nodes are called logits"},
    {{{"layer_2/bias", reals("layer_2/bias", {47}, {1.0f})}}, DS_ERR_INVALID_SHAPE, "47 biases for 48 units"},
    {{{"Reshape/shape", integers("Reshape/shape", {2}, {-1, 25})}}, DS_ERR_FAIL_CREATE_SESS, "cannot be computed"},
};

// Each computes something that looks like the model and is another one.
const Refused kOtherModels[] = {
    {{{"logits", node("logits", "LogSoftmax", {"raw_logits"})}}, DS_ERR_FAIL_CREATE_SESS, "no probabilities"},
    {{{"raw_logits/shape", integers("raw_logits/shape", {3}, {29, 1, -1})}},
     DS_ERR_FAIL_CREATE_SESS,
     "probabilities of classes"},
    {{{"Relu_1", node("Relu_1", "Elu", {"BiasAdd_1"})}}, DS_ERR_FAIL_CREATE_SESS, "clipped ReLU"},
    {{{"Minimum/y", reals("Minimum/y", {}, {-1.0f})}}, DS_ERR_FAIL_CREATE_SESS, "clipped ReLU"},
    {{{"transpose/perm", integers("transpose/perm", {4}, {1, 0, 3, 2})}},
     DS_ERR_FAIL_CREATE_SESS,
     "something else than the windows"},
    {{{"BiasAdd_2", node("BiasAdd_2", "BiasAdd", {"MatMul_2", "MatMul_2"})}}, DS_ERR_FAIL_CREATE_SESS, "bias"},
    {{{"MatMul_1", node("MatMul_1", "MatMul", {"Minimum", "Minimum"})}},
     DS_ERR_FAIL_CREATE_SESS,
     "something else than weights"},
    {{{"Mfcc/sample_rate", integers("Mfcc/sample_rate", {}, {8000})}}, DS_ERR_FAIL_CREATE_SESS, "another rate"},
    {{{"Mfcc", node("Mfcc", "Mfcc", {"AudioSpectrogram", "Mfcc/sample_rate"})}}, DS_ERR_INVALID_SHAPE, "13 values"},
    {{{"AudioSpectrogram", node("AudioSpectrogram", "AudioSpectrogram", {"ExpandDims"},
                                {{"window_size", number(3, 256)}, {"stride", number(3, 320)}})}},
     DS_ERR_FAIL_CREATE_SESS,
     "256 samples"},
    {{{"new_state_c", node("new_state_c", "Identity", {kCell + "GatherNd_1"})}},
     DS_ERR_FAIL_CREATE_SESS,
     "new_state_c"},
    {{{kCell + "stack", node(kCell + "stack", "Pack", {kCell + "range", kCell + "range"}, {{"axis", number(3, 1)}})}},
     DS_ERR_FAIL_CREATE_SESS,
     "not the states after the last step"},
    {{{kCell + "mul", node(kCell + "mul", "Mul", {kCell + "BlockLSTM:1", kCell + "Tile"})}},
     DS_ERR_FAIL_CREATE_SESS,
     "BlockLSTM"},
    {{{kCell + "SequenceMask/Less",
       node(kCell + "SequenceMask/Less", "Less", {kCell + "SequenceMask/Cast", kCell + "SequenceMask/Range"})}},
     DS_ERR_FAIL_CREATE_SESS,
     "another order"},
    {{{kCell + "Max", node(kCell + "Max", "Min", {"previous_state_c", kCell + "Const"})}}, DS_ERR_FAIL_CREATE_SESS, ""},
};

std::string block_lstm(const std::string& c, const std::string& h,
                       const std::map<std::string, std::string>& attributes) {
  const std::string zeros = kCell + "zeros";
  return node(kCell + "BlockLSTM", "BlockLSTM",
              {kCell + "Cast", "Reshape_2", c, h, kCell + "kernel/read", zeros, zeros, zeros, kCell + "bias/read"},
              attributes);
}

void check_refused(const std::string& graph, const Refused& refused) {
  std::string text;
  const int code = code_of(graph_edits::changed(graph, refused.changes), &text);
  if (code == refused.code && text.find(refused.part) != std::string::npos) return;
  std::fprintf(stderr, "%s: 0x%x %s\n", refused.changes.begin()->first.c_str(), static_cast<unsigned>(code),
               text.c_str());
  ++check::failures();
}

void other_graphs_are_refused() {
  const std::string graph = read_bytes(golden("ds093-plain/output_graph.pb"));
  CHECK(model_of(graph_edits::changed(graph, {}))->n_classes() == 29);
  for (const Refused& refused : kNoModels) check_refused(graph, refused);
  for (const Refused& refused : kOtherModels) check_refused(graph, refused);
  const std::string cell = kCell + "BlockLSTM", c = "previous_state_c", h = "previous_state_h";
  check_refused(graph, {{{cell, block_lstm(h, c, {})}}, DS_ERR_FAIL_CREATE_SESS, "does not go on from"});
  check_refused(graph,
                {{{cell, block_lstm(c, h, {{"use_peephole", number(5, 1)}})}}, DS_ERR_FAIL_CREATE_SESS, "peephole"});
}

// What a graph says otherwise is taken as it is.
void other_settings_are_read() {
  const std::string graph = read_bytes(golden("ds093-plain/output_graph.pb"));
  const std::string c = "previous_state_c", h = "previous_state_h";
  const Model defaults = model_of(graph_edits::changed(graph, {{kCell + "BlockLSTM", block_lstm(c, h, {})}}));
  CHECK(defaults->cells[0].forget_bias == 1.0f && defaults->cells[0].cell_clip == 3.0f);
  const Model clipped = model_of(graph_edits::changed(graph, {{"Minimum_3/y", reals("Minimum_3/y", {}, {7.5f})}}));
  CHECK(clipped->layer_5.clip == 7.5f && clipped->layer_1.clip == 20.0f);
  const Model relu6 = model_of(graph_edits::changed(graph, {{"Minimum_1", node("Minimum_1", "Relu6", {"BiasAdd_1"})}}));
  CHECK(relu6->layer_2.clip == 6.0f);
}

void cut_files_are_refused() {
  for (const char* name : {"ds093-plain/output_graph.pb", "ds011/output_graph.pb", "unrolled/int8.tflite",
                           "loop/both_directions.tflite"}) {
    const std::string bytes = read_bytes(golden(name));
    for (size_t size = 0; size < bytes.size(); size += 1 + bytes.size() / 60) {
      std::string text;
      CHECK(code_of(bytes.substr(0, size), &text) != 0);
    }
  }
}

}  // namespace

int main() {
  std::string directory = "/tmp/model_file_test_XXXXXX";
  CHECK(mkdtemp(directory.data()) != nullptr);
  golden_graphs_open();
  golden_early_graph_opens();
  golden_lite_files_open();
  the_content_decides_not_the_name(directory);
  paths_that_name_no_file(directory);
  other_graphs_are_refused();
  other_settings_are_read();
  cut_files_are_refused();
  rmdir(directory.c_str());
  return check::result();
}
