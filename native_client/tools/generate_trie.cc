#include "commands.h"
#include "standard_streams.h"

int main(int argc, char** argv) { return ctcdecode::with_standard_streams(ctcdecode::run_generate_trie, argc, argv); }
