#include "app/undo.h"

#include <stdio.h>

#include "app/act.h"
#include "app/ask.h"
#include "app/compose.h"
#include "app/countdown.h"
#include "app/toast.h"

static const char *undo_key(const struct model *m, char *out, size_t size)
{
    return keymap_keys_of(m->keymap, IN_LISTS, ACTION_UNDO, NULL, out, size) ? out : "undo";
}

void undo_offer(struct model *m, const char *what)
{
    char key[64];
    m->countdown.last = false;         /* whoever counts down says so afterwards */
    snprintf(m->undo_text, sizeof m->undo_text, "%s takes back: %.160s", undo_key(m, key, sizeof key), what);
}

void undo_press(struct model *m, struct effects *fx)
{
    struct err e = {0};
    if (ask_waiting(m, REQ_UNDO) || ask_waiting(m, REQ_UNDO_PEEK))
        return;
    bool at_once = countdown_runs(m) && m->countdown.last;   /* what it takes back stands on the screen */
    if (!m->undo_armed && !at_once) {
        struct request r = {.kind = REQ_UNDO_PEEK};
        ask_send(m, fx, &r, NULL);
        return;
    }
    m->undo_armed = false;
    struct request r = {.kind = REQ_UNDO};
    if (act_send(m, fx, &r, &e)) {
        compose_taking_back(m);
        toast_set(m, fx, TOAST_INFO, "taking it back...");
    } else {
        toast_set(m, fx, TOAST_BAD, "undo: %s", e.text);
    }
}

void undo_peeked(struct model *m, struct effects *fx, const struct reply *r)
{
    const char *stays = r->result_count ? r->results[0].message : "";
    if (!r->ok) {
        toast_error(m, fx, "undo", &r->error);
    } else if (!r->summary[0]) {
        m->undo_text[0] = '\0';
        toast_set(m, fx, TOAST_INFO, "there is nothing of yours to take back%s%s", *stays ? ": " : "", stays);
    } else {
        m->undo_armed = true;
        char key[64];
        undo_offer(m, r->summary);
        toast_set(m, fx, TOAST_WARN, "%s%s%s again takes back: %s", stays, *stays ? "; " : "", undo_key(m, key, sizeof key), r->summary);
    }
}
