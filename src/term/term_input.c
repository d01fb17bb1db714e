/* Bytes to keys. ncurses knows terminfo's sequences; those terminals send all the same
 * (either cursor mode, modifiers, brackets around a paste) are taught to it here, and what
 * nobody knows is swallowed whole, so that it never acts as letters. */
#include "term_state.h"

#include <limits.h>
#include <poll.h>
#include <string.h>
#include <time.h>
#include <wchar.h>

#include "base/buf.h"
#include "base/die.h"
#include "base/utf8.h"

enum { ESC = 27, DEL = 127, LEARNT = 0x2000, SEQUENCE_MOST = 4096 };
enum { PASTE_BEGIN = KEY_LIMIT + 1, PASTE_FINISH, ANSWER };

static const struct learnt { const char *bytes; uint32_t code; uint8_t mods; } learnt[] = {
    {"\033[200~", PASTE_BEGIN, 0}, {"\033[201~", PASTE_FINISH, 0}, {"\033[0n", ANSWER, 0},
    {"\033[A", KEY__UP, 0}, {"\033[B", KEY__DOWN, 0}, {"\033[C", KEY__RIGHT, 0}, {"\033[D", KEY__LEFT, 0},
    {"\033OA", KEY__UP, 0}, {"\033OB", KEY__DOWN, 0}, {"\033OC", KEY__RIGHT, 0}, {"\033OD", KEY__LEFT, 0},
    {"\033[H", KEY__HOME, 0}, {"\033[F", KEY__END, 0}, {"\033OH", KEY__HOME, 0}, {"\033OF", KEY__END, 0},
    {"\033[1~", KEY__HOME, 0}, {"\033[4~", KEY__END, 0}, {"\033[7~", KEY__HOME, 0}, {"\033[8~", KEY__END, 0},
    {"\033[2~", KEY__INSERT, 0}, {"\033[3~", KEY__DELETE, 0}, {"\033[5~", KEY__PAGE_UP, 0}, {"\033[6~", KEY__PAGE_DOWN, 0},
    {"\033[Z", KEY__BACKTAB, 0}, {"\033OM", KEY__ENTER, 0},
    {"\033[1;5A", KEY__UP, KEY_CTRL}, {"\033[1;5B", KEY__DOWN, KEY_CTRL},
    {"\033[1;5C", KEY__RIGHT, KEY_CTRL}, {"\033[1;5D", KEY__LEFT, KEY_CTRL},
    {"\033[1;3A", KEY__UP, KEY_ALT}, {"\033[1;3B", KEY__DOWN, KEY_ALT},
    {"\033[1;3C", KEY__RIGHT, KEY_ALT}, {"\033[1;3D", KEY__LEFT, KEY_ALT},
    {"\033Oc", KEY__RIGHT, KEY_CTRL}, {"\033Od", KEY__LEFT, KEY_CTRL},
    {"\033[3;5~", KEY__DELETE, KEY_CTRL}, {"\033[5;5~", KEY__PAGE_UP, KEY_CTRL}, {"\033[6;5~", KEY__PAGE_DOWN, KEY_CTRL},
};
enum { LEARNT_COUNT = sizeof learnt / sizeof learnt[0] };

static const struct { int code; uint32_t key; } named[] = {
    {KEY_UP, KEY__UP}, {KEY_DOWN, KEY__DOWN}, {KEY_LEFT, KEY__LEFT}, {KEY_RIGHT, KEY__RIGHT}, {KEY_HOME, KEY__HOME},
    {KEY_END, KEY__END}, {KEY_PPAGE, KEY__PAGE_UP}, {KEY_NPAGE, KEY__PAGE_DOWN}, {KEY_IC, KEY__INSERT}, {KEY_DC, KEY__DELETE},
    {KEY_BACKSPACE, KEY__BACKSPACE}, {KEY_BTAB, KEY__BACKTAB}, {KEY_ENTER, KEY__ENTER},
    {KEY_F(1), KEY__F1}, {KEY_F(2), KEY__F2}, {KEY_F(3), KEY__F3}, {KEY_F(4), KEY__F4}, {KEY_F(5), KEY__F5}, {KEY_F(6), KEY__F6},
    {KEY_F(7), KEY__F7}, {KEY_F(8), KEY__F8}, {KEY_F(9), KEY__F9}, {KEY_F(10), KEY__F10}, {KEY_F(11), KEY__F11}, {KEY_F(12), KEY__F12},
};

struct unit { bool coded; wint_t ch; };    /* a character, or a key that ncurses has found */

enum { HELD_MOST = 32 };

