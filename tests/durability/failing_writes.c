/* Lets writes to one directory fail, as on a full or broken disk. Preloaded into a training (LD_PRELOAD).
 *
 * FAIL_DIRECTORY: whose files are meant. FAIL_AT: the number of the call that fails, counted from 1; 0: none does.
 * FAIL_ERRNO: with what. FAIL_FOREVER: if set, all later calls fail, too. FAIL_COUNT: file that gets the number of calls.
 * Counted are: opening for writing (not O_TMPFILE: Python has another way then), write, fwrite, fflush, fclose, fsync, fdatasync, rename, ftruncate.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

static long n_calls = 0;

static int is_meant_path(const char *path) {
  const char *directory = getenv("FAIL_DIRECTORY");
  return directory && path && strncmp(path, directory, strlen(directory)) == 0;
}

static int is_meant(int handle) {
  char link[64], path[4096];
  snprintf(link, sizeof link, "/proc/self/fd/%d", handle);
  ssize_t length = readlink(link, path, sizeof path - 1);
  if (length < 0) return 0;
  path[length] = 0;
  return is_meant_path(path);
}

/* Counts a call; returns whether it is to fail, with errno set. */
static int fails(void) {
  const char *at = getenv("FAIL_AT"), *count = getenv("FAIL_COUNT");
  long number = __sync_add_and_fetch(&n_calls, 1);
  if (count) {
    char text[32];
    int length = snprintf(text, sizeof text, "%ld", number);
    int handle = REAL(open)(count, O_WRONLY | O_CREAT | O_TRUNC, 0644);
    if (handle >= 0) {
      if (REAL(write)(handle, text, length) < 0) abort();
      close(handle);
    }
  }
  long first = at ? atol(at) : 0;
  if (!first || number < first || (number > first && !getenv("FAIL_FOREVER"))) return 0;
  errno = atoi(getenv("FAIL_ERRNO"));
  return 1;
}

#define OPEN(name)                                                              \
  int name(const char *path, int flags, ...) {                                  \
    va_list arguments;                                                          \
    va_start(arguments, flags);                                                 \
    mode_t mode = flags & O_CREAT ? va_arg(arguments, mode_t) : 0;              \
    va_end(arguments);                                                          \
    int writes = flags & (O_WRONLY | O_RDWR) && (flags & O_TMPFILE) != O_TMPFILE; \
    if (writes && is_meant_path(path) && fails()) return -1;                    \
    return REAL(name)(path, flags, mode);                                       \
  }
OPEN(open)
OPEN(open64)

#define FOPEN(name)                                                             \
  FILE *name(const char *path, const char *mode) {                              \
    if (strpbrk(mode, "wa+") && is_meant_path(path) && fails()) return NULL;    \
    return REAL(name)(path, mode);                                              \
  }
FOPEN(fopen)
FOPEN(fopen64)

ssize_t write(int handle, const void *data, size_t size) {
  return is_meant(handle) && fails() ? -1 : REAL(write)(handle, data, size);
}

size_t fwrite(const void *data, size_t size, size_t n, FILE *file) {
  return is_meant(fileno(file)) && fails() ? 0 : REAL(fwrite)(data, size, n, file);
}

int fflush(FILE *file) { return file && is_meant(fileno(file)) && fails() ? EOF : REAL(fflush)(file); }

int fclose(FILE *file) {
  int failed = is_meant(fileno(file)) && fails(), reason = errno;
  int result = REAL(fclose)(file);
  if (!failed) return result;
  errno = reason;
  return EOF;
}

int fsync(int handle) { return is_meant(handle) && fails() ? -1 : REAL(fsync)(handle); }

int fdatasync(int handle) { return is_meant(handle) && fails() ? -1 : REAL(fdatasync)(handle); }

int rename(const char *from, const char *to) { return is_meant_path(to) && fails() ? -1 : REAL(rename)(from, to); }

int ftruncate(int handle, off_t size) { return is_meant(handle) && fails() ? -1 : REAL(ftruncate)(handle, size); }

int ftruncate64(int handle, off64_t size) { return is_meant(handle) && fails() ? -1 : REAL(ftruncate64)(handle, size); }
