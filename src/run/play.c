#include "run/play_in.h"

#include <inttypes.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "loop/loop.h"
#include "term/term.h"
#include "view/theme.h"

#define GAP_MOST_MS 2000       /* nobody watches a screen on which nothing happens for longer */
#define SPEED_MOST 1024

struct player {
    const struct play_options *o;
    struct play_file f;
    struct loop *loop;
    struct loop_timer next;
    struct screen screen;      /* the terminal's; the last line is ours */
    size_t frame, frames;      /* shown, of so many */
    int64_t total;             /* ms */
    int64_t speed;
    bool paused, over, leaving;
    struct err trouble;        /* what it ends by */
};

static void put_clock(int64_t ms, char *out, size_t size)
{
    int64_t s = ms < 0 ? 0 : ms / 1000;
    snprintf(out, size, "%" PRId64 ":%02d:%02d", s / 3600, (int)(s / 60 % 60), (int)(s % 60));
}

static void put_status(struct player *p)
{
    char at[24], total[24], speed[24] = "", line[400];
    put_clock(replay_at(p->f.replay), at, sizeof at);
    put_clock(p->total, total, sizeof total);
    if (p->speed != 1)
        snprintf(speed, sizeof speed, p->speed ? "  %" PRId64 "x" : "  fastest", p->speed);
    snprintf(line, sizeof line, " %s  %s of %s  frame %zu of %zu%s   Space %s  Left Right step  + - speed  q leaves",
             p->over ? "end" : p->paused ? "paused" : "replay", at, total, p->frame, p->frames, speed, p->paused ? "goes on" : "pauses");
    screen_field(&p->screen, p->screen.rows - 1, 0, p->screen.cols, STYLE_BAR, line);
}

/* The recorded screen, as far as the terminal has room above our line. */
static void show(struct player *p)
{
    const struct screen *from = replay_screen(p->f.replay);
    struct screen *to = &p->screen;
    screen_clear(to);
    int rows = from->rows < to->rows - 1 ? from->rows : to->rows - 1, cols = from->cols < to->cols ? from->cols : to->cols;
    for (int row = 0; row < rows; row++)
        memcpy(&to->cells[row * to->cols], &from->cells[row * from->cols], (size_t)cols * sizeof *to->cells);
    put_status(p);
    to->cursor_visible = from->cursor_visible && from->cursor_row < rows && from->cursor_col < cols;
    to->cursor_row = to->cursor_visible ? from->cursor_row : 0;
    to->cursor_col = to->cursor_visible ? from->cursor_col : 0;
    const struct theme *theme = theme_find(replay_model(p->f.replay)->settings.theme);
    term_flush(to, (theme ? theme : &themes[0])->look);
}

/* One frame on; the timer is armed for the moment it is due to be seen. */
static void advance(struct player *p)
{
    int64_t before = replay_at(p->f.replay);
    struct err e;
    if (!play_frame(&p->f, &e)) {
        p->over = p->paused = true;
        return;
    }
    p->frame++;
    int64_t gap = replay_at(p->f.replay) - before;
    gap = gap < 0 ? 0 : gap > GAP_MOST_MS ? GAP_MOST_MS : gap;
    if (!p->paused)
        loop_arm(p->loop, &p->next, loop_now() + (p->speed ? gap / p->speed : 0));
}

static void on_next(void *ctx)
{
    struct player *p = ctx;
    if (!term_writable()) {
        loop_arm(p->loop, &p->next, loop_now() + 20);
        return;
    }
    show(p);
    if (!p->paused && !p->over) {
        advance(p);
        if (p->over)
            show(p);
    }
}

/* To a frame by its number, from the beginning where it lies behind. */
static void go_to(struct player *p, size_t frame)
{
    struct err e;
    p->paused = true;
    if (frame < p->frame) {
        p->frame = 0;
        p->over = false;
        if (!play_rewind(p->o, &p->f, &p->trouble)) {
            p->leaving = true;
            return;
        }
    }
    while (p->frame < frame && play_frame(&p->f, &e))
        p->frame++;
    p->over = p->frame == p->frames;
}

