/* Memory that held a secret. */
#ifndef BASE_WIPE_H
#define BASE_WIPE_H

/* Overwrites a text up to its NUL, which no compiler may leave out; NULL: nothing. */
void wipe(char *s);
/* And frees it. */
void wipe_free(char *s);

#endif
