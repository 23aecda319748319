// Makes a chosen system call of a program fail, or kills the program there. Loaded before the C
// library with LD_PRELOAD, so it also meets the calls that SQLite makes.
//
// Calls are counted that change files below a folder: opening to create, writing, flushing,
// truncating, renaming, linking, removing and making folders. Variables of the environment:
//
//   FAULTS_BELOW    the folder, an absolute path
//   FAULTS_COUNTER  a file of 8 bytes; the number of calls so far stands in it, little-endian, even
//                   after the program was killed
//   FAULTS_AT       the number of the call at which it happens, from 1; without it calls are counted
//   FAULTS_KIND     what happens:
//                     kill-before, kill-within, kill-after  SIGKILL; within: half of a write is done
//                     short   a write takes half of its bytes, which every program must expect
//                     ENOSPC  the disk is full: whatever needs room fails from then on
//                     EIO     the call fails once
//                     EIO-on  this call and all later ones fail
//                     stop    SIGSTOP before the call, so that others can work until SIGCONT
//                     stop-renamed  SIGSTOP after a file got its name
//
// A kind that does not fit the call waits for the next call that it fits. Once the disk is full,
// statvfs says so too.

#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

enum call { CREATE, WRITE, FLUSH, TRUNCATE, RENAME, REMOVE, FOLDER };
enum kind {
  NONE, KILL_BEFORE, KILL_WITHIN, KILL_AFTER, SHORT, NO_SPACE, FAILURE, FAILURES, STOP, STOP_RENAMED,
  KINDS
};

static const char *folder;
static size_t folder_length;
static _Atomic uint64_t *counter;
static _Atomic uint64_t own_counter;
static uint64_t moment = UINT64_MAX;
static enum kind kind;
static atomic_bool has_happened;

__attribute__((constructor)) static void prepare(void) {
  static const char *const names[] = {"",       "kill-before", "kill-within", "kill-after",
                                      "short",  "ENOSPC",      "EIO",         "EIO-on",
                                      "stop",   "stop-renamed"};
  counter = &own_counter;
  folder = getenv("FAULTS_BELOW");
  if (folder == NULL) return;
  folder_length = strlen(folder);
  const char *at = getenv("FAULTS_AT");
  if (at != NULL) moment = strtoull(at, NULL, 10);
  const char *name = getenv("FAULTS_KIND");
  for (int index = 0; name != NULL && index < KINDS; index++)
    if (strcmp(name, names[index]) == 0) kind = (enum kind)index;
  const char *file = getenv("FAULTS_COUNTER");
  int descriptor = file == NULL ? -1 : open(file, O_RDWR | O_CLOEXEC);
  if (descriptor < 0) return;
  void *shared = mmap(NULL, 8, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0);
  if (shared != MAP_FAILED) counter = shared;
  close(descriptor);
}

static int is_below(const char *path) {
  return strncmp(path, folder, folder_length) == 0 &&
         (path[folder_length] == '/' || path[folder_length] == 0);
}

static int is_watched_path(const char *path) {
  if (folder == NULL || path == NULL) return 0;
  if (path[0] == '/') return is_below(path);
  char whole[2 * PATH_MAX];
  if (getcwd(whole, PATH_MAX) == NULL) return 0;
  strcat(whole, "/");
  strncat(whole, path, PATH_MAX - 1);
  return is_below(whole);
}

static int is_watched_file(int descriptor) {
  if (folder == NULL) return 0;
  char link[64], path[PATH_MAX];
  snprintf(link, sizeof link, "/proc/self/fd/%d", descriptor);
  ssize_t length = readlink(link, path, sizeof path - 1);
  if (length < 0) return 0;
  path[length] = 0;
  return is_below(path);
}

static int fits(enum call call, size_t count) {
  switch (kind) {
    case NONE: return 0;
    case SHORT: return call == WRITE && count > 1;
    case STOP_RENAMED: return call == RENAME;
    case NO_SPACE: return call == CREATE || call == WRITE || call == TRUNCATE || call == FOLDER;
    default: return 1;
  }
}

static _Noreturn void die(void) {
  kill(getpid(), SIGKILL);
  for (;;) pause();
}

// Counts a call and says what happens to it.
static enum kind fate(enum call call, size_t count) {
  uint64_t number = atomic_fetch_add(counter, 1) + 1;
  if (number < moment || !fits(call, count)) return NONE;
  int lasts = kind == NO_SPACE || kind == FAILURES;
  if (atomic_exchange(&has_happened, 1) && !lasts) return NONE;
  if (kind == STOP) {
    raise(SIGSTOP);
    return NONE;
  }
  if (kind == KILL_BEFORE || (kind == KILL_WITHIN && call != WRITE)) die();
  errno = kind == NO_SPACE ? ENOSPC : EIO;
  return kind;
}

static int fails(enum kind fate) {
  return fate == NO_SPACE || fate == FAILURE || fate == FAILURES;
}

