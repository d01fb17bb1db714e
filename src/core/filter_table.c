/* Filters: the qualifiers, their values and orders. */
#include "core/filter.h"

#include <limits.h>
#include <string.h>
#include <strings.h>

#include "core/kind.h"
#include "filter_in.h"

static const struct {
    const char *name, *aliases, *help;
    enum filter_type type;
} fields[] = {
#define X(id, name, aliases, type, help) {name, aliases, help, type},
    FILTER_FIELDS(X)
#undef X
};

static const struct { const char *name, *help; } sorts[] = {
#define X(id, name, help) {name, help},
    FILTER_SORTS(X)
#undef X
};

#define X(id, name, ...) name,
static const char *const kinds[] = {KINDS(X)};
static const char *const severities[] = {SEVERITIES(X)};
static const char *const states[] = {STATES(X) "any"};
static const char *const statuses[] = {STATUSES(X)};
static const char *const faults[] = {FAULTS(X)};
static const char *const flags[] = {FILTER_FLAGS(X)};
#undef X

static const struct {
    const char *const *words;
    int count;
    bool compares, none;
} types[] = {
    [FILTER_KIND] = {kinds, KIND_COUNT, false, false},
    [FILTER_SEVERITY] = {severities, SEVERITY_COUNT, true, false},
    [FILTER_STATE] = {states, STATE_COUNT + 1, false, false},
    [FILTER_STATUS] = {statuses, STATUS_COUNT, false, false},
    [FILTER_FAULT] = {faults, FAULT_COUNT, false, false},
    [FILTER_WORD] = {.none = true},
    [FILTER_PERSON] = {.none = true},
    [FILTER_PREFIX] = {0},
    [FILTER_TEXT] = {0},
    [FILTER_LEFT] = {.compares = true, .none = true},
    [FILTER_AGO] = {.compares = true, .none = true},
    [FILTER_DATE] = {.compares = true, .none = true},
    [FILTER_TAG] = {.none = true},
    [FILTER_FLAG] = {flags, FLAG_COUNT, false, false},
    [FILTER_NUMBER] = {0},
    [FILTER_OUTAGE] = {.none = true},
    [FILTER_EVENT] = {0},
};

const char *filter_field_name(enum filter_field f) { return (int)f >= 0 && f < FIELD_COUNT ? fields[f].name : "?"; }
const char *filter_field_help(enum filter_field f) { return (int)f >= 0 && f < FIELD_COUNT ? fields[f].help : "?"; }

enum filter_type filter_field_type(enum filter_field f)
{
    return (int)f >= 0 && f < FIELD_COUNT ? fields[f].type : FILTER_TEXT;
}

const char *sort_name(enum sort s) { return (int)s >= 0 && s < SORT_COUNT ? sorts[s].name : "?"; }
const char *sort_help(enum sort s) { return (int)s >= 0 && s < SORT_COUNT ? sorts[s].help : "?"; }

static bool same(const char *word, size_t size, const char *s, size_t n)
{
    return size == n && strncasecmp(word, s, n) == 0;
}

bool sort_parse(const char *s, size_t n, enum sort *out)
{
    for (int i = 0; i < SORT_COUNT; i++)
        if (same(sorts[i].name, strlen(sorts[i].name), s, n)) {
            *out = (enum sort)i;
            return true;
        }
    return false;
}

static bool is_alias(const char *aliases, const char *s, size_t n)
{
    while (*aliases) {
        size_t size = strcspn(aliases, " ");
        if (same(aliases, size, s, n))
            return true;
        aliases += size + (aliases[size] == ' ');
    }
    return false;
}

int filter_field_find(const char *s, size_t n)
{
    for (int i = 0; i < FIELD_COUNT; i++)
        if (same(fields[i].name, strlen(fields[i].name), s, n) || (n && is_alias(fields[i].aliases, s, n)))
            return i;
    return -1;
}

bool filter_field_compares(enum filter_field f) { return types[filter_field_type(f)].compares; }

/* Everything was opened once, so an age is never missing, nor is who carries and sells it; and what is not resolved says its state. */
bool filter_field_has_none(enum filter_field f)
{
    return types[filter_field_type(f)].none && f != FIELD_AGE && f != FIELD_ON && f != FIELD_DONE && f != FIELD_CARRIER && f != FIELD_BRAND;
}

int filter_choice_count(enum filter_type t) { return types[t].count; }
const char *filter_choice(enum filter_type t, int i) { return types[t].words[i]; }

int filter_choice_find(enum filter_type t, const char *s)
{
    for (int i = 0; i < types[t].count; i++) {
        const char *word = types[t].words[i];
        size_t k = 0;
        while (word[k] && (s[k] == '-' ? word[k] == '_' : strncasecmp(&word[k], &s[k], 1) == 0))
            k++;
        if (!word[k] && !s[k])
            return i;
    }
    return -1;
}

/* Edits (insert, drop, replace, swap neighbours) between two words of at most 32 bytes;
 * longer ones are no slip of the finger. */
static int edits(const char *a, const char *b)
{
    enum { MOST = 32 };
    int cost[MOST + 1][MOST + 1];
    int n = (int)strlen(a), m = (int)strlen(b);
    if (n > MOST || m > MOST)
        return INT_MAX;
    for (int i = 0; i <= n; i++)
        cost[i][0] = i;
    for (int j = 0; j <= m; j++)
        cost[0][j] = j;
    for (int i = 1; i <= n; i++)
        for (int j = 1; j <= m; j++) {
            int best = cost[i - 1][j - 1] + (strncasecmp(&a[i - 1], &b[j - 1], 1) != 0);
            if (cost[i - 1][j] + 1 < best)
                best = cost[i - 1][j] + 1;
            if (cost[i][j - 1] + 1 < best)
                best = cost[i][j - 1] + 1;
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] && cost[i - 2][j - 2] + 1 < best)
                best = cost[i - 2][j - 2] + 1;
            cost[i][j] = best;
        }
    return cost[n][m];
}

void filter_near_try(struct filter_near *near, const char *candidate)
{
    size_t n = strlen(near->word);
    int most = n < 3 ? 1 : n < 9 ? 2 : n < 12 ? 3 : 4;
    int distance = edits(near->word, candidate);
    if (n >= 2 && strncasecmp(near->word, candidate, n) == 0)
        distance = 1;  /* a beginning is as good as one slip of the finger */
    if (distance <= most && distance < (int)n && (!near->best || distance < near->distance)) {
        near->best = candidate;
        near->distance = distance;
    }
}

bool filter_moves(const struct filter *f)
{
    for (size_t i = 0; i < f->term_count; i++) {
        const struct filter_term *t = &f->terms[i];
        enum filter_type type = filter_field_type(t->field);
        for (size_t k = 0; k < t->value_count; k++) {
            const struct filter_value *v = &t->values[k];
            if (!v->none && (type == FILTER_LEFT || type == FILTER_AGO || type == FILTER_EVENT || (type == FILTER_DATE && v->relative) ||
                             (type == FILTER_FLAG && (v->number == FLAG_BREACHED || v->number == FLAG_WARNED))))
                return true;
        }
    }
    return false;
}
