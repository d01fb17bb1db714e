/* Files that are part of the program: SQL, keymaps, sample data. Made at build. */
#ifndef BASE_EMBED_H
#define BASE_EMBED_H

#include <stddef.h>

struct embed_file {
    const char *name;  /* without its folder: "001_world.sql" */
    const char *data;  /* NUL-terminated */
    size_t size;       /* without the NUL */
};

#endif