#define NEXT(name) \
  static __typeof__(&name) next; \
  if (next == NULL) next = (__typeof__(&name))dlsym(RTLD_NEXT, #name)

// A call that does all or nothing.
#define WHOLE(watched, call, expression) \
  do { \
    if (!(watched)) return expression; \
    enum kind met = fate(call, 0); \
    if (fails(met)) return -1; \
    __typeof__(expression) result = expression; \
    if (met == KILL_AFTER) die(); \
    if (met == STOP_RENAMED) raise(SIGSTOP); \
    return result; \
  } while (0)

// A call that may do a part.
#define PART(descriptor, count, expression) \
  do { \
    if (!is_watched_file(descriptor)) return expression; \
    enum kind met = fate(WRITE, count); \
    if (fails(met)) return -1; \
    if (met == SHORT || met == KILL_WITHIN) count = count / 2; \
    ssize_t result = expression; \
    if (met == KILL_WITHIN || met == KILL_AFTER) die(); \
    return result; \
  } while (0)

ssize_t write(int descriptor, const void *bytes, size_t count) {
  NEXT(write);
  PART(descriptor, count, next(descriptor, bytes, count));
}

ssize_t pwrite(int descriptor, const void *bytes, size_t count, off_t offset) {
  NEXT(pwrite);
  PART(descriptor, count, next(descriptor, bytes, count, offset));
}

ssize_t pwrite64(int descriptor, const void *bytes, size_t count, off64_t offset) {
  NEXT(pwrite64);
  PART(descriptor, count, next(descriptor, bytes, count, offset));
}

int fsync(int descriptor) {
  NEXT(fsync);
  WHOLE(is_watched_file(descriptor), FLUSH, next(descriptor));
}

int fdatasync(int descriptor) {
  NEXT(fdatasync);
  WHOLE(is_watched_file(descriptor), FLUSH, next(descriptor));
}

int syncfs(int descriptor) {
  NEXT(syncfs);
  WHOLE(is_watched_file(descriptor), FLUSH, next(descriptor));
}

int ftruncate(int descriptor, off_t length) {
  NEXT(ftruncate);
  WHOLE(is_watched_file(descriptor), TRUNCATE, next(descriptor, length));
}

int ftruncate64(int descriptor, off64_t length) {
  NEXT(ftruncate64);
  WHOLE(is_watched_file(descriptor), TRUNCATE, next(descriptor, length));
}

int fallocate(int descriptor, int mode, off_t offset, off_t length) {
  NEXT(fallocate);
  WHOLE(is_watched_file(descriptor), TRUNCATE, next(descriptor, mode, offset, length));
}

int rename(const char *path, const char *target) {
  NEXT(rename);
  WHOLE(is_watched_path(target), RENAME, next(path, target));
}

int renameat2(int from, const char *path, int to, const char *target, unsigned flags) {
  NEXT(renameat2);
  WHOLE(is_watched_path(target), RENAME, next(from, path, to, target, flags));
}

int link(const char *path, const char *target) {
  NEXT(link);
  WHOLE(is_watched_path(target), RENAME, next(path, target));
}

int unlink(const char *path) {
  NEXT(unlink);
  WHOLE(is_watched_path(path), REMOVE, next(path));
}

int rmdir(const char *path) {
  NEXT(rmdir);
  WHOLE(is_watched_path(path), REMOVE, next(path));
}

int mkdir(const char *path, mode_t mode) {
  NEXT(mkdir);
  WHOLE(is_watched_path(path), FOLDER, next(path, mode));
}

int mkstemp(char *path) {
  NEXT(mkstemp);
  WHOLE(is_watched_path(path), CREATE, next(path));
}

char *mkdtemp(char *path) {
  NEXT(mkdtemp);
  if (!is_watched_path(path)) return next(path);
  enum kind met = fate(FOLDER, 0);
  if (fails(met)) return NULL;
  char *result = next(path);
  if (met == KILL_AFTER) die();
  return result;
}

// The mode is there only when a file may be made.
#define MODE(flags, mode) \
  mode_t mode = 0; \
  if ((flags) & (O_CREAT | __O_TMPFILE)) { \
    va_list rest; \
    va_start(rest, flags); \
    mode = va_arg(rest, mode_t); \
    va_end(rest); \
  }

// A program may ask whether it was the lack of room.
int statvfs(const char *path, struct statvfs *status) {
  NEXT(statvfs);
  int result = next(path, status);
  if (result == 0 && kind == NO_SPACE && atomic_load(&has_happened) && is_watched_path(path))
    status->f_bavail = status->f_bfree = status->f_favail = 0;
  return result;
}

int open(const char *path, int flags, ...) {
  NEXT(open);
  MODE(flags, mode);
  WHOLE((flags & O_CREAT) && is_watched_path(path), CREATE, next(path, flags, mode));
}

int open64(const char *path, int flags, ...) {
  NEXT(open64);
  MODE(flags, mode);
  WHOLE((flags & O_CREAT) && is_watched_path(path), CREATE, next(path, flags, mode));
}