static void press(struct player *p, const struct key *k)
{
    bool control_c = k->code == 'c' && (k->mods & KEY_CTRL);
    if (k->code == 'q' || k->code == KEY__ESC || control_c) {
        p->leaving = true;
    } else if (k->code == ' ' || k->code == KEY__SPACE) {
        p->paused = !p->paused || p->over;
        if (!p->paused)
            loop_arm(p->loop, &p->next, 0);
    } else if (k->code == KEY__RIGHT || k->code == 'l' || k->code == KEY__DOWN || k->code == 'j') {
        go_to(p, p->frame + 1);
    } else if (k->code == KEY__LEFT || k->code == 'h' || k->code == KEY__UP || k->code == 'k') {
        go_to(p, p->frame > 1 ? p->frame - 1 : 1);
    } else if (k->code == KEY__HOME) {
        go_to(p, 1);
    } else if (k->code == KEY__END) {
        go_to(p, p->frames);
    } else if (k->code == '+' && p->speed < SPEED_MOST) {
        p->speed = p->speed ? 2 * p->speed : 0;
    } else if (k->code == '-') {
        p->speed = p->speed > 1 ? p->speed / 2 : 1;
    }
}

static void on_input(void *ctx, int fd, unsigned events)
{
    struct player *p = ctx;
    struct term_event in;
    (void)fd;
    while (term_next(&in)) {
        if (!in.paste)
            press(p, &in.key);
        free(in.paste);
    }
    if ((events & LOOP_ERROR) || term_gone())
        p->leaving = true;
    if (!p->leaving)
        show(p);
}

static void on_resize(void *ctx, int signo)
{
    struct player *p = ctx;
    int rows, cols;
    (void)signo;
    term_resized(&rows, &cols);
    screen_resize(&p->screen, rows, cols);
    show(p);
}

static void on_quit(void *ctx, int signo)
{
    (void)signo;
    ((struct player *)ctx)->leaving = true;
}

/* How long it is, and whether it is whole, before anything is shown. */
static bool measure(struct player *p, struct err *e)
{
    if (!play_open(p->o, &p->f, e))
        return false;
    while (play_frame(&p->f, e))
        p->frames++;
    p->total = replay_at(p->f.replay);
    if (e->code == ERR_NONE && !p->frames)
        err_set(e, ERR_INPUT, p->o->path, "nothing was drawn in this session: there is nothing to show");
    if (e->code != ERR_NONE) {
        play_close(&p->f);
        return false;
    }
    return play_rewind(p->o, &p->f, e);
}

static void run(struct player *p)
{
    static const int quitting[] = {SIGTERM, SIGHUP, SIGINT, SIGQUIT};
    loop_signal(p->loop, SIGWINCH, on_resize, p);
    for (size_t i = 0; i < sizeof quitting / sizeof *quitting; i++)
        loop_signal(p->loop, quitting[i], on_quit, p);
    loop_watch(p->loop, term_fd(), LOOP_READ, on_input, p);
    loop_timer_init(&p->next, on_next, p);
    go_to(p, 1);
    p->paused = p->o->step;
    on_resize(p, SIGWINCH);
    loop_arm(p->loop, &p->next, loop_now());
    while (!p->leaving)
        loop_step(p->loop, -1);
    loop_watch(p->loop, term_fd(), 0, NULL, NULL);
}

bool play_terminal(const struct play_options *o, struct err *e)
{
    struct player p = {.o = o, .speed = o->speed};
    struct term_options options = {.in = NULL};
    if (!term_check(&options, e) || !measure(&p, e))
        return false;
    if (!term_open(&options, e)) {
        play_close(&p.f);
        return false;
    }
    p.loop = loop_create();
    screen_init(&p.screen);
    run(&p);
    term_close();
    play_close(&p.f);
    screen_finish(&p.screen);
    loop_destroy(p.loop);
    if (p.trouble.code == ERR_NONE)
        return true;
    *e = p.trouble;
    return false;
}
