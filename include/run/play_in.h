/* An open record, for play.c and play_text.c. */
#ifndef RUN_PLAY_IN_H
#define RUN_PLAY_IN_H

#include "run/play.h"
#include "run/replay.h"

struct play_file {
    FILE *file;
    struct replay *replay;
};

bool play_open(const struct play_options *o, struct play_file *f, struct err *e);
bool play_rewind(const struct play_options *o, struct play_file *f, struct err *e);   /* from its beginning again */
void play_close(struct play_file *f);
/* On to the next frame; false: there is none. What is wrong is in e, code ERR_NONE otherwise. */
bool play_frame(struct play_file *f, struct err *e);

#endif
