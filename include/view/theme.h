/* How a style looks: default, light, contrast, mono. */
#ifndef VIEW_THEME_H
#define VIEW_THEME_H

#include <stdbool.h>
#include <stddef.h>

#include "view/screen.h"

struct theme {
    const char *name;
    struct look look[STYLE_COUNT];
};

extern const struct theme themes[];    /* ends with name NULL; themes[0] is the default */
const struct theme *theme_find(const char *name);  /* NULL: none of that name */

#endif
