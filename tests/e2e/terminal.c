#include "terminal.h"

#include <errno.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define TAIL 65536
#define HELD (1024 * 1024)
#define TURN_MS 10
#define BLOCK 16384
#define END_MS 60000           /* what it may take to end: a leak is looked for then, too */

int64_t terminal_now_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

void terminal_open(struct terminal *t, char *const argv[], const char *term, int rows, int cols)
{
    *t = (struct terminal){.rows = rows, .cols = cols, .fd = -1};
    struct winsize size = {.ws_row = (unsigned short)rows, .ws_col = (unsigned short)cols};
    t->tail = calloc(1, TAIL + 1);
    t->vt = vterm_new(rows, cols);
    vterm_set_utf8(t->vt, 1);
    t->screen = vterm_obtain_screen(t->vt);
    vterm_screen_reset(t->screen, 1);
    t->pid = forkpty(&t->fd, NULL, NULL, &size);
    if (t->pid == 0) {
        setenv("TERM", term, 1);
        setenv("LC_ALL", "C.UTF-8", 1);
        unsetenv("LINES");
        unsetenv("COLUMNS");
        execvp(argv[0], argv);
        perror(argv[0]);
        _exit(127);
    }
    if (t->pid < 0) {
        perror("forkpty");
        exit(70);
    }
}

static void answer_terminal_queries(struct terminal *t)
{
    char out[256];
    size_t n;
    while ((n = vterm_output_read(t->vt, out, sizeof out)) > 0)
        if (write(t->fd, out, n) < 0)
            return;
}

void terminal_slow_line(struct terminal *t, int bytes_a_second)
{
    t->rate = bytes_a_second;
    t->held = t->held ? t->held : malloc(HELD);
    t->held_len = 0;
    t->brought_ns = terminal_now_ns();
}

/* Bytes at the end that begin a character and do not end it. */
static size_t unfinished(const char *bytes, size_t n)
{
    for (size_t back = 1; back <= 3 && back <= n; back++) {
        unsigned char c = (unsigned char)bytes[n - back];
        if (c >= 0xc0)
            return back < (c >= 0xf0 ? 4u : c >= 0xe0 ? 3u : 2u) ? back : 0;
        if (c < 0x80)
            return 0;
    }
    return 0;
}

/* libvterm 0.1 loses a character that comes in two pieces behind ASCII, where the terminal never
 * designated a character set: it gets whole ones. */
static void show(struct terminal *t, const char *bytes, size_t n)
{
    char whole[BLOCK + sizeof t->part];
    while (n > 0) {
        size_t block = n < BLOCK ? n : BLOCK, len = t->part_len + block;
        memcpy(whole, t->part, t->part_len);
        memcpy(whole + t->part_len, bytes, block);
        t->part_len = unfinished(whole, len);
        memcpy(t->part, whole + len - t->part_len, t->part_len);
        vterm_input_write(t->vt, whole, len - t->part_len);
        bytes += block;
        n -= block;
    }
    answer_terminal_queries(t);
}

/* Brings to the terminal what the line carried since the last time. */
static void bring(struct terminal *t)
{
    int64_t now = terminal_now_ns();
    size_t n = (size_t)((now - t->brought_ns) / 1000 * t->rate / 1000000);
    if (t->held_len == 0)
        t->brought_ns = now;
    if (n == 0 || t->held_len == 0)
        return;
    n = n < t->held_len ? n : t->held_len;
    t->brought_ns = now;
    show(t, t->held, n);
    memmove(t->held, t->held + n, t->held_len - n);
    t->held_len -= n;
}

static void take(struct terminal *t, const char *block, size_t n)
{
    if (!t->rate) {
        show(t, block, n);
        return;
    }
    if (t->held_len == 0)
        t->brought_ns = terminal_now_ns();
    memcpy(t->held + t->held_len, block, n);
    t->held_len += n;
    t->held_most = t->held_len > t->held_most ? t->held_len : t->held_most;
}

/* Waits for the program or, on a slow line, until the line has brought something. */
static bool wait_readable(struct terminal *t, int ms)
{
    bool full = t->rate && t->held_len + BLOCK > HELD;
    struct pollfd p = {.fd = full ? -1 : t->fd, .events = POLLIN};
    if (!t->rate || t->held_len == 0)
        return poll(&p, 1, ms) > 0;
    bool readable = poll(&p, 1, ms < TURN_MS ? ms : TURN_MS) > 0;
    bring(t);
    return readable;
}

