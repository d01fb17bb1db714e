/* Which whole messages are STOP, which START, and which are words of a customer's like any other. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/optout.h"

static void each_is(const char *const *texts, size_t n, enum optout wanted)
{
    for (size_t i = 0; i < n; i++)
        if (optout_of(texts[i], strlen(texts[i])) != wanted)
            fail_msg("\"%s\" should be %d", texts[i], wanted);
}
#define EACH(wanted, ...)                                                     \
    do {                                                                      \
        static const char *const texts[] = {__VA_ARGS__};                     \
        each_is(texts, sizeof texts / sizeof *texts, wanted);                 \
    } while (0)

static void stops(void **state)
{
    (void)state;
    EACH(OPTOUT_STOP, "STOP", "stop", " Stop. ", "STOP!!", "\"stop\"", "STOPALL", "stop all", "Unsubscribe", "END", "Quit", "cancel",
         "Revoke", "OPT-OUT", "opt out", "optout", "S.T.O.P", "stop\n", "Stop \xE2\x80\xA6");
    EACH(OPTOUT_STOP, "BAJA", "Cancelar", "Alto", "parar", "ARRET", "Arr\xC3\xAAt", "arr\xC3\xAAter", "D\xC3\xA9sabonner",
         "DE\xCC\x81SABONNER", "STOPP", "Abmelden", "ende");
    /* full-width letters, with a full-width mark and an ideographic space */
    EACH(OPTOUT_STOP, "\xEF\xBC\xB3\xEF\xBC\xB4\xEF\xBC\xAF\xEF\xBC\xB0", "\xEF\xBD\x93\xEF\xBD\x94\xEF\xBD\x8F\xEF\xBD\x90\xEF\xBC\x81",
         "\xE3\x80\x80STOP\xE3\x80\x80");
}

static void starts(void **state)
{
    (void)state;
    EACH(OPTOUT_START, "START", "start", "Unstop", "YES", "yes!", "Opt in", "\xEF\xBC\xB9\xEF\xBC\xA5\xEF\xBC\xB3", "anmelden", "alta");
}

static void others(void **state)
{
    (void)state;
    EACH(OPTOUT_NONE, "", " ", "...", "please stop by", "stop it", "Stop 2", "bus stop", "don't stop", "nonstop", "stopped",
         "yes please", "Yes, apartment 4", "the end", "cancel my order", "I quit", "parada", "stop\xD0\xBE", "\xD0\xA1TOP", "1", "HELP",
         "stopstopstopstopstopstopstopstopstopstop", "\xFF\xFE", "st\xC3\xB8p?no");
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(stops), cmocka_unit_test(starts), cmocka_unit_test(others)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
