/* The line being typed, what is wrong with it, and what could complete it. */
#include "view/parts.h"

#include <stdio.h>
#include <string.h>

#include "app/select.h"
#include "app/sheet.h"
#include "base/number.h"
#include "base/utf8.h"
#include "core/filter.h"

enum { OPTIONS_MOST = 10 };

static const char *const labels[] = {
    [PROMPT_NONE] = "", [PROMPT_FILTER] = "filter", [PROMPT_COMMAND] = "command", [PROMPT_NOTE] = "note",
    [PROMPT_SNOOZE] = "snooze", [PROMPT_WAIT] = "wait", [PROMPT_ASSIGN] = "assign to", [PROMPT_RESOLVE_TEXT] = "resolve, note",
    [PROMPT_REOPEN] = "reopen, reason", [PROMPT_VIEW_NAME] = "save view as", [PROMPT_JUMP] = "go to",
    [PROMPT_PASS] = "pass warnings because", [PROMPT_TAG] = "tag", [PROMPT_CASE_NOTE] = "internal note, never sent", [PROMPT_CASE_SUBJECT] = "subject",
    [PROMPT_CASE_OWNER] = "whose case", [PROMPT_CASE_LINK] = "link exceptions", [PROMPT_CASE_MERGE] = "merge into case", [PROMPT_CASE_TAG] = "tags",
    [PROMPT_OVERRIDE_NOTE] = "why", [PROMPT_OVERRIDE_UNTIL] = "until", [PROMPT_OVERRIDE_COUNT] = "how many shipments",
    [PROMPT_BATCH_REJECT] = "reject because", [PROMPT_BATCH_COUNT] = "how many shipments", [PROMPT_UNTAG] = "take off the tag",
    [PROMPT_SCOPE] = "outage of", [PROMPT_OUTAGE_TEXT] = "everybody reads", [PROMPT_OUTAGE_UNTIL] = "ends at",
    [PROMPT_OUTAGE_COUNT] = "how many exceptions", [PROMPT_SHEET] = "", [PROMPT_SHEET_SEARCH] = "search",
    [PROMPT_REPORT_PERIOD] = "period", [PROMPT_REPORT_ONLY] = "only",
};

/* The part of the line that is shown: scrolled so that the caret is always on it. */
struct window { int col, width; size_t from; };

static int columns_between(const struct prompt *p, size_t from, size_t to)
{
    return (int)utf8_width(p->text + from, to - from);
}

static struct window find_window(const struct frame *f, int col)
{
    const struct prompt *p = &f->m->prompt;
    struct window w = {.col = col, .width = f->m->cols - col - 1};
    while (w.from < p->at && columns_between(p, w.from, p->at) >= w.width) {
        uint32_t cp;
        w.from += utf8_decode(p->text + w.from, p->at - w.from, &cp);
    }
    return w;
}

static int column_of(const struct prompt *p, const struct window *w, size_t byte)
{
    byte = byte > p->len ? p->len : byte;
    if (byte <= w->from)
        return w->col;
    int columns = columns_between(p, w->from, byte);
    return w->col + (columns < w->width ? columns : w->width - 1);
}

static struct window draw_line(const struct frame *f, int row)
{
    const struct prompt *p = &f->m->prompt;
    struct screen *s = f->s;
    screen_fill(s, row, 0, f->m->cols, STYLE_NORMAL, ' ');
    struct pen pen = text_pen(s, row, 1, f->m->cols / 2);
    char label[120];
    text_put(&pen, STYLE_ACCENT, p->kind == PROMPT_SHEET ? sheet_label(f->m, label, sizeof label) : labels[p->kind]);
    size_t targets = select_size(f->m, p->ids, p->id_count);
    if (targets > 1) {
        char n[TEXT_SHORT];
        number_text((int64_t)targets, n, sizeof n);
        text_printf(&pen, STYLE_DIM, " (%s)", n);
    }
    text_put(&pen, STYLE_ACCENT, ": ");
    struct window w = find_window(f, pen.col);
    screen_put_n(s, row, w.col, w.width, STYLE_INPUT, p->text + w.from, p->len - w.from);
    s->cursor_row = row;
    s->cursor_col = column_of(p, &w, p->at);
    s->cursor_visible = true;
    return w;
}

/* From the margin, on two lines where one is too short: its end is what helps. */
static void draw_whole(const struct frame *f, int row, const char *text)
{
    size_t next, len = strlen(text), n = text_wrap(text, len, f->m->cols - 2, &next);
    if (next < len) {
        screen_fill(f->s, row - 1, 0, f->m->cols, STYLE_NORMAL, ' ');
        screen_put_n(f->s, row - 1, 1, f->m->cols - 2, STYLE_BAD, text, n);
        text += next;
    }
    screen_field(f->s, row, 1, f->m->cols - 2, STYLE_BAD, text);
}

