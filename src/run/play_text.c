#include "run/play_in.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>

#include "base/buf.h"

static size_t read_file(void *ctx, char *out, size_t size) { return fread(out, 1, size, ctx); }

bool play_open(const struct play_options *o, struct play_file *f, struct err *e)
{
    struct stat s;
    *f = (struct play_file){.file = fopen(o->path, "re")};
    if (!f->file || fstat(fileno(f->file), &s) != 0)
        return err_set(e, ERR_IO, o->path, "it cannot be read (%s): give the file that --record wrote", strerror(errno));
    if (S_ISDIR(s.st_mode)) {
        play_close(f);
        return err_set(e, ERR_IO, o->path, "it is a folder: give the file that --record wrote");
    }
    f->replay = replay_create(o->path, &(struct replay_source){read_file, f->file}, o->rows, o->cols);
    return true;
}

bool play_rewind(const struct play_options *o, struct play_file *f, struct err *e)
{
    play_close(f);
    return play_open(o, f, e);
}

void play_close(struct play_file *f)
{
    replay_destroy(f->replay);
    if (f->file)
        fclose(f->file);
    *f = (struct play_file){.file = NULL};
}

bool play_frame(struct play_file *f, struct err *e)
{
    enum replay_event event;
    *e = (struct err){.code = ERR_NONE};
    while ((event = replay_step(f->replay, e)) == REPLAY_MESSAGE)
        ;
    return event == REPLAY_FRAME;
}

static void print_time(FILE *out, int64_t ms)
{
    fprintf(out, "--- %" PRId64 ".%03d s\n", ms / 1000, (int)(ms % 1000));
}

/* Prints it unless the one before looked the same; text is that one. */
static void print_new(FILE *out, struct play_file *f, struct buf *text)
{
    struct buf now;
    buf_init(&now, 0);
    replay_text(replay_screen(f->replay), &now);
    if (now.len != text->len || memcmp(buf_str(&now), buf_str(text), now.len) != 0) {
        print_time(out, replay_at(f->replay));
        fputs(buf_str(&now), out);
        buf_reset(text);
        buf_add(text, buf_str(&now), now.len);
    }
    buf_finish(&now);
}

bool play_text(const struct play_options *o, FILE *out, struct err *e)
{
    struct play_file f;
    struct buf text;
    const char *first;
    if (!play_open(o, &f, e))
        return false;
    buf_init(&text, 0);
    while (play_frame(&f, e) && (o->at < 0 || o->every || replay_at(f.replay) <= o->at)) {
        if (o->every) {
            print_new(out, &f, &text);
            continue;
        }
        buf_reset(&text);
        replay_text(replay_screen(f.replay), &text);
    }
    if (!o->every)
        fputs(buf_str(&text), out);
    if (e->code == ERR_NONE && replay_differences(f.replay, &first))
        err_set(e, replay_full(f.replay) ? ERR_PARTIAL : ERR_NONE, NULL, "%s (%zu such places): %s", first, replay_differences(f.replay, NULL),
                replay_full(f.replay) ? "it was recorded by another version of this program, or is damaged"
                                      : "what was masked made a difference there, or another version of this program recorded it");
    buf_finish(&text);
    play_close(&f);
    return e->code == ERR_NONE;
}
