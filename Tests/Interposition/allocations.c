// Counts the large allocations of a program. Loaded with LD_PRELOAD.
//
// The variable ALLOCATIONS names a file; when the program ends, the number of blocks of at least
// 64 KiB that it asked for is written there. Smaller ones are not counted: oneDNN makes a few hundred
// bytes of argument maps for each primitive that it runs.

#define _GNU_SOURCE
#include <errno.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

// The C library's own, under the names that its malloc is exported by.
extern void *__libc_malloc(size_t);
extern void *__libc_calloc(size_t, size_t);
extern void *__libc_realloc(void *, size_t);
extern void *__libc_memalign(size_t, size_t);

enum { LARGE = 64 * 1024 };
static atomic_long count;

static size_t counted(size_t size) {
  if (size >= LARGE) atomic_fetch_add(&count, 1);
  return size;
}

void *malloc(size_t size) { return __libc_malloc(counted(size)); }
void *calloc(size_t items, size_t size) {
  if (size == 0 || items <= (size_t)-1 / size) counted(items * size);
  return __libc_calloc(items, size);
}
void *realloc(void *block, size_t size) { return __libc_realloc(block, counted(size)); }
void *aligned_alloc(size_t alignment, size_t size) {
  return __libc_memalign(alignment, counted(size));
}
void *memalign(size_t alignment, size_t size) { return __libc_memalign(alignment, counted(size)); }
int posix_memalign(void **block, size_t alignment, size_t size) {
  *block = __libc_memalign(alignment, counted(size));
  return *block == NULL ? ENOMEM : 0;
}

__attribute__((destructor)) static void write_count(void) {
  const char *path = getenv("ALLOCATIONS");
  FILE *file = path == NULL ? NULL : fopen(path, "w");
  if (file == NULL) return;
  long found = atomic_load(&count);
  fprintf(file, "%ld\n", found);
  fclose(file);
}
