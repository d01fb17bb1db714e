/* How far the terminal is behind. Over SSH the pty is drained into the network's buffers, megabytes
 * of them, so that room in the pty says nothing; a question the terminal answers once it has
 * come to it does.
 *
 * 1. acked <= asked <= sent: bytes the terminal is known to have taken, those in front of the
 *    last question, those written.
 * 2. `due` answers are on their way. Only when the last of them came are the bytes before the last
 *    question taken: answers have no names.
 * 3. Nothing is held back before the terminal answered once, and nothing for longer than `until`. */
#include "term_state.h"

#include <string.h>
#include <time.h>

#define QUESTION "\033[5n"     /* ECMA-48 DSR 5; the answer is ESC [ 0 n */

enum {
    ASK_AFTER = 512,           /* bytes */
    MOST_AHEAD = 1024,         /* bytes on their way when the next frame is drawn */
    PATIENCE_MS = 3000,        /* beside a second for each KB: then an answer counts as lost */
    PATIENCE_MOST_MS = 24000,
    END_MS = 1500, END_UNKNOWN_MS = 300
};

static struct {
    bool can, answers, heard;  /* heard: an answer came since the last question */
    int due;
    uint64_t sent, asked, acked;
    int64_t until, patience;   /* monotonic ms; ms */
} pace;

static int64_t now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static void ask(void)
{
    term_write_now(QUESTION, sizeof QUESTION - 1);
    pace.due++;
    pace.heard = false;
    pace.asked = pace.sent;
    pace.until = now_ms() + pace.patience + (int64_t)(pace.sent - pace.acked);
}

void term_pace_open(const char *cursor_report)
{
    memset(&pace, 0, sizeof pace);
    pace.patience = PATIENCE_MS;
    pace.can = cursor_report != NULL && strcmp(cursor_report, "\033[6n") == 0;
    if (pace.can)
        ask();
}

void term_pace_sent(size_t bytes)
{
    pace.sent += bytes;
    if (pace.answers && pace.due == 0 && pace.sent - pace.acked >= ASK_AFTER)
        ask();
}

void term_pace_answered(void)
{
    pace.answers = pace.can;
    pace.heard = true;
    if (pace.due == 0 || --pace.due > 0)
        return;
    pace.acked = pace.asked;
    pace.patience = PATIENCE_MS;
    term_pace_sent(0);
}

/* The answer is late, or lost: one frame goes out all the same. One that came alone where several
 * were due shows that the others are lost. */
static void lose_patience(void)
{
    if (pace.heard)
        pace.due = 0;
    pace.acked = pace.sent;
    pace.patience = pace.patience * 2 < PATIENCE_MOST_MS ? pace.patience * 2 : PATIENCE_MOST_MS;
    ask();
}

bool term_pace_allows(void)
{
    if (!pace.answers || pace.sent - pace.acked <= MOST_AHEAD)
        return true;
    if (now_ms() < pace.until)
        return false;
    lose_patience();
    return true;
}

int term_pace_wait(void)
{
    return pace.due == 0 ? 0 : pace.answers ? END_MS : END_UNKNOWN_MS;
}
