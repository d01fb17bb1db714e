#include "core/contact.h"

#include "core/words.h"

#define COUNT(a) (sizeof (a) / sizeof *(a))
#define X(id, name, key, label) {name, label},
static const struct word drivers[] = {CONTACT_DRIVERS(X)};
#undef X
#define X(id, name, key, label) key,
static const char keys[] = {CONTACT_DRIVERS(X)};
#undef X
#define X(id, name, label) {name, label},
static const struct word ways[] = {CONTACT_WAYS(X)};
#undef X

const char *contact_driver_name(enum contact_driver d) { return word_at(drivers, COUNT(drivers), (int)d)->name; }
const char *contact_driver_label(enum contact_driver d) { return word_at(drivers, COUNT(drivers), (int)d)->label; }
char contact_driver_key(enum contact_driver d) { return (int)d >= 0 && (size_t)d < COUNT(keys) ? keys[d] : '\0'; }
const char *contact_way_name(enum contact_way w) { return word_at(ways, COUNT(ways), (int)w)->name; }
const char *contact_way_label(enum contact_way w) { return word_at(ways, COUNT(ways), (int)w)->label; }

WORDS_PARSE(contact_driver_parse, contact_driver, drivers)
WORDS_PARSE(contact_way_parse, contact_way, ways)