static struct {
    struct buf paste;
    bool pasting;
    bool begun;                /* paste was initialised */
    mbstate_t half;            /* of a character whose last byte has not come */
    struct timespec heard;     /* monotonic; when the paste or the sequence last brought something */
    /* An escape sequence that ncurses does not know, or that came in pieces: slower than ncurses waits. */
    char seq[HELD_MOST];       /* its first bytes */
    size_t seq_len;            /* of all there is of it; 0: none */
    wint_t seq_last;
    size_t spelt;              /* so many bytes of the mark before a paste have become keys */
    struct unit back[HELD_MOST];   /* to be read again, the last one first */
    size_t backs;
} in;

/* A paste, or a string, whose end was lost on the way is over when it has been silent this long: keys after it are keys. */
enum { SILENCE_S = 2, DRAIN_STEP_MS = 20 };

static void hear(void) { clock_gettime(CLOCK_MONOTONIC, &in.heard); }

static bool silent(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec - in.heard.tv_sec > SILENCE_S;
}

void term_input_open(void)
{
    term.input = newpad(1, 1);
    keypad(term.input, TRUE);
    nodelay(term.input, TRUE);
    for (int i = 0; i < LEARNT_COUNT; i++)
        define_key(learnt[i].bytes, LEARNT + i);
    if (term.options.mouse) {
        mousemask(BUTTON1_PRESSED | BUTTON4_PRESSED | BUTTON5_PRESSED, NULL);
        mouseinterval(0);
    }
    buf_init(&in.paste, TERM_PASTE_MAX);
    in.begun = true;
    in.pasting = false;
    in.seq_len = in.spelt = in.backs = 0;
    memset(&in.half, 0, sizeof in.half);
}

void term_input_close(void)
{
    if (!in.begun)
        return;
    if (term.options.mouse)
        mousemask(0, NULL);
    buf_finish(&in.paste);
    in.begun = in.pasting = false;
    delwin(term.input);
    term.input = NULL;
}

/* ---- one unit of input ---- */

/* One byte more of a character. False: it is not whole yet, or the byte belongs to none and is dropped. */
static bool decode(int byte, wint_t *out)
{
    wchar_t ch = 0;
    char c = (char)byte;
    bool begun = !mbsinit(&in.half);
    size_t n = mbrtowc(&ch, &c, 1, &in.half);
    if (n == (size_t)-1) {
        memset(&in.half, 0, sizeof in.half);
        n = begun ? mbrtowc(&ch, &c, 1, &in.half) : n;      /* what was begun is not; this byte may begin the next */
        if (n == (size_t)-1)
            memset(&in.half, 0, sizeof in.half);
    }
    *out = (wint_t)ch;
    return n != (size_t)-1 && n != (size_t)-2;
}

static bool is_answer(int c)
{
    return c >= LEARNT && c < LEARNT + LEARNT_COUNT && learnt[c - LEARNT].code == ANSWER;
}

/* Bytes, not ncurses' characters: those end the reading at the first byte that is none, with
 * what stands behind it left lying until the next key. */
static bool next_unit(struct unit *u)
{
    int c;
    if (in.backs) {
        *u = in.back[--in.backs];
        return true;
    }
    while ((c = wgetch(term.input)) != ERR) {
        u->coded = c > UCHAR_MAX;
        u->ch = (wint_t)c;
        if (is_answer(c)) {
            term_pace_answered();
            continue;
        }
        if (u->coded)
            memset(&in.half, 0, sizeof in.half);
        if (u->coded || decode(c, &u->ch))
            return true;
    }
    return false;
}

static bool mouse_key(struct key *out)
{
    MEVENT event;
    if (getmouse(&event) != OK)
        return false;
    *out = (struct key){.row = (int16_t)event.y, .col = (int16_t)event.x};
    if (event.bstate & BUTTON1_PRESSED)
        out->code = KEY__CLICK;
    else if (event.bstate & BUTTON4_PRESSED)
        out->code = KEY__WHEEL_UP;
    else if (event.bstate & BUTTON5_PRESSED)
        out->code = KEY__WHEEL_DOWN;
    return out->code != 0;
}

static bool coded_key(wint_t ch, struct key *out)
{
    if (ch == KEY_MOUSE)
        return mouse_key(out);
    if (ch >= LEARNT && ch < LEARNT + LEARNT_COUNT) {
        *out = (struct key){.code = learnt[ch - LEARNT].code, .mods = learnt[ch - LEARNT].mods};
        return true;
    }
    for (size_t i = 0; i < sizeof named / sizeof named[0]; i++)
        if ((int)ch == named[i].code) {
            *out = (struct key){.code = named[i].key};
            return true;
        }
    return false;
}

