/* The files of a private PostgreSQL: its folder, and the server's programs on this machine. */
#ifndef RUN_LOCAL_FILES_H
#define RUN_LOCAL_FILES_H

#include "run/local.h"

/* Sets l->dir to an absolute path (see local_init). */
bool local_folder(struct local *l, const char *dir, const char *name, struct err *e);

/* Makes the folder and run/ unless they are there, closed to others and owned by the server's
 * user. ERR_CONFIG for a folder that holds other things. */
bool local_make_folder(struct local *l, struct err *e);

/* True when the folder is absent or was made by us. */
bool local_ours(const struct local *l, struct err *e);

/* Removes a tree inside the folder, as the server's user. Nothing there is fine. */
bool local_remove_tree(const struct local *l, const char *path, struct err *e);
/* Removes what is left of ours and the folder itself, if nothing else is in it. */
bool local_remove_folder(const struct local *l, struct err *e);

/* Finds the newest PostgreSQL from 15 on, or the one that made the existing cluster. */
bool local_find_programs(struct local *l, struct err *e);

#endif
