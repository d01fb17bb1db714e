/* Typed text, scrubbed so that a replay goes the same way. */
#include "run/record_in.h"

#include <string.h>

#include "app/palette.h"
#include "app/prompt.h"

/* What a prompt's text is made of; those not here: words of one's own. */
enum made_of { MADE_OF_TEXT, MADE_OF_FILTER, MADE_OF_COMMAND, MADE_OF_NAMES, MADE_OF_TIMES };
static const enum made_of prompts[PROMPT_REPORT_ONLY + 1] = {
    [PROMPT_FILTER] = MADE_OF_FILTER, [PROMPT_SCOPE] = MADE_OF_FILTER, [PROMPT_COMMAND] = MADE_OF_COMMAND,
    [PROMPT_ASSIGN] = MADE_OF_NAMES, [PROMPT_CASE_OWNER] = MADE_OF_NAMES, [PROMPT_VIEW_NAME] = MADE_OF_NAMES,
    [PROMPT_SNOOZE] = MADE_OF_TIMES, [PROMPT_WAIT] = MADE_OF_TIMES, [PROMPT_OVERRIDE_UNTIL] = MADE_OF_TIMES, [PROMPT_OUTAGE_UNTIL] = MADE_OF_TIMES,
    [PROMPT_OVERRIDE_COUNT] = MADE_OF_TIMES, [PROMPT_BATCH_COUNT] = MADE_OF_TIMES, [PROMPT_OUTAGE_COUNT] = MADE_OF_TIMES,
    [PROMPT_CASE_MERGE] = MADE_OF_TIMES, [PROMPT_JUMP] = MADE_OF_TIMES, [PROMPT_REPORT_PERIOD] = MADE_OF_TIMES, [PROMPT_SHEET] = MADE_OF_TIMES,
    [PROMPT_REPORT_ONLY] = MADE_OF_TIMES,
};

/* Choices that an action lists, "summary|timeline", stay as they are. */
static bool is_choice(enum action a, const char *text, size_t n)
{
    const char *at = action_info(a)->argument;
    while (n && *at) {
        size_t word = strcspn(at, "|");
        if (word == n && memcmp(at, text, n) == 0)
            return true;
        at += word + (at[word] == '|');
    }
    return false;
}

void record_argument(const struct scrub *s, struct buf *out, enum action a, const char *text)
{
    size_t n = strlen(text), word = strcspn(text, " ");
    enum sort sort;
    if (a == ACTION_FILTER || strcmp(action_info(a)->argument, "filter") == 0) {
        scrub_filter(s, out, text, n);
    } else if (s->off || is_choice(a, text, word) || sort_parse(text, word, &sort)) {
        buf_add(out, text, word);
        scrub_words(s, out, text + word, n - word, false);
    } else {
        scrub_words(s, out, text, n, a == ACTION_ASSIGN || a == ACTION_VIEW);
    }
}

static void put_command(const struct scrub *s, struct buf *out, const char *text)
{
    enum action a;
    size_t arg, at;
    struct err e;
    if (!palette_parse(text, &a, &arg, &at, &e) || arg > strlen(text)) {
        scrub_mask(s, out, text, strlen(text));
        return;
    }
    buf_add(out, text, arg);
    record_argument(s, out, a, text + arg);
}

void record_typed(const struct scrub *s, struct buf *out, enum prompt_kind kind, const char *text)
{
    size_t n = strlen(text);
    switch (prompts[kind]) {
    case MADE_OF_TEXT: scrub_mask(s, out, text, n); break;
    case MADE_OF_FILTER: scrub_filter(s, out, text, n); break;
    case MADE_OF_COMMAND: put_command(s, out, text); break;
    case MADE_OF_NAMES: scrub_words(s, out, text, n, true); break;
    case MADE_OF_TIMES: scrub_words(s, out, text, n, false); break;
    }
}

bool record_takes(const struct model *m, const struct key *k)
{
    const struct binding *b;
    return m->prompt.kind != PROMPT_NONE && prompts[m->prompt.kind] != MADE_OF_TEXT &&
           keymap_find(m->keymap, IN_PROMPT, k, 1, &b) == KEYMAP_FOUND && b->action == ACTION_ACCEPT;
}
