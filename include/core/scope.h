/* The scope of an outage: the part of the filter language that speaks of where a parcel goes and who carries it, which the
 * database can hold against every parcel, now and later (scope_has in 040_scopes.sql). What changes by the hour or by what
 * people do (sla:, owner:, state:, is:, words) is no scope. */
#ifndef CORE_SCOPE_H
#define CORE_SCOPE_H

#include <stdbool.h>

#include "base/err.h"
#include "core/filter.h"

/* {"carrier": ["ups"], "region": ["TX"], "not": {"service": ["air"]}} of a filter's text; heap, caller frees. Names: carrier
 * service brand country region city postal kind. NULL: e says what cannot be in a scope, or that it is empty or only
 * excludes, and *at (may be NULL) is the byte it points at. */
char *scope_from_filter(const char *text, size_t *at, struct err *e);

#endif
