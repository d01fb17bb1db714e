/* Every change of an edited text, and the way back. */
#include <stdlib.h>
#include <string.h>

#include "app/editor.h"
#include "base/die.h"

static void step_finish(struct editor_step *s)
{
    free(s->gone);
    free(s->came);
}

static void cut_steps(struct editor *e, int count)
{
    while (e->step_count > count)
        step_finish(&e->steps[--e->step_count]);
}

void editor_open(struct editor *e, const char *text, bool one_line)
{
    editor_finish(e);
    e->len = strnlen(text, EDITOR_MOST);
    e->text = xcalloc(EDITOR_MOST + 1, 1);
    memcpy(e->text, text, e->len);
    e->at = e->len;
    e->one_line = one_line;
    e->goal = -1;
    e->steps = xcalloc(EDITOR_STEPS, sizeof *e->steps);
}

void editor_finish(struct editor *e)
{
    cut_steps(e, 0);
    free(e->steps);
    free(e->text);
    *e = (struct editor){.goal = -1};
}

static void replace(struct editor *e, size_t at, size_t gone_n, const char *text, size_t n)
{
    memmove(e->text + at + n, e->text + at + gone_n, e->len - at - gone_n + 1);
    if (n)
        memcpy(e->text + at, text, n);
    e->len = e->len - gone_n + n;
    e->at = at + n;
    e->goal = -1;
}

static bool blank(char c) { return c == ' ' || c == '\n'; }

/* A word typed, or a run of characters erased, is taken back at once. */
static bool joins(const struct editor *e, enum editor_step_kind kind, size_t at, size_t gone_n, const char *text)
{
    if (!e->joins || !e->step_done || kind == STEP_OTHER)
        return false;
    const struct editor_step *last = &e->steps[e->step_done - 1];
    if (last->kind != kind)
        return false;
    if (kind == STEP_ERASED)
        return at + gone_n == last->at || at == last->at;
    return last->at + last->came_n == at && !(blank(last->came[last->came_n - 1]) && !blank(text[0]));
}

static char *joined(const char *first, size_t n, const char *second, size_t m)
{
    char *both = xcalloc(n + m + 1, 1);
    if (n)
        memcpy(both, first, n);
    if (m)
        memcpy(both + n, second, m);
    return both;
}

static void extend(struct editor_step *s, size_t at, const char *gone, size_t gone_n, const char *text, size_t n)
{
    char *before = at < s->at ? joined(gone, gone_n, s->gone, s->gone_n) : joined(s->gone, s->gone_n, gone, gone_n);
    char *after = joined(s->came, s->came_n, text, n);
    step_finish(s);
    s->gone = before;
    s->came = after;
    s->gone_n += gone_n;
    s->came_n += n;
    s->at = at < s->at ? at : s->at;
}

void editor_splice(struct editor *e, enum editor_step_kind kind, size_t at, size_t gone_n, const char *text, size_t n)
{
    if (!gone_n && !n)
        return;
    cut_steps(e, e->step_done);
    if (joins(e, kind, at, gone_n, text)) {
        extend(&e->steps[e->step_done - 1], at, e->text + at, gone_n, text, n);
    } else {
        if (e->step_count == EDITOR_STEPS) {
            step_finish(&e->steps[0]);
            memmove(e->steps, e->steps + 1, (EDITOR_STEPS - 1) * sizeof *e->steps);
            e->step_count--;
        }
        e->steps[e->step_count++] = (struct editor_step){
            .kind = kind, .at = at, .gone = joined(NULL, 0, e->text + at, gone_n), .gone_n = gone_n,
            .came = joined(NULL, 0, text, n), .came_n = n};
    }
    e->step_done = e->step_count;
    e->joins = true;
    replace(e, at, gone_n, text, n);
}

bool editor_undo(struct editor *e)
{
    if (!e->step_done)
        return false;
    const struct editor_step *s = &e->steps[--e->step_done];
    replace(e, s->at, s->came_n, s->gone, s->gone_n);
    e->joins = false;
    return true;
}

bool editor_redo(struct editor *e)
{
    if (e->step_done == e->step_count)
        return false;
    const struct editor_step *s = &e->steps[e->step_done++];
    replace(e, s->at, s->gone_n, s->came, s->came_n);
    e->joins = false;
    return true;
}