static bool character_key(wint_t ch, struct key *out)
{
    static const struct { wint_t ch; uint32_t key; uint8_t mods; } controls[] = {
        {'\r', KEY__ENTER, 0}, {'\t', KEY__TAB, 0}, {ESC, KEY__ESC, 0}, {DEL, KEY__BACKSPACE, 0}, {' ', KEY__SPACE, 0},
        {0, KEY__SPACE, KEY_CTRL},
    };
    for (size_t i = 0; i < sizeof controls / sizeof controls[0]; i++)
        if (ch == controls[i].ch) {
            *out = (struct key){.code = controls[i].key, .mods = controls[i].mods};
            return true;
        }
    if (ch < 0x20) {
        bool letter = ch <= 26;
        *out = (struct key){.code = letter ? (uint32_t)ch - 1 + 'a' : (uint32_t)ch + '@', .mods = KEY_CTRL};
        return true;
    }
    *out = (struct key){.code = (uint32_t)ch};
    return ch < 0x80 || ch >= 0xA0;    /* C1 controls are no keys */
}

/* ---- escape sequences that ncurses left in bytes ---- */

static void hold(wint_t byte)
{
    if (in.seq_len < HELD_MOST)
        in.seq[in.seq_len] = byte < 0x80 ? (char)byte : '?';
    in.seq_len++;
    in.seq_last = byte;
    hear();
}

/* The sequence is whole. Had it come at once, ncurses would have known it, if anybody does; one that nobody
 * knows never acts as letters. */
static bool held_key(struct key *out)
{
    size_t len = in.seq_len;
    in.seq_len = 0;
    for (int i = 0; i < LEARNT_COUNT; i++) {
        if (strlen(learnt[i].bytes) != len || memcmp(learnt[i].bytes, in.seq, len) != 0)
            continue;
        if (learnt[i].code == ANSWER)
            term_pace_answered();
        else
            *out = (struct key){.code = learnt[i].code, .mods = learnt[i].mods};
        return learnt[i].code != ANSWER;
    }
    return false;
}

static bool is_string(void) { return in.seq[1] != '[' && in.seq[1] != 'O'; }

/* CSI ends with a byte from @ to ~, SS3 is one byte long; answers of the terminal (OSC, DCS …) end with BEL or ESC \. */
static bool ends_sequence(wint_t before, wint_t ch)
{
    if (in.seq_len > SEQUENCE_MOST)
        return true;
    if (is_string())
        return ch == 7 || before == ESC;
    return in.seq[1] == 'O' || (ch >= '@' && ch <= '~' && !(ch == '[' && in.seq_len == 3));
}

static bool escaped_key(struct key *out);

/* One unit more of what is held, two bytes at least. True: that made a key. */
static bool lengthen(const struct unit *u, struct key *out)
{
    wint_t before = in.seq_len > 2 ? in.seq_last : 0;
    if (u->coded || (u->ch == ESC && !is_string())) {       /* its end was lost: another one begins */
        in.seq_len = 0;
        return u->coded ? coded_key(u->ch, out) : escaped_key(out);
    }
    hold(u->ch);
    return ends_sequence(before, u->ch) && held_key(out);
}

/* ---- after ESC: Alt with a key, or a sequence ---- */

static bool escaped_key(struct key *out)
{
    struct unit u, after;
    in.spelt = 0;
    if (!next_unit(&u)) {
        *out = (struct key){.code = KEY__ESC};
        in.spelt = 1;
        return true;
    }
    if (!u.coded && u.ch == ESC) {             /* pressed twice while nobody read */
        in.back[in.backs++] = u;
        *out = (struct key){.code = KEY__ESC};
        return true;
    }
    if (!u.coded && u.ch != 0 && u.ch < 0x80 && strchr("[O]P_^", (int)u.ch) != NULL) {
        if (next_unit(&after)) {
            hold(ESC);
            hold(u.ch);
            return lengthen(&after, out);
        }
        in.spelt = u.ch == '[' ? 2 : 0;
    }
    if (!(u.coded ? coded_key(u.ch, out) : character_key(u.ch, out)))
        return false;
    out->mods |= KEY_ALT;
    return true;
}

/* The mark before a paste, cut behind its first or second byte, has become a key by the time the rest of it comes. What follows
 * is a paste all the same: two bytes of it at once nobody types. True: they are held. */
