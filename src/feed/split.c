#include "feed/split.h"

#include <stdlib.h>
#include <string.h>

#include "base/die.h"
#include "feed/window.h"

enum {
    DEPTH_MOST = 512,   /* below the parser's own limit, so that our sentence is the one shown */
    FRAMES_MOST = 8
};

enum mode {
    BETWEEN,    /* outside of a document: top level, or between a list's elements */
    DOCUMENT,   /* inside one; with `tail` in what follows a list in its page */
    GARBAGE,    /* what cannot begin a document, to the end of its line */
    SKIP        /* rest of a broken document: until a line that begins one */
};

/* What we are in the middle of: a list whose elements are documents. */
struct frame {
    int depth;              /* 0: a bare array; else the page's open brackets to close after it */
    bool data;              /* the page's wrapper is open (see list_here) */
    int64_t line;
    size_t column;
};

struct split {
    struct window w;
    size_t bound, keep;
    bool started;           /* the first bytes were looked at */
    enum mode mode;

    bool tail;              /* DOCUMENT: nothing of it will be handed out */
    bool over;              /* larger than the bound: only its head is kept */
    bool in_string;
    unsigned char before;   /* last byte that was not blank or inside a string */
    int depth;
    uint64_t object[DEPTH_MOST / 64];   /* a bit an open bracket: set for '{' */
    size_t key, key_size;   /* last string at depth 1 or 2; key counts from begin */
    size_t string;          /* where the open string began, from begin */
    bool data_open;         /* the object at depth 2 wraps the page's lists */
    size_t indent;          /* of the line the document began on; 0 for a later one of its line */
    bool line_head;         /* BETWEEN, SKIP: only blanks since the line began, and how many */
    size_t line_indent;

    struct frame frames[FRAMES_MOST];
    int frame_count;

    const char *why;        /* SKIP: the sentence and the place it is about */
    int64_t why_line;
    size_t why_column;
    int64_t piece_line;     /* where the piece at begin starts */
    size_t piece_column;
};

struct split *split_create(struct split_source source, size_t bound)
{
    struct split *s = xcalloc(1, sizeof *s);
    window_init(&s->w, source);
    s->bound = bound ? bound : SPLIT_BOUND;
    s->keep = s->bound < SPLIT_KEEP ? s->bound : SPLIT_KEEP;
    s->line_head = true;
    return s;
}

void split_destroy(struct split *s)
{
    if (!s)
        return;
    window_finish(&s->w);
    free(s);
}

/* Reads more; nothing before the piece is kept, and of an oversized piece only its head. */
static bool fill(struct split *s, struct err *e)
{
    struct window *w = &s->w;
    if (s->mode == BETWEEN) {
        w->begin = w->pos;
    } else if (w->pos - w->begin > (s->over ? s->keep : s->bound)) {
        s->over = true;
        window_cut(w, s->keep);
    }
    return window_fill(w, e);
}

