/* What a person can do to exceptions. Each verb is one database function of the same
 * name, one command of the same name, and an entry in the activity. */
#ifndef CORE_VERB_H
#define CORE_VERB_H

#include <stdbool.h>
#include <stddef.h>

/* X(ID, name, past tense for people: a number follows it, undoable) */
#define VERBS(X)                                                \
    X(CLAIM,     "claim",     "claimed",                 true)  \
    X(RELEASE,   "release",   "released",                true)  \
    X(ASSIGN,    "assign",    "assigned",                true)  \
    X(TAKE_NEXT, "take_next", "took",                    true)  \
    X(SNOOZE,    "snooze",    "snoozed",                 true)  \
    X(WAIT,      "wait",      "started waiting on",      true)  \
    X(WORK,      "work",      "started working on",      true)  \
    X(NOTE,      "note",      "added a note to",         false) \
    X(SEVERITY,  "severity",  "changed the severity of", true)  \
    X(RESOLVE,   "resolve",   "resolved",                true)  \
    X(REOPEN,    "reopen",    "reopened",                true)  \
    X(TAG,       "tag",       "tagged",                  true)  \
    X(UNTAG,     "untag",     "took the tag off",        true)  \
    X(CONTACT,   "contact",   "logged a contact about",  true)

enum verb {
#define X(id, name, past, undoable) VERB_##id,
    VERBS(X)
#undef X
    VERB_COUNT
};

const char *verb_name(enum verb v);
const char *verb_past(enum verb v);
bool verb_undoable(enum verb v);
bool verb_parse(const char *s, size_t n, enum verb *out);

#endif