static void remember(struct terminal *t, const char *block, size_t n)
{
    if (t->tail_len + n > TAIL) {
        memmove(t->tail, t->tail + TAIL / 2, t->tail_len - TAIL / 2);
        t->tail_len -= TAIL / 2;
    }
    memcpy(t->tail + t->tail_len, block, n);
    t->tail_len += n;
    t->tail[t->tail_len] = '\0';
}

bool terminal_pump(struct terminal *t, int ms)
{
    if (t->closed || !wait_readable(t, ms))
        return !t->closed && t->held_len > 0;
    char block[BLOCK];
    ssize_t n = read(t->fd, block, sizeof block);
    if (n <= 0) {
        t->closed = true;
        return false;
    }
    t->last_byte_ns = terminal_now_ns();
    t->bytes += (uint64_t)n;
    remember(t, block, (size_t)n);
    take(t, block, (size_t)n);
    return true;
}

static const struct { const char *name; VTermKey key; } named[] = {
    {"Enter", VTERM_KEY_ENTER}, {"Esc", VTERM_KEY_ESCAPE}, {"Tab", VTERM_KEY_TAB}, {"BS", VTERM_KEY_BACKSPACE},
    {"Up", VTERM_KEY_UP}, {"Down", VTERM_KEY_DOWN}, {"Left", VTERM_KEY_LEFT}, {"Right", VTERM_KEY_RIGHT},
    {"Home", VTERM_KEY_HOME}, {"End", VTERM_KEY_END}, {"PgUp", VTERM_KEY_PAGEUP}, {"PgDn", VTERM_KEY_PAGEDOWN},
    {"Del", VTERM_KEY_DEL},
};

static void type_name(struct terminal *t, const char *name, size_t n)
{
    if (n == 3 && name[0] == 'C' && name[1] == '-') {
        vterm_keyboard_unichar(t->vt, (unsigned char)name[2], VTERM_MOD_CTRL);
        return;
    }
    if (n == 2 && strncmp(name, "lt", 2) == 0) {
        vterm_keyboard_unichar(t->vt, '<', VTERM_MOD_NONE);
        return;
    }
    for (size_t i = 0; i < sizeof named / sizeof *named; i++)
        if (strlen(named[i].name) == n && strncmp(named[i].name, name, n) == 0)
            vterm_keyboard_key(t->vt, named[i].key, VTERM_MOD_NONE);
}

void terminal_type(struct terminal *t, const char *keys)
{
    for (const char *s = keys; *s;) {
        const char *end = *s == '<' ? strchr(s, '>') : NULL;
        if (end) {
            type_name(t, s + 1, (size_t)(end - s - 1));
            s = end + 1;
            answer_terminal_queries(t);
            continue;
        }
        size_t n = strcspn(s, "<");
        answer_terminal_queries(t);
        if (write(t->fd, s, n) < 0)
            return;
        s += n;
    }
}

void terminal_resize(struct terminal *t, int rows, int cols)
{
    struct winsize size = {.ws_row = (unsigned short)rows, .ws_col = (unsigned short)cols};
    t->rows = rows;
    t->cols = cols;
    vterm_set_size(t->vt, rows, cols);
    ioctl(t->fd, TIOCSWINSZ, &size);
}

static size_t put_utf8(uint32_t cp, char *out)
{
    if (cp < 0x80) {
        out[0] = (char)cp;
        return 1;
    }
    if (cp < 0x800) {
        out[0] = (char)(0xc0 | cp >> 6);
        out[1] = (char)(0x80 | (cp & 0x3f));
        return 2;
    }
    if (cp < 0x10000) {
        out[0] = (char)(0xe0 | cp >> 12);
        out[1] = (char)(0x80 | (cp >> 6 & 0x3f));
        out[2] = (char)(0x80 | (cp & 0x3f));
        return 3;
    }
    out[0] = (char)(0xf0 | cp >> 18);
    out[1] = (char)(0x80 | (cp >> 12 & 0x3f));
    out[2] = (char)(0x80 | (cp >> 6 & 0x3f));
    out[3] = (char)(0x80 | (cp & 0x3f));
    return 4;
}

