/* Files and standard input read whole by a command. */
#ifndef CLI_INPUT_H
#define CLI_INPUT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/err.h"

/* "-" is standard input. Fills *out (buf_init'ed here; caller finishes it). False: e names the file and the reason
 * (ERR_IO; ERR_INPUT when it has more than `most` bytes). */
bool cli_read(const char *operand, size_t most, struct buf *out, struct err *e);
/* How an operand is called in messages. */
const char *cli_input_name(const char *operand);

#endif
