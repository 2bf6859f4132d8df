#include "commands.h"
#include "standard_streams.h"

int main(int argc, char** argv) {
  return ctcdecode::with_standard_streams(ctcdecode::run_enumerate_kenlm_vocabulary, argc, argv);
}
