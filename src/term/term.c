#include "term/term.h"

#include <errno.h>
#include <langinfo.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/die.h"
#include "base/utf8.h"
#include "term/probe.h"
#include "term_state.h"

#define PASTE_ON "\033[?2004h"
#define PASTE_OFF "\033[?2004l"

enum { WAITING_MOST = 3 * TERM_COPY_MAX + 4096 };   /* bytes that wait for room in the terminal */

struct term_state term;
static struct buf waiting;

/* ---- opening and closing ---- */

static enum terminal_kind find_kind(const char *name)
{
    static const char *const xterms[] = {"xterm", "rxvt", "alacritty", "foot", "kitty", "wezterm", "konsole", "vte", "gnome",
                                         "putty", "st-", "contour", "ghostty", "mlterm", "iterm"};
    if (getenv("TMUX") != NULL || strncmp(name, "tmux", 4) == 0)
        return KIND_TMUX;
    if (getenv("STY") != NULL || strncmp(name, "screen", 6) == 0)
        return KIND_SCREEN;
    for (size_t i = 0; i < sizeof xterms / sizeof xterms[0]; i++)
        if (strncmp(name, xterms[i], strlen(xterms[i])) == 0)
            return KIND_XTERM;
    return strcmp(name, "st") == 0 ? KIND_XTERM : KIND_PLAIN;
}

static const char *term_name(void)
{
    const char *name = getenv("TERM");
    return name != NULL ? name : "";
}

static FILE *in_file(const struct term_options *o) { return o->in != NULL ? o->in : stdin; }
static FILE *out_file(const struct term_options *o) { return o->out != NULL ? o->out : stdout; }

bool term_check(const struct term_options *o, struct err *e)
{
    const char *name = term_name();
    struct term_probe probe;
    if (!isatty(fileno(in_file(o))) || !isatty(fileno(out_file(o))))
        return err_set(e, ERR_CONFIG, NULL, "the dashboard needs a terminal on standard input and output; "
                       "for scripts there are commands like \"doorstep queue\"");
    if (name[0] == '\0')
        return err_set(e, ERR_CONFIG, "TERM", "is not set; set it to what your terminal is, for example TERM=xterm-256color");
    term_probe(name, &probe);
    if (!probe.known)
        return err_set(e, ERR_CONFIG, "TERM", "\"%.40s\" is not known on this machine; install its description "
                       "(package ncurses-term) or try TERM=xterm-256color", name);
    if (!probe.moves)
        return err_set(e, ERR_CONFIG, "TERM", "\"%.40s\" cannot place the cursor; set it to what your terminal is, "
                       "for example TERM=xterm-256color", name);
    return true;
}

static void set_modes(void)
{
    raw();
    noecho();
    nonl();
    set_escdelay(25);
    typeahead(-1);             /* no look at the input between lines: a frame is small */
    idlok(stdscr, TRUE);
    if (has_colors()) {
        start_color();
        use_default_colors();
    }
    curs_set(0);
}

static void paste_mode(bool on)
{
    if (term.kind != KIND_PLAIN)
        term_write_now(on ? PASTE_ON : PASTE_OFF, sizeof PASTE_ON - 1);
}

bool term_open(const struct term_options *o, struct err *e)
{
    const char *name = term_name();
    FILE *in = in_file(o), *out = out_file(o);
    if (!term_check(o, e))
        return false;
    term = (struct term_state){.options = *o, .in_fd = fileno(in), .out_fd = fileno(out)};
    /* The kernel knows the size; LINES and COLUMNS may be left over from another window. */
    use_env(FALSE);
    use_tioctl(TRUE);
    term.screen = newterm(name, out, in);
    if (term.screen == NULL)
        return err_set(e, ERR_CONFIG, "TERM", "\"%.40s\" could not be used; try TERM=xterm-256color", name);
    set_term(term.screen);
    endwin();                  /* until it came back from here once, curses writes each cursor */
    refresh();                 /* movement by itself; afterwards a frame is one write */
    term.open = true;
    term.utf8 = strcmp(nl_langinfo(CODESET), "UTF-8") == 0;
    term.kind = find_kind(name);
    die_hook(term_close);
    buf_init(&waiting, WAITING_MOST);
    set_modes();
    term_input_open();
    term_draw_open();
    paste_mode(true);
    term_pace_open(tigetstr("u7"));
    return true;
}

/* Those that keep no titles (GNU screen, urxvt, st) take an empty one for their own: none goes on telling old counts. */
static void title_back(void)
{
    static const char back[] = "\033]2;\a\033[23;2t";
    if (term.titled)
        term_write_now(back, sizeof back - 1);
    term.titled = false;
}

void term_close(void)
{
    if (!term.open)
        return;
    term.open = false;
    die_hook(NULL);
    paste_mode(false);
    title_back();
    term_input_drain(term_pace_wait());
    buf_finish(&waiting);
    term_input_close();
    term_draw_close();
    if (!isendwin())
        endwin();
    delscreen(term.screen);
    term.screen = NULL;
}

