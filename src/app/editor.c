#include "app/editor.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/die.h"
#include "base/utf8.h"

/* --- rows ----------------------------------------------------------------------------- */

static size_t char_after(const char *text, size_t len, size_t at)
{
    uint32_t cp;
    if (at < len)
        at += utf8_decode(text + at, len - at, &cp);
    while (at < len && text[at] != '\n') {
        size_t n = utf8_decode(text + at, len - at, &cp);
        if (utf8_cp_width(cp))
            break;
        at += n;
    }
    return at;
}

size_t editor_row(const char *text, size_t len, size_t from, int width, size_t *next)
{
    const char *newline = from < len ? memchr(text + from, '\n', len - from) : NULL;
    size_t line = newline ? (size_t)(newline - text) : len;
    size_t end = from + utf8_fit(text + from, line - from, (size_t)(width > 0 ? width : 1), NULL);
    if (end == line) {
        *next = line < len ? line + 1 : len;
        return line;
    }
    size_t cut = end;
    while (cut > from && text[cut] != ' ')
        cut--;
    if (cut > from) {
        *next = cut + 1;
        return cut;
    }
    if (end == from)             /* a character wider than the row */
        end = char_after(text, len, from);
    *next = end;
    return end;
}

void editor_place(const char *text, size_t len, int width, size_t at, int *row, int *col)
{
    size_t from = 0, next, end = editor_row(text, len, from, width, &next);
    for (*row = 0; at >= next && end < len; (*row)++) {
        from = next;
        end = editor_row(text, len, from, width, &next);
    }
    size_t to = at < end ? at : end;
    *col = (int)utf8_width(text + from, to > from ? to - from : 0);
}

/* The byte at a row and column; a row too far is the last. */
static size_t byte_at(const struct editor *e, int width, int row, int col)
{
    size_t from = 0, next, end = editor_row(e->text, e->len, from, width, &next);
    while (row-- > 0 && end < e->len) {
        from = next;
        end = editor_row(e->text, e->len, from, width, &next);
    }
    size_t at = from + utf8_fit(e->text + from, end - from, (size_t)col, NULL);
    if (at == next && at > from && end < e->len) {   /* there the next row begins: stay on this one */
        size_t before = from;
        for (size_t step = char_after(e->text, e->len, from); step < at; step = char_after(e->text, e->len, step))
            before = step;
        at = before;
    }
    return at;
}

/* --- places --------------------------------------------------------------------------- */

struct place { int width, rows; };

static size_t left(const struct editor *e, const struct place *p)
{
    size_t from = 0;
    (void)p;
    for (size_t at = char_after(e->text, e->len, 0); at < e->at; at = char_after(e->text, e->len, at))
        from = at;
    return from;
}

static size_t right(const struct editor *e, const struct place *p)
{
    (void)p;
    return char_after(e->text, e->len, e->at);
}

static bool blank(char c) { return c == ' ' || c == '\n'; }

static size_t word_left(const struct editor *e, const struct place *p)
{
    size_t at = e->at;
    (void)p;
    while (at && blank(e->text[at - 1]))
        at--;
    while (at && !blank(e->text[at - 1]))
        at--;
    return at;
}

static size_t word_right(const struct editor *e, const struct place *p)
{
    size_t at = e->at;
    (void)p;
    while (at < e->len && blank(e->text[at]))
        at++;
    while (at < e->len && !blank(e->text[at]))
        at++;
    return at;
}

static size_t home(const struct editor *e, const struct place *p)
{
    size_t at = e->at;
    (void)p;
    while (at && e->text[at - 1] != '\n')
        at--;
    return at;
}

static size_t end(const struct editor *e, const struct place *p)
{
    (void)p;
    return e->at + strcspn(e->text + e->at, "\n");
}

/* At the end of a line its newline goes, so that the next line joins. */
static size_t kill_end(const struct editor *e, const struct place *p)
{
    size_t at = end(e, p);
    return at == e->at && at < e->len ? at + 1 : at;
}

static size_t top(const struct editor *e, const struct place *p) { (void)e, (void)p; return 0; }
static size_t bottom(const struct editor *e, const struct place *p) { (void)p; return e->len; }

/* Up and down keep to the column the first of them began in. */
static void move_rows(struct editor *e, int by, int width)
{
    int row, col;
    editor_place(e->text, e->len, width, e->at, &row, &col);
    int goal = e->goal >= 0 ? e->goal : col;
    if (row + by < 0)
        e->at = 0;
    else
        e->at = byte_at(e, width, row + by, goal);
    e->goal = goal;
}

