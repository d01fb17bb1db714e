#include "core/kind.h"

#include <string.h>

static const struct {
    const char *name, *label;
    enum fault fault;
    enum severity severity;
} kinds[] = {
#define X(id, name, label, fault, severity) {name, label, FAULT_##fault, SEVERITY_##severity},
    KINDS(X)
#undef X
};

#define X(id, name) name,
static const char *const severity_names[] = {SEVERITIES(X)};
static const char *const state_names[] = {STATES(X)};
static const char *const fault_names[] = {FAULTS(X)};
#undef X

#define X(id, name, label) name,
static const char *const status_names[] = {STATUSES(X)};
static const char *const resolution_names[] = {RESOLUTIONS(X)};
#undef X

#define X(id, name, label) label,
static const char *const status_labels[] = {STATUSES(X)};
static const char *const resolution_labels[] = {RESOLUTIONS(X)};
#undef X

static bool in_range(int number, int count) { return number >= 0 && number < count; }

static const char *pick(const char *const *list, int count, int number)
{
    return in_range(number, count) ? list[number] : "?";
}

/* The number of a name in a list, -1 when it is not there. */
static int find(const char *const *list, int count, const char *s, size_t n)
{
    for (int i = 0; i < count; i++)
        if (strlen(list[i]) == n && memcmp(list[i], s, n) == 0)
            return i;
    return -1;
}

const char *kind_name(enum kind k) { return in_range((int)k, KIND_COUNT) ? kinds[k].name : "?"; }
const char *kind_label(enum kind k) { return in_range((int)k, KIND_COUNT) ? kinds[k].label : "?"; }
enum fault kind_fault(enum kind k) { return kinds[in_range((int)k, KIND_COUNT) ? k : KIND_OTHER].fault; }
enum severity kind_severity(enum kind k) { return kinds[in_range((int)k, KIND_COUNT) ? k : KIND_OTHER].severity; }

const char *severity_name(enum severity s) { return pick(severity_names, SEVERITY_COUNT, (int)s); }
const char *state_name(enum state s) { return pick(state_names, STATE_COUNT, (int)s); }
const char *fault_name(enum fault f) { return pick(fault_names, FAULT_COUNT, (int)f); }
const char *status_name(enum status s) { return pick(status_names, STATUS_COUNT, (int)s); }
const char *status_label(enum status s) { return pick(status_labels, STATUS_COUNT, (int)s); }
const char *resolution_name(enum resolution r) { return pick(resolution_names, RESOLUTION_COUNT, (int)r); }
const char *resolution_label(enum resolution r) { return pick(resolution_labels, RESOLUTION_COUNT, (int)r); }

bool kind_parse(const char *s, size_t n, enum kind *out)
{
    for (int i = 0; i < KIND_COUNT; i++)
        if (strlen(kinds[i].name) == n && memcmp(kinds[i].name, s, n) == 0) {
            *out = (enum kind)i;
            return true;
        }
    return false;
}

bool severity_parse(const char *s, size_t n, enum severity *out)
{
    int i = find(severity_names, SEVERITY_COUNT, s, n);
    if (i >= 0)
        *out = (enum severity)i;
    return i >= 0;
}

bool state_parse(const char *s, size_t n, enum state *out)
{
    int i = find(state_names, STATE_COUNT, s, n);
    if (i >= 0)
        *out = (enum state)i;
    return i >= 0;
}

bool status_parse(const char *s, size_t n, enum status *out)
{
    int i = find(status_names, STATUS_COUNT, s, n);
    if (i >= 0)
        *out = (enum status)i;
    return i >= 0;
}

bool resolution_parse(const char *s, size_t n, enum resolution *out)
{
    int i = find(resolution_names, RESOLUTION_COUNT, s, n);
    if (i >= 0)
        *out = (enum resolution)i;
    return i >= 0;
}
