/* What the fuzz targets share. A target is one file, tests/fuzz/NAME.c, that takes any bytes and says (fuzz_require) what has to
 * be true whatever they are. `make fuzz` links it with libFuzzer, the tests with replay.c, which gives it tests/fuzz/corpus/NAME. */
#ifndef TESTS_FUZZ_H
#define TESTS_FUZZ_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define fuzz_require(holds) ((holds) ? (void)0 : fuzz_broken(#holds, __FILE__, __LINE__))
_Noreturn void fuzz_broken(const char *what, const char *file, int line);

/* An input as several texts: each ends at a byte 1E (record separator). */
#define FUZZ_END '\x1e'
struct fuzz_in { const uint8_t *at; size_t left; };
/* The next text in memory of just its size: what reads past it is seen. The caller frees. */
char *fuzz_bytes(struct fuzz_in *in, size_t *n);
/* The same with a NUL behind it, and none inside: it ends at its first. */
char *fuzz_text(struct fuzz_in *in);
/* The first character of the next text as a number below `most`; a letter is its place in the alphabet. */
size_t fuzz_choice(struct fuzz_in *in, size_t most);

/* Valid UTF-8 that steers no terminal, and hides and turns nothing: no C0 (but \n where lines), DEL, C1, bidi, zero-width. Written
 * without utf8_clean, which it is to check. */
bool fuzz_inert(const char *s, size_t n, bool lines);
/* Is every text in it inert, keys too? */
bool fuzz_json_inert(const json_t *j);
/* An error people can act on: it has a code and one line. */
void fuzz_error(const struct err *e);

#endif