static const struct { enum action action; size_t (*place)(const struct editor *, const struct place *); bool erases; } edits[] = {
    {ACTION_EDIT_LEFT, left, false},           {ACTION_EDIT_RIGHT, right, false},
    {ACTION_EDIT_WORD_LEFT, word_left, false}, {ACTION_EDIT_WORD_RIGHT, word_right, false},
    {ACTION_EDIT_HOME, home, false},           {ACTION_EDIT_END, end, false},
    {ACTION_EDIT_TOP, top, false},             {ACTION_EDIT_BOTTOM, bottom, false},
    {ACTION_EDIT_BACKSPACE, left, true},       {ACTION_EDIT_DELETE, right, true},
    {ACTION_EDIT_KILL_WORD, word_left, true},  {ACTION_EDIT_KILL_LINE, home, true},
    {ACTION_EDIT_KILL_END, kill_end, true},
};

static bool is_run(enum action a) { return a == ACTION_EDIT_BACKSPACE || a == ACTION_EDIT_DELETE; }

static bool edit_or_move(struct editor *e, enum action a, const struct place *p)
{
    for (size_t i = 0; i < sizeof edits / sizeof edits[0]; i++) {
        if (edits[i].action != a)
            continue;
        size_t to = edits[i].place(e, p), at = e->at;
        if (edits[i].erases) {
            editor_splice(e, is_run(a) ? STEP_ERASED : STEP_OTHER, at < to ? at : to, at < to ? to - at : at - to, "", 0);
        } else {
            e->at = to;
            e->goal = -1;
            e->joins = false;
        }
        return true;
    }
    return false;
}

bool editor_do(struct editor *e, enum action a, int width, int rows)
{
    const struct place p = {.width = width, .rows = rows};
    const struct { enum action action; int by; } rows_by[] = {
        {ACTION_EDIT_UP, -1}, {ACTION_EDIT_DOWN, 1},
        {ACTION_EDIT_PAGE_UP, rows > 1 ? 1 - rows : -1}, {ACTION_EDIT_PAGE_DOWN, rows > 1 ? rows - 1 : 1},
    };
    for (size_t i = 0; i < sizeof rows_by / sizeof rows_by[0]; i++) {
        if (rows_by[i].action == a) {
            move_rows(e, rows_by[i].by, width);
            e->joins = false;
            return true;
        }
    }
    if (a == ACTION_EDIT_NEWLINE)
        return editor_insert(e, "\n", 1, true), true;
    return edit_or_move(e, a, &p);
}

/* --- text in ---------------------------------------------------------------------------- */

/* Terminals paste lines ending in a carriage return. */
static size_t newlines(char *text, size_t n)
{
    size_t to = 0;
    for (size_t i = 0; i < n; i++) {
        if (text[i] == '\r' && i + 1 < n && text[i + 1] == '\n')
            continue;
        text[to++] = text[i] == '\r' ? '\n' : text[i];
    }
    return to;
}

bool editor_insert(struct editor *e, const char *text, size_t n, bool typed)
{
    /* cleaned together with the character before, which a combining mark may belong to */
    size_t before = e->at - left(e, NULL), most = EDITOR_MOST - e->len;
    bool whole = n <= EDITOR_MOST;
    n = whole ? n : EDITOR_MOST;
    char *raw = xcalloc(before + n + 1, 1), *clean = xcalloc(before + n + 1, 3);
    memcpy(raw, e->text + e->at - before, before);
    memcpy(raw + before, text, n);
    size_t size = before + newlines(raw + before, n);
    size_t len = utf8_clean(raw, size, clean, 3 * (before + n + 1), e->one_line ? UTF8_ONE_LINE : UTF8_KEEP_NEWLINES);
    const char *fresh = clean;
    if (len >= before && memcmp(clean, raw, before) == 0) {
        fresh += before;
        len -= before;
    } else {
        len = utf8_clean(raw + before, size - before, clean, 3 * (n + 1), e->one_line ? UTF8_ONE_LINE : UTF8_KEEP_NEWLINES);
    }
    if (len > most) {
        whole = false;
        len = most;
        while (len && ((unsigned char)fresh[len] & 0xc0) == 0x80)
            len--;
    }
    editor_splice(e, typed ? STEP_TYPED : STEP_OTHER, e->at, 0, fresh, len);
    free(raw);
    free(clean);
    return whole;
}
