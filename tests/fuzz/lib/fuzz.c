#include "fuzz.h"

#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/die.h"
#include "base/utf8.h"

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc, (void)argv;
    setlocale(LC_CTYPE, "C.UTF-8");
    return 0;
}

void fuzz_broken(const char *what, const char *file, int line)
{
    fprintf(stderr, "%s:%d: does not hold: %s\n", file, line, what);
    abort();
}

char *fuzz_bytes(struct fuzz_in *in, size_t *n)
{
    const uint8_t *end = in->left ? memchr(in->at, FUZZ_END, in->left) : NULL;
    *n = end ? (size_t)(end - in->at) : in->left;
    char *out = malloc(*n + !*n);
    if (*n)
        memcpy(out, in->at, *n);
    in->at += *n + (end != NULL);
    in->left -= *n + (end != NULL);
    return out;
}

char *fuzz_text(struct fuzz_in *in)
{
    size_t n;
    char *bytes = fuzz_bytes(in, &n), *out = xstrndup(bytes, strnlen(bytes, n));
    free(bytes);
    return out;
}

size_t fuzz_choice(struct fuzz_in *in, size_t most)
{
    char *text = fuzz_text(in);
    size_t c = (unsigned char)*text;
    free(text);
    return (c >= 'a' && c <= 'z' ? c - 'a' : c) % most;
}

bool fuzz_inert(const char *s, size_t n, bool lines)
{
    if (!utf8_valid(s, n))
        return false;
    for (size_t i = 0; i < n;) {
        uint32_t cp;
        i += utf8_decode(s + i, n - i, &cp);
        if (cp == '\n' && lines)
            continue;
        if (cp < 0x20 || (cp >= 0x7F && cp < 0xA0) || cp == 0x61C || (cp >= 0x200B && cp <= 0x200F) ||
            (cp >= 0x2028 && cp <= 0x202E) || (cp >= 0x2060 && cp <= 0x206F) || cp == 0xFEFF || (cp >= 0xE0000 && cp <= 0xE007F))
            return false;
    }
    return true;
}

bool fuzz_json_inert(const json_t *j)
{
    const char *key;
    json_t *value;
    size_t i;
    if (json_is_string(j))
        return fuzz_inert(json_string_value(j), json_string_length(j), true);
    json_object_foreach((json_t *)(uintptr_t)j, key, value)
        if (!fuzz_inert(key, strlen(key), false) || !fuzz_json_inert(value))
            return false;
    json_array_foreach(j, i, value)
        if (!fuzz_json_inert(value))
            return false;
    return true;
}

void fuzz_error(const struct err *e)
{
    fuzz_require(e->code != ERR_NONE && *e->text);
    fuzz_require(fuzz_inert(e->text, strlen(e->text), false));
    fuzz_require(fuzz_inert(e->where, strlen(e->where), false));
}
