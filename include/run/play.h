/* A record shown: in the terminal, or as text. */
#ifndef RUN_PLAY_H
#define RUN_PLAY_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "base/err.h"

struct play_options {
    const char *path;
    int rows, cols;            /* another size than the recorded one; 0: that */
    int64_t speed;             /* times as fast; 0 as fast as the terminal takes it */
    bool step;                 /* begin paused */
    int64_t at;                /* play_text: the screen at so many ms; -1: the last one */
    bool every;                /* play_text: every screen that differs from the one before */
};

/* Until the record ends and a key is pressed, or the person leaves. */
bool play_terminal(const struct play_options *o, struct err *e);

/* Screens onto out. ERR_INPUT: the record is damaged, out has what came before; ERR_PARTIAL: what was played is not what was
 * recorded, e says where it first differs. True with a text in e: the same of a scrubbed record, of which that is to be expected
 * where a text that was masked decided something. */
bool play_text(const struct play_options *o, FILE *out, struct err *e);

#endif
