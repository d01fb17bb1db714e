/* Words by which customers say "write to me no more" and "write to me again". */
#ifndef CORE_OPTOUT_H
#define CORE_OPTOUT_H

#include <stddef.h>

enum optout { OPTOUT_NONE, OPTOUT_STOP, OPTOUT_START };

/* What a whole message says: STOP and its kin (STOPALL, UNSUBSCRIBE, END, QUIT, CANCEL, REVOKE, OPTOUT, and in Spanish,
 * French and German BAJA, ARRET, ABMELDEN …), or START, UNSTOP, YES and theirs. Case, blanks, punctuation, accents and
 * full-width letters do not matter; a word among others ("please stop by") is none. */
enum optout optout_of(const char *text, size_t n);

#endif
