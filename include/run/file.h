/* Small files read whole: keymaps and configuration. */
#ifndef RUN_FILE_H
#define RUN_FILE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/err.h"

/* Fills *out (buf_init'ed here; caller finishes it). Refuses more than `most` bytes and
 * anything that is not a regular file. False: e names the file and the reason. */
bool file_read(const char *path, size_t most, struct buf *out, struct err *e);

#endif
