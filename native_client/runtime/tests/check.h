// Checks for test programs: a failed one is printed and counted, and the program goes on.
//
//   int main() { CHECK(1 + 1 == 2); CHECK_NEAR(0.1 + 0.2, 0.3, 1e-12); return check::failures(); }
#pragma once

#include <cmath>
#include <cstdio>

namespace check {

inline int& failures() {
  static int count = 0;
  return count;
}

inline void fail(const char* file, int line, const char* what) {
  std::fprintf(stderr, "%s:%d: %s\n", file, line, what);
  ++failures();
}

}  // namespace check

#define CHECK(condition) ((condition) ? (void)0 : check::fail(__FILE__, __LINE__, #condition))

#define CHECK_NEAR(found, expected, tolerance)                                                                        \
  do {                                                                                                                \
    const double check_found = (found), check_expected = (expected);                                                  \
    if (!(std::fabs(check_found - check_expected) <= (tolerance))) {                                                  \
      std::fprintf(stderr, "%s:%d: %s is %.9g, not %.9g\n", __FILE__, __LINE__, #found, check_found, check_expected); \
      ++check::failures();                                                                                            \
    }                                                                                                                 \
  } while (false)

// `statement` throws an Exception.
#define CHECK_THROWS(Exception, statement)                                    \
  do {                                                                        \
    bool check_thrown = false;                                                \
    try {                                                                     \
      statement;                                                              \
    } catch (const Exception&) {                                              \
      check_thrown = true;                                                    \
    }                                                                         \
    if (!check_thrown) check::fail(__FILE__, __LINE__, #statement " throws"); \
  } while (false)