static bool blank(unsigned char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

static void piece_starts(struct split *s, enum mode mode)
{
    s->w.begin = s->w.pos;
    window_count(&s->w, s->w.pos);
    s->piece_line = s->w.line;
    s->piece_column = s->w.column;
    s->mode = mode;
    s->tail = s->over = s->in_string = s->data_open = false;
    s->depth = 0;
    s->before = 0;
    s->key_size = 0;
    s->indent = s->line_head ? s->line_indent : 0;
}

static void piece_ends(struct split *s, struct split_piece *out, enum split_kind kind, size_t end)
{
    *out = (struct split_piece){.kind = kind, .text = s->w.data + s->w.begin, .size = end - s->w.begin,
                                .line = s->piece_line, .column = s->piece_column, .why = s->why,
                                .why_line = s->why_line, .why_column = s->why_column};
    s->mode = BETWEEN;
    s->tail = s->over = s->line_head = false;
    s->why = NULL;
}

static void set_why(struct split *s, size_t at, const char *why)
{
    window_count(&s->w, at);
    s->why = why;
    s->why_line = s->w.line;
    s->why_column = s->w.column;
}

/* The first later line of the piece that can begin a document; 0: none before data[to].
 * Its indentation goes to line_indent. */
static size_t restart_in(struct split *s, size_t to)
{
    const char *p = s->w.data + s->w.begin, *end = s->w.data + to;
    while ((p = memchr(p, '\n', (size_t)(end - p)))) {
        s->line_indent = 0;
        for (p++; p < end && blank((unsigned char)*p) && *p != '\n'; p++)
            s->line_indent++;
        if (p < end && (*p == '{' || *p == '[') && s->line_indent <= s->indent)
            return (size_t)(p - s->w.data);
    }
    return 0;
}

static const char too_deep[] = "nested more than 512 deep; send one document an object";

/* The document cannot be right, which shows at data[at]. Either a later document was
 * swallowed by it (true: it ends there, and is handed out), or we go and look for one. In
 * what is nested too deep we do not look back: each of its lines would be read again and again. */
static bool broken(struct split *s, size_t at, const char *why, struct split_piece *out)
{
    set_why(s, at, why);
    size_t again = s->over || why == too_deep ? 0 : restart_in(s, at + 1 < s->w.end ? at + 1 : s->w.end);
    if (!again) {
        s->mode = SKIP;
        s->line_head = false;
        return false;
    }
    int64_t line = s->piece_line;
    for (size_t i = s->w.begin; i < again; i++)
        line += s->w.data[i] == '\n';
    piece_ends(s, out, SPLIT_BROKEN, again);
    s->w.pos = s->w.counted = again;
    s->w.line = line;
    s->w.column = s->line_indent + 1;
    s->line_head = true;
    return true;
}

static bool string_is(const struct split *s, const char *word)
{
    size_t n = strlen(word);
    return s->key_size == n && !memcmp(s->w.data + s->w.begin + s->key, word, n);
}

static bool string_in(const struct split *s, const char *const *words)
{
    for (; *words; words++)
        if (string_is(s, *words))
            return true;
    return false;
}

/* The members that hold a page's documents: of the page itself, and of the object that wraps it. UPS and
 * FedEx nest them: a shipment has packages, a number has results. */
static bool list_here(const struct split *s)
{
    static const char *const of_page[] = {"trackers", "trackings", "results", "data", "package", "trackResults", NULL};
    static const char *const of_data[] = {"trackings", "accepted", "rejected", "completeTrackResults", "shipment", NULL};
    if (s->before != ':' || s->over)
        return false;
    return s->depth == 1 ? string_in(s, of_page) : s->depth == 2 && s->data_open && string_in(s, of_data);
}

/* At '[': the list's elements are the documents from here on. False: nested too deep. */
static bool frame_push(struct split *s, int depth)
{
    if (s->frame_count == FRAMES_MOST)
        return false;
    window_count(&s->w, s->w.pos);
    s->frames[s->frame_count++] = (struct frame){depth, s->data_open, s->w.line, s->w.column};
    s->w.pos++;
    s->w.begin = s->w.pos;
    s->mode = BETWEEN;
    s->tail = s->line_head = false;
    return true;
}

/* At ']': back into the page, if there is one. */
static void frame_pop(struct split *s)
{
    struct frame *f = &s->frames[--s->frame_count];
    s->w.pos++;
    if (!f->depth)
        return;
    piece_starts(s, DOCUMENT);
    s->tail = true;
    s->depth = f->depth;
    s->data_open = f->data;
    s->before = ']';
    s->object[0] = 3;       /* a page's list is a member of an object, at depth 1 or 2 */
}

static bool top_is_object(const struct split *s)
{
    int i = s->depth - 1;
    return s->object[i / 64] >> (i % 64) & 1;
}

/* NULL, or why a bracket cannot open here. */
static const char *open_bracket(struct split *s, unsigned char c)
{
    static const char *const wrappers[] = {"data", "output", "trackResponse", NULL};
    if (s->depth == DEPTH_MOST)
        return too_deep;
    if (s->depth && s->before != ':' && s->before != '[' && (s->before != ',' || top_is_object(s)))
        return "a new value begins before the one around it ends; close the document before it";
    if (s->depth == 1)
        s->data_open = c == '{' && !s->over && string_in(s, wrappers);
    uint64_t bit = UINT64_C(1) << (s->depth % 64);
    if (c == '{')
        s->object[s->depth / 64] |= bit;
    else
        s->object[s->depth / 64] &= ~bit;
    s->depth++;
    return NULL;
}

/* To the string's closing quote. NULL: it is open still, or closed well. */
static const char *scan_string(struct split *s)
{
    const char *p = s->w.data + s->w.pos, *end = s->w.data + s->w.end;
    for (; p < end; p++) {
        if (*p == '"' || *p == '\n')
            break;
        if (*p == '\\' && ++p == end) {
            p--;            /* the escaped byte comes with the next read */
            break;
        }
    }
    s->w.pos = (size_t)(p - s->w.data);
    if (p == end || *p == '\\')
        return NULL;
    if (*p == '\n')
        return "a line break inside a string; end the string, or write the break as \\n";
    s->in_string = false;
    s->before = '"';
    s->w.pos++;
    if (s->depth <= 2 && !s->over) {
        s->key = s->string;
        s->key_size = s->w.pos - s->w.begin - 1 - s->string;
    }
    return NULL;
}

enum step { MORE, EMIT, GO_ON };

/* The closing bracket of the document itself. */
static enum step close_document(struct split *s, struct split_piece *out)
{
    s->w.pos++;
    if (s->tail) {
        s->mode = BETWEEN;
        return GO_ON;
    }
    if (!s->over) {
        piece_ends(s, out, SPLIT_DOCUMENT, s->w.pos);
        return EMIT;
    }
    set_why(s, s->w.pos, "a document larger than 16 MiB; split it (its first 64 KiB are kept here)");
    piece_ends(s, out, SPLIT_BROKEN, s->w.begin + s->keep);
    return EMIT;
}

/* One bracket. MORE: the document goes on behind it. */
static enum step scan_bracket(struct split *s, unsigned char c, struct split_piece *out)
{
    const char *why = NULL;
    bool opens = c == '{' || c == '[';
    if (c == '[' && list_here(s) && frame_push(s, s->depth))
        return GO_ON;
    if (opens)
        why = open_bracket(s, c);
    else if (top_is_object(s) != (c == '}'))
        why = "a closing bracket of the wrong kind; check what it closes";
    else if (!--s->depth)
        return close_document(s, out);
    if (why)
        return broken(s, s->w.pos, why, out) ? EMIT : GO_ON;
    s->before = c;
    s->w.pos++;
    return MORE;
}

/* Inside a document: to its end, to what cannot be right, or to the end of what is read. */
static enum step scan_document(struct split *s, struct split_piece *out)
{
    while (s->w.pos < s->w.end) {
        if (s->in_string) {
            const char *why = scan_string(s);
            if (why)
                return broken(s, s->w.pos, why, out) ? EMIT : GO_ON;
            if (s->in_string)
                return MORE;
            continue;
        }
        unsigned char c = (unsigned char)s->w.data[s->w.pos];
        if (c == '"') {
            s->in_string = true;
            s->string = ++s->w.pos - s->w.begin;
        } else if (c == '{' || c == '[' || c == '}' || c == ']') {
            enum step did = scan_bracket(s, c, out);
            if (did != MORE)
                return did;
        } else {
            if (!blank(c))
                s->before = c;
            s->w.pos++;
        }
    }
    return MORE;
}

static enum step scan_between(struct split *s)
{
    while (s->w.pos < s->w.end) {
        unsigned char c = (unsigned char)s->w.data[s->w.pos];
        if (blank(c) || (c == ',' && s->frame_count)) {
            s->line_head = c == '\n' || (s->line_head && c != ',');
            s->line_indent = c == '\n' ? 0 : s->line_indent + 1;
            s->w.pos++;
        } else if (c == '{') {
            piece_starts(s, DOCUMENT);
            return GO_ON;
        } else if (c == '[' && frame_push(s, 0)) {
            continue;
        } else if (c == ']' && s->frame_count) {
            frame_pop(s);
            return GO_ON;
        } else {
            piece_starts(s, GARBAGE);
            set_why(s, s->w.pos, "not a JSON object; send documents in braces, one after another or in one array");
            s->w.pos++;
            return GO_ON;
        }
    }
    return MORE;
}

static enum step scan_garbage(struct split *s, struct split_piece *out)
{
    const char *stops = s->frame_count ? "\n{],": "\n{";
    while (s->w.pos < s->w.end && !strchr(stops, s->w.data[s->w.pos] ? s->w.data[s->w.pos] : ' '))
        s->w.pos++;
    if (s->w.pos == s->w.end && !s->w.ended)
        return MORE;
    piece_ends(s, out, SPLIT_BROKEN, s->over ? s->w.begin + s->keep : s->w.pos);
    return EMIT;
}

/* Rest of a broken document: ends before a line that begins one, or closes our list. */
static enum step scan_skip(struct split *s, struct split_piece *out)
{
    for (; s->w.pos < s->w.end; s->w.pos++) {
        char c = s->w.data[s->w.pos];
        if (c == '\n') {
            s->line_head = true;
            s->line_indent = 0;
        } else if (s->line_head && blank((unsigned char)c)) {
            s->line_indent++;
        } else if (s->line_head) {
            s->line_head = false;
            bool opens = (c == '{' || c == '[') || (c == ']' && s->frame_count);
            if (opens && s->line_indent <= s->indent)
                break;
        }
    }
    if (s->w.pos == s->w.end && !s->w.ended)
        return MORE;
    piece_ends(s, out, SPLIT_BROKEN, s->over ? s->w.begin + s->keep : s->w.pos);
    return EMIT;
}

/* The stream is over: whatever is open is broken. */
static bool at_end(struct split *s, struct split_piece *out)
{
    if (s->mode == DOCUMENT) {
        if (!broken(s, s->w.pos, "the text ends inside the document; send the rest of it", out))
            scan_skip(s, out);
        return true;
    }
    if (s->mode == GARBAGE || s->mode == SKIP) {
        piece_ends(s, out, SPLIT_BROKEN, s->over ? s->w.begin + s->keep : s->w.pos);
        return true;
    }
    if (!s->frame_count)
        return false;
    struct frame *f = &s->frames[--s->frame_count];
    s->w.begin = s->w.pos;
    s->piece_line = s->why_line = f->line;
    s->piece_column = s->why_column = f->column;
    s->why = "a list that is never closed; the text was cut, send the rest of it";
    piece_ends(s, out, SPLIT_BROKEN, s->w.begin);
    return true;
}

static enum step step(struct split *s, struct split_piece *out)
{
    switch (s->mode) {
    case BETWEEN: return scan_between(s);
    case DOCUMENT: return scan_document(s, out);
    case GARBAGE: return scan_garbage(s, out);
    case SKIP: return scan_skip(s, out);
    }
    return MORE;
}

bool split_next(struct split *s, struct split_piece *out, struct err *e)
{
    if (!s->started && !window_start(&s->w, e))
        return false;
    s->started = true;
    for (;;) {
        enum step did = s->w.pos < s->w.end ? step(s, out) : MORE;
        if (did == EMIT)
            return true;
        if (did == GO_ON)
            continue;
        if (s->w.ended) {
            if (at_end(s, out))
                return true;
            *out = (struct split_piece){.kind = SPLIT_END};
            return true;
        }
        if (!fill(s, e))
            return false;
    }
}
