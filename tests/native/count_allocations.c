// Preloaded by test_allocations.py: counts what goes through the C library's allocator, C++'s `new`
// included, in all threads.
#include <stdatomic.h>
#include <stddef.h>
#include <errno.h>

extern void* __libc_malloc(size_t);
extern void* __libc_calloc(size_t, size_t);
extern void* __libc_realloc(void*, size_t);
extern void* __libc_memalign(size_t, size_t);
extern void __libc_free(void*);

static atomic_long allocations, live;

long count_of_allocations(void) { return allocations; }
long count_of_live(void) { return live; }

static void* counted(void* memory) {
  if (memory != NULL) ++allocations, ++live;
  return memory;
}

void* malloc(size_t n) { return counted(__libc_malloc(n)); }
void* calloc(size_t n, size_t size) { return counted(__libc_calloc(n, size)); }
void* memalign(size_t alignment, size_t n) { return counted(__libc_memalign(alignment, n)); }
void* aligned_alloc(size_t alignment, size_t n) { return memalign(alignment, n); }

int posix_memalign(void** memory, size_t alignment, size_t n) {
  *memory = memalign(alignment, n);
  return *memory == NULL ? ENOMEM : 0;
}

void* realloc(void* memory, size_t n) {
  void* moved = __libc_realloc(memory, n);
  if (memory != NULL && (moved != NULL || n == 0)) --live;
  return counted(moved);
}

void free(void* memory) {
  if (memory != NULL) --live;
  __libc_free(memory);
}