/* The message stands above the line, pointing down at the column it is about; when there
 * is no room to its right, it ends there instead. */
static void draw_error(const struct frame *f, int row, const struct window *w)
{
    const struct prompt *p = &f->m->prompt;
    int width = text_columns(p->error);
    screen_fill(f->s, row, 0, f->m->cols, STYLE_NORMAL, ' ');
    if (p->error_at == SIZE_MAX) {
        draw_whole(f, row, p->error);
        return;
    }
    int at = column_of(p, w, p->error_at);
    screen_style(f->s, row + 1, at, 1, STYLE_INPUT_ERROR);
    if (width + at + 2 >= f->m->cols && width + 2 > at) {    /* no room beside the pointer: the column itself is marked below */
        draw_whole(f, row, p->error);
        return;
    }
    screen_put(f->s, row, at, 1, STYLE_BAD, f->g->pointer);
    if (at + 2 + width < f->m->cols)
        screen_put(f->s, row, at + 2, width, STYLE_BAD, p->error);
    else
        screen_put(f->s, row, at - 1 - width, width, STYLE_BAD, p->error);
}

/* What a completion means: an action's help and keys, or a qualifier's help. */
static void option_help(const struct frame *f, const char *item, char *out, size_t size)
{
    size_t n = strcspn(item, ": ");
    enum action a;
    out[0] = '\0';
    if (f->m->prompt.kind == PROMPT_COMMAND && action_parse(item, n, &a)) {
        char keys[64];
        unsigned context = f->m->screen == SCREEN_DETAIL ? IN_DETAIL : IN_QUEUE;
        bool bound = keymap_keys_of(f->m->keymap, context, a, NULL, keys, sizeof keys);
        snprintf(out, size, "%s%s%s%s", action_info(a)->help, bound ? "  (" : "", bound ? keys : "", bound ? ")" : "");
        return;
    }
    if ((f->m->prompt.kind != PROMPT_FILTER && f->m->prompt.kind != PROMPT_SCOPE) || item[n] != ':' || item[n + 1] != '\0')
        return;
    for (int i = 0; i < FIELD_COUNT; i++) {
        const char *name = filter_field_name((enum filter_field)i);
        if (strlen(name) == n && strncmp(name, item + (item[0] == '-'), n) == 0)
            snprintf(out, size, "%s", filter_field_help((enum filter_field)i));
    }
}

/* The list stands above the line; a longer one shows the part around what Tab chose. */
static int draw_options(const struct frame *f, int bottom)
{
    const struct prompt *p = &f->m->prompt;
    int total = (int)p->options.count, room = bottom - 4;
    int shown = total < OPTIONS_MOST ? total : OPTIONS_MOST, word = 0;
    shown = shown > room ? room : shown;
    if (shown <= 0)
        return bottom;
    int first = p->option >= shown ? p->option - shown + 1 : 0;
    for (int i = first; i < first + shown; i++) {
        int columns = text_columns(p->options.items[i]);
        word = columns > word ? columns : word;
    }
    word = word > 40 ? 40 : word;
    int top = bottom - shown;
    view_rule(f, top - 1, 0, f->m->cols);
    for (int i = 0; i < shown; i++) {
        bool here = first + i == p->option;
        char help[200];
        screen_fill(f->s, top + i, 0, f->m->cols, STYLE_NORMAL, ' ');
        struct pen pen = text_pen(f->s, top + i, 0, f->m->cols - 1);
        text_field(&pen, 2, here ? STYLE_CURSOR : STYLE_NORMAL, here ? "> " : "");
        text_field(&pen, word, here ? STYLE_STRONG : STYLE_NORMAL, p->options.items[first + i]);
        option_help(f, p->options.items[first + i], help, sizeof help);
        text_skip(&pen, 2);
        text_put(&pen, STYLE_DIM, help);
    }
    if (total > shown) {
        char n[64];
        snprintf(n, sizeof n, " %d of %d ", first + shown, total);
        screen_put(f->s, top - 1, f->m->cols - 2 - text_columns(n), text_columns(n), STYLE_DIM, n);
    }
    return top - 1;
}

void view_prompt(const struct frame *f)
{
    const struct prompt *p = &f->m->prompt;
    int row = f->at.prompt_row, above = row - 1;
    if (p->kind == PROMPT_NONE)
        return;
    struct window w = draw_line(f, row);
    if (p->error[0] != '\0') {
        draw_error(f, above, &w);
    } else if (p->hint[0] != '\0') {
        screen_fill(f->s, above, 0, f->m->cols, STYLE_NORMAL, ' ');
        screen_field(f->s, above, 1, f->m->cols - 2, STYLE_DIM, p->hint);
    } else {
        above++;
    }
    draw_options(f, above);
}