static bool rest_of_mark(const struct unit *first)
{
    static const char mark[] = "\033[200~";
    struct unit came[sizeof mark], u = *first;
    size_t from = in.spelt, n = 0;
    bool fits;
    in.spelt = 0;
    if (from == 0)
        return false;
    do {
        came[n++] = u;
        fits = !u.coded && u.ch == (wint_t)mark[from + n - 1];
    } while (fits && from + n < sizeof mark - 1 && next_unit(&u));
    if (fits && n > 1) {
        for (size_t i = 0; i < from + n; i++)
            hold((wint_t)mark[i]);
        return true;
    }
    in.spelt = fits ? from + n : 0;
    while (n > 1)
        in.back[in.backs++] = came[--n];
    return false;
}

static bool begin_key(const struct unit *u, struct key *out)
{
    if (rest_of_mark(u))
        return in.seq[in.seq_len - 1] == '~' && held_key(out);
    return u->coded ? coded_key(u->ch, out) : u->ch == ESC ? escaped_key(out) : character_key(u->ch, out);
}

static bool next_key(struct key *out)
{
    struct unit u;
    while (next_unit(&u)) {
        if (in.seq_len && is_string() && silent())
            in.seq_len = 0;
        bool known = in.seq_len ? lengthen(&u, out) : begin_key(&u, out);
        if (known && out->code != PASTE_FINISH)
            return true;
    }
    return false;
}

/* ---- pastes ---- */

static void add_to_paste(const struct unit *u)
{
    char bytes[4];
    uint32_t ch = u->ch == '\r' ? '\n' : (uint32_t)u->ch;
    size_t n = utf8_encode(ch, bytes);
    if (in.paste.len + n <= TERM_PASTE_MAX)
        buf_add(&in.paste, bytes, n);
}

/* One unit more; true: it was the end. A key's sequence inside a paste is not text. */
static bool paste_unit(const struct unit *u)
{
    static const struct unit escape = {.ch = ESC};
    struct key key = {0};
    hear();
    if (in.seq_len == 1 && !(u->ch == '[' && !u->coded)) {
        in.seq_len = 0;
        add_to_paste(&escape);
    }
    if (in.seq_len == 1 || (!in.seq_len && !u->coded && u->ch == ESC))
        hold(u->ch);
    else if (in.seq_len && !(u->ch == ESC && !u->coded))
        return lengthen(u, &key) && key.code == PASTE_FINISH;
    else if (in.seq_len)                   /* its end was lost, this begins another */
        in.seq_len = 0, hold(ESC);
    else if (u->coded)
        return coded_key(u->ch, &key) && key.code == PASTE_FINISH;
    else
        add_to_paste(u);
    return false;
}

/* After a silence one key, or two, is somebody's; of a paste that was held up on its way more comes at once. */
static bool goes_on(void)
{
    enum { TYPED_MOST = 8 };
    struct unit came[TYPED_MOST + 1];
    size_t n = 0;
    bool end = false;
    while (n <= TYPED_MOST && !end && next_unit(&came[n])) {
        end = came[n].coded && (int)came[n].ch >= LEARNT && (int)came[n].ch < LEARNT + LEARNT_COUNT
              && learnt[(int)came[n].ch - LEARNT].code == PASTE_FINISH;
        n++;
    }
    bool more = end || n > TYPED_MOST || (n && in.seq_len);
    while (n > 0)
        in.back[in.backs++] = came[--n];
    return more;
}

/* True when the paste is complete. */
static bool read_paste(void)
{
    struct unit u;
    bool over = silent() && !goes_on();
    while (!over && next_unit(&u))
        over = paste_unit(&u);
    if (over)
        in.seq_len = 0;
    return over;
}

bool term_next(struct term_event *out)
{
    *out = (struct term_event){0};
    if (!term.open)
        return false;
    if (!in.pasting) {
        if (!next_key(&out->key))
            return false;
        if (out->key.code != PASTE_BEGIN)
            return true;
        in.pasting = true;
        hear();
        buf_reset(&in.paste);
    }
    out->key = (struct key){0};
    in.pasting = !read_paste();
    if (in.pasting)
        return false;
    out->paste = xstrndup(buf_str(&in.paste), in.paste.len);
    return true;
}

void term_input_drain(int ms)
{
    struct pollfd p = {.fd = term.in_fd, .events = POLLIN};
    struct unit u;
    while (ms > 0 && term_pace_wait() > 0 && poll(&p, 1, DRAIN_STEP_MS) >= 0 && !(p.revents & (POLLHUP | POLLERR | POLLNVAL))) {
        while (next_unit(&u))
            continue;
        ms -= DRAIN_STEP_MS;
    }
}