void term_suspend(void)
{
    if (!term.open || isendwin())
        return;
    paste_mode(false);
    title_back();
    term_input_drain(term_pace_wait());
    endwin();
}

void term_resume(void)
{
    if (!term.open)
        return;
    refresh();                 /* leaves endwin's state: raw mode and the alternate screen again */
    paste_mode(true);
    term_redraw();
}

/* ---- facts ---- */

int term_fd(void) { return term.in_fd; }

bool term_gone(void)
{
    struct pollfd p = {.fd = term.in_fd};
    return poll(&p, 1, 0) > 0 && (p.revents & (POLLHUP | POLLERR | POLLNVAL)) != 0;
}

static bool has_room(int ms)
{
    struct pollfd p = {.fd = term.out_fd, .events = POLLOUT};
    int n;
    do
        n = poll(&p, 1, ms);
    while (n < 0 && errno == EINTR && ms > 0);     /* a resize cuts no sequence in two */
    return n > 0 && (p.revents & POLLOUT) != 0;
}

bool term_writable(void) { return has_room(0) && term_pace_allows(); }

void term_resized(int *rows, int *cols)
{
    struct winsize size = {0};
    if (ioctl(term.out_fd, TIOCGWINSZ, &size) == 0 && size.ws_row > 0 && size.ws_col > 0) {
        if (size.ws_row != LINES || size.ws_col != COLS)
            resizeterm(size.ws_row, size.ws_col);
        term_redraw();         /* of the same size, too: it may have been another for a moment, and what was cut off then is gone */
    }
    *rows = LINES;
    *cols = COLS;
}

/* ---- beside the grid ---- */

void term_write_now(const char *bytes, size_t n)
{
    while (n > 0 && has_room(1000)) {
        ssize_t wrote = write(term.out_fd, bytes, n);
        if (wrote < 0 && errno != EINTR && errno != EAGAIN)
            return;
        if (wrote > 0) {
            bytes += wrote;
            n -= (size_t)wrote;
        }
    }
}

void term_write_waiting(void)
{
    if (waiting.len == 0 || !has_room(0))
        return;
    term_write_now(waiting.data, waiting.len);
    term_pace_sent(waiting.len);
    buf_reset(&waiting);
}

void term_write(const char *bytes, size_t n)
{
    if (n > WAITING_MOST - waiting.len)
        return;
    buf_add(&waiting, bytes, n);
    term_write_waiting();
}

void term_bell(void)
{
    if (term.open && term.options.bell && has_room(0))   /* later it would say nothing */
        term_write("\a", 1);
}

void term_title(const char *text)
{
    char clean[200], out[256];
    if (!term.open || !term.options.title || term.kind == KIND_PLAIN)
        return;
    if (!term.titled)
        term_write("\033[22;2t", 7);
    term.titled = true;
    utf8_clean(text, strlen(text), clean, sizeof clean, UTF8_ONE_LINE);
    int n = snprintf(out, sizeof out, "\033]2;%s\a", clean);
    if (n > 0)
        term_write(out, (size_t)n);
}

static size_t base64(const char *in, size_t n, char *out)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    size_t used = 0;
    for (size_t i = 0; i < n; i += 3) {
        unsigned b0 = (unsigned char)in[i], b1 = i + 1 < n ? (unsigned char)in[i + 1] : 0;
        unsigned b2 = i + 2 < n ? (unsigned char)in[i + 2] : 0, v = b0 << 16 | b1 << 8 | b2;
        out[used++] = digits[v >> 18];
        out[used++] = digits[v >> 12 & 63];
        out[used++] = i + 1 < n ? digits[v >> 6 & 63] : '=';
        out[used++] = i + 2 < n ? digits[v & 63] : '=';
    }
    out[used] = '\0';
    return used;
}

/* GNU screen passes strings of at most 768 bytes through. */
enum { SCREEN_MOST = 700 };

bool term_copy(const char *text)
{
    char code[(TERM_COPY_MAX + 2) / 3 * 4 + 1], out[sizeof code + 64];
    size_t n = strlen(text);
    if (!term.open || !term.options.clipboard || term.kind == KIND_PLAIN || n > TERM_COPY_MAX)
        return false;
    size_t coded = base64(text, n, code);
    if (term.kind == KIND_SCREEN && coded > SCREEN_MOST)
        return false;
    /* tmux takes the plain one itself or passes the wrapped one on, as it is set up. */
    static const struct { bool in[KIND_SCREEN + 1]; const char *before, *after; } forms[] = {
        {{[KIND_XTERM] = true, [KIND_TMUX] = true}, "\033]52;c;", "\a"},
        {{[KIND_TMUX] = true}, "\033Ptmux;\033\033]52;c;", "\a\033\\"},
        {{[KIND_SCREEN] = true}, "\033P\033]52;c;", "\a\033\\"},
    };
    for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++)
        if (forms[i].in[term.kind]) {
            int used = snprintf(out, sizeof out, "%s%s%s", forms[i].before, code, forms[i].after);
            term_write(out, (size_t)used);
        }
    return true;
}
