// The program convert_graphdef_memmapped_format, with the arguments of TensorFlow's program of this name.
#include <exception>
#include <filesystem>
#include <new>
#include <ostream>
#include <stdexcept>
#include <string>
#include <vector>

#include "command_line.h"
#include "file_writer.h"
#include "mapped_file.h"
#include "memory_mapped_writer.h"
#include "model/model_error.h"
#include "standard_streams.h"

namespace {

using namespace deepspeech;

constexpr char kHelp[] =
    "convert_graphdef_memmapped_format: makes a memory-mapped model (.pbmm) of a frozen graph (.pb). It loads at once and\n"
    "shares its memory between programs.\n"
    "  --in_graph FILE                      frozen graph (.pb)\n"
    "  --out_graph FILE                     memory-mapped model to write (.pbmm)\n"
    "  --min_conversion_tensor_size NUMBER  bytes from which a constant is mapped (10000)\n";

void convert(const ctcdecode::CommandLine& line, std::ostream& out, std::ostream& err) {
  const std::string from = line.required("in_graph"), to = line.required("out_graph");
  const int min_bytes = line.optional_integer("min_conversion_tensor_size").value_or(int{kMinRegionBytes});
  if (!line.words().empty()) throw std::invalid_argument(line.words()[0] + " is no argument; see --help.");
  if (min_bytes < 0) throw std::invalid_argument("--min_conversion_tensor_size is below 0; give a number of bytes.");
  std::error_code ignored;
  if (std::filesystem::equivalent(from, to, ignored)) {
    throw std::invalid_argument(to + ": " + from + " would be written over; choose another name.");
  }
  const ctcdecode::MappedFile graph(from);
  if (graph.size() == 0) throw std::invalid_argument(from + ": the file is empty; pass a frozen graph (.pb).");
  ctcdecode::FileWriter file(to);
  size_t n_converted = 0;
  try {
    n_converted = write_memory_mapped({reinterpret_cast<const char*>(graph.data()), graph.size()},
                                      static_cast<size_t>(min_bytes), &file);
  } catch (const ModelError& error) {
    throw std::invalid_argument(from + ": " + error.what());
  }
  file.commit();
  out << "Converted " << n_converted << " nodes\n";
  if (n_converted == 0) {
    err << "W No constant in " << from << " has " << min_bytes << " bytes or more: is it a frozen graph?\n";
  }
}

int run(const std::vector<std::string>& args, std::ostream& out, std::ostream& err) {
  try {
    const ctcdecode::CommandLine line(args, {"in_graph", "out_graph", "min_conversion_tensor_size"});
    if (line.wants_help()) {
      out << kHelp;
    } else {
      convert(line, out, err);
    }
    return 0;
  } catch (const std::bad_alloc&) {
    err << "E memory ran out; raise the limit (ulimit -v).\n";
  } catch (const std::exception& error) {
    err << "E " << error.what() << "\n";
  }
  return 1;
}

}  // namespace

int main(int argc, char** argv) { return ctcdecode::with_standard_streams(run, argc, argv); }
