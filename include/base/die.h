/* The end of the road: out of memory and broken invariants. */
#ifndef BASE_DIE_H
#define BASE_DIE_H

#include <stddef.h>

/* Runs the hook (the terminal registers its restore here), prints one line on
 * stderr and exits with status 70. Never returns. */
_Noreturn void die(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* At most one hook; NULL takes it away. Called once, before anything is printed. */
void die_hook(void (*restore)(void));

/* malloc family that dies instead of returning NULL. Zero-filled; size 0 is 1. */
void *xcalloc(size_t count, size_t size) __attribute__((malloc, alloc_size(1, 2)));
void *xrealloc(void *p, size_t size) __attribute__((alloc_size(2)));
/* NULL stays NULL. */
char *xstrdup(const char *s);
char *xstrndup(const char *s, size_t n);

#endif
