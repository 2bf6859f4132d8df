#include <iostream>

#include "commands.h"

int main(int argc, char** argv) {
  const std::vector<std::string> args(argv + 1, argv + argc);
  return ctcdecode::run_generate_trie(args, std::cout, std::cerr);
}
