/* Playbooks: the words of their steps. The database keeps the steps, walks them and holds the same words (056_playbooks.sql). */
#ifndef CORE_PLAYBOOK_H
#define CORE_PLAYBOOK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

/* What a step can do: names of include/app/action.h. */
#define PLAYBOOK_ACTIONS(X) \
    X("macro") X("message") X("case") X("note") X("resolve") X("wait") X("snooze") X("assign") X("severity") X("tag") X("override") X("contact")

/* What a step's condition is made of: all terms hold, with - before one it must not. X(name, takes values, what it says) */
#define PLAYBOOK_TERMS(X)                                                        \
    X("told",       false, "the customer was written to")                       \
    X("replied",    false, "they have written or called since")                 \
    X("unanswered", false, "what they wrote waits for an answer")               \
    X("contacted",  false, "a call or chat of theirs was logged since")         \
    X("case",       false, "a case is open")                                    \
    X("breached",   false, "it is past its SLA")                                \
    X("late",       false, "its promise has passed")                            \
    X("woken",      false, "it woke since: the time waited for has come")       \
    X("overridden", false, "its status was set by hand")                        \
    X("outage",     false, "it is in a live outage")                            \
    X("tier",       true,  "the customer is of one of these tiers")             \
    X("status",     true,  "the effective status is one of these")              \
    X("severity",   true,  "the severity is one of these")

bool playbook_action(const char *s);
/* False: e names the term that is none, or whose value is none, and all there are. "" always holds. */
bool playbook_condition(const char *text, struct err *e);

/* A JSON array of steps as `playbook set` takes it: is it one, of known actions and conditions? False: e says where it is not. The
 * database checks the rest. */
bool playbook_steps_read(const char *json, size_t n, struct err *e);

/* One of an exception's steps. */
struct playbook_step {
    int32_t step;
    char state[8];             /* done now later when then itself */
    int64_t at;                /* done, later: when; else WHEN_NONE */
    char owner[8], action[16], argument[48];
    char label[120];
    char says[120];            /* when, then: "after 2 days, if they have not answered" */
};

#endif
