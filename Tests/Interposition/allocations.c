// Counts the large allocations of a program. Loaded with LD_PRELOAD.
//
// The variable ALLOCATIONS names a file; when the program ends, the number of blocks of at least
// 64 KiB that it asked for is written there. Smaller ones are not counted: oneDNN makes a few hundred
// bytes of argument maps for each primitive that it runs.
// What oneDNN asks for itself is not counted either: on processors with AVX-512 its matrix products pack
// panels, up to 0.9 MB for ViT, into memory that they take and give back within the call, whatever
// scratchpad they were handed. Tensors and scratchpads are asked for by the program.

#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// The C library's own, under the names that its malloc is exported by.
extern void *__libc_malloc(size_t);
extern void *__libc_calloc(size_t, size_t);
extern void *__libc_realloc(void *, size_t);
extern void *__libc_memalign(size_t, size_t);

enum { LARGE = 64 * 1024 };
static atomic_long count;

static int is_in_onednn(const void *address) {
  Dl_info found;
  return dladdr(address, &found) != 0 && found.dli_fname != NULL &&
         strstr(found.dli_fname, "libdnnl") != NULL;
}

static void note(size_t size, const void *caller) {
  if (size >= LARGE && !is_in_onednn(caller)) atomic_fetch_add(&count, 1);
}

void *malloc(size_t size) {
  note(size, __builtin_return_address(0));
  return __libc_malloc(size);
}
void *calloc(size_t items, size_t size) {
  if (size == 0 || items <= (size_t)-1 / size) note(items * size, __builtin_return_address(0));
  return __libc_calloc(items, size);
}
void *realloc(void *block, size_t size) {
  note(size, __builtin_return_address(0));
  return __libc_realloc(block, size);
}
void *aligned_alloc(size_t alignment, size_t size) {
  note(size, __builtin_return_address(0));
  return __libc_memalign(alignment, size);
}
void *memalign(size_t alignment, size_t size) {
  note(size, __builtin_return_address(0));
  return __libc_memalign(alignment, size);
}
int posix_memalign(void **block, size_t alignment, size_t size) {
  note(size, __builtin_return_address(0));
  *block = __libc_memalign(alignment, size);
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
