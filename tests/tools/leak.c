/* Loses a block, for asking whether the leak sanitizer looks: with it the exit status is LSAN_OPTIONS' exitcode. */
#include <stdlib.h>
#include <sys/prctl.h>

int main(void)
{
    char *volatile lost = malloc(77);
    prctl(PR_SET_DUMPABLE, 0);      /* as the program does */
    lost = NULL;
    return lost != NULL;
}