const char *terminal_line(struct terminal *t, int row)
{
    static char line[8192];
    size_t n = 0, kept = 0;
    for (int col = 0; col < t->cols; col++) {
        VTermScreenCell cell;
        vterm_screen_get_cell(t->screen, (VTermPos){.row = row, .col = col}, &cell);
        if (cell.chars[0] == (uint32_t)-1)
            continue;      /* the right half of a wide character */
        if (!cell.chars[0])
            cell.chars[0] = ' ';
        for (int i = 0; i < VTERM_MAX_CHARS_PER_CELL && cell.chars[i]; i++)
            n += put_utf8(cell.chars[i], line + n);
        if (cell.chars[0] != ' ')
            kept = n;
    }
    line[kept] = '\0';
    return line;
}

int terminal_find(struct terminal *t, const char *text)
{
    for (int row = 0; row < t->rows; row++)
        if (strstr(terminal_line(t, row), text))
            return row;
    return -1;
}

int terminal_patience(void)
{
    const char *slow = getenv("VALGRIND");
    return slow && *slow == '1' ? 10 : 1;
}

static bool wait_for(struct terminal *t, const char *text, int ms, bool there)
{
    int64_t end = terminal_now_ns() + (int64_t)ms * 1000000 * terminal_patience();
    while ((terminal_find(t, text) >= 0) != there) {
        int64_t left = (end - terminal_now_ns()) / 1000000;
        if (left <= 0 || (t->closed && there))
            return false;
        terminal_pump(t, left > 50 ? 50 : (int)left);
    }
    return true;
}

bool terminal_wait(struct terminal *t, const char *text, int ms) { return wait_for(t, text, ms, true); }
bool terminal_wait_gone(struct terminal *t, const char *text, int ms) { return wait_for(t, text, ms, false); }

void terminal_settle(struct terminal *t, int quiet_ms, int ms)
{
    int64_t now = terminal_now_ns(), end = now + (int64_t)ms * 1000000, quiet = now + (int64_t)quiet_ms * 1000000;
    for (; !t->closed && now < end && now < quiet; now = terminal_now_ns()) {
        int64_t until = quiet < end ? quiet : end;
        if (terminal_pump(t, (int)((until - now) / 1000000) + 1))
            quiet = terminal_now_ns() + (int64_t)quiet_ms * 1000000;
    }
}

void terminal_dump(struct terminal *t)
{
    for (int row = 0; row < t->rows; row++)
        if (terminal_line(t, row)[0])
            fprintf(stderr, "%3d|%s\n", row, terminal_line(t, row));
}

/* Reaps it within ms; false when it still runs. */
static bool ended(struct terminal *t, int ms, int *status)
{
    int64_t end = terminal_now_ns() + (int64_t)ms * 1000000;
    while (waitpid(t->pid, status, WNOHANG) != t->pid) {
        if (terminal_now_ns() > end)
            return false;
        if (!terminal_pump(t, 10))
            poll(NULL, 0, 5);
    }
    return true;
}

int terminal_cut(struct terminal *t)
{
    int status = -1;
    close(t->fd);
    t->fd = -1;
    t->closed = true;
    for (int64_t until = terminal_now_ns() + (int64_t)END_MS * 1000000; waitpid(t->pid, &status, WNOHANG) == 0; usleep(5000)) {
        if (terminal_now_ns() > until) {
            kill(t->pid, SIGKILL);
            waitpid(t->pid, &status, 0);
            break;
        }
    }
    vterm_free(t->vt);
    free(t->tail);
    free(t->held);
    *t = (struct terminal){.fd = -1};
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

int terminal_close(struct terminal *t)
{
    int status = -1;
    if (t->pid <= 0)           /* never opened, or cut: signals to nobody are signals to all of us */
        return -1;
    if (!ended(t, t->closed ? END_MS : 0, &status)) {
        kill(t->pid, SIGTERM);
        if (!ended(t, END_MS, &status)) {
            kill(t->pid, SIGKILL);
            waitpid(t->pid, &status, 0);
        }
    }
    close(t->fd);
    vterm_free(t->vt);
    free(t->tail);
    free(t->held);
    *t = (struct terminal){.fd = -1};
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}
