#include "base/wipe.h"

#include <stdlib.h>
#include <string.h>

void wipe(char *s)
{
    if (s)
        explicit_bzero(s, strlen(s));
}

void wipe_free(char *s)
{
    wipe(s);
    free(s);
}
