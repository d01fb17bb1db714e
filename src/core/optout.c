#include "core/optout.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "base/utf8.h"

enum { WORD_MOST = 32 };       /* no word below is longer; what is, is none of them */

static const struct {
    const char *word;          /* folded: upper-case ASCII letters alone */
    enum optout means;
} words[] = {
    {"STOP", OPTOUT_STOP}, {"STOPALL", OPTOUT_STOP}, {"UNSUBSCRIBE", OPTOUT_STOP}, {"END", OPTOUT_STOP}, {"QUIT", OPTOUT_STOP},
    {"CANCEL", OPTOUT_STOP}, {"REVOKE", OPTOUT_STOP}, {"OPTOUT", OPTOUT_STOP},
    /* Spanish */
    {"BAJA", OPTOUT_STOP}, {"ALTO", OPTOUT_STOP}, {"PARAR", OPTOUT_STOP}, {"PARE", OPTOUT_STOP}, {"CANCELAR", OPTOUT_STOP},
    {"DETENER", OPTOUT_STOP}, {"DARDEBAJA", OPTOUT_STOP},
    /* French */
    {"ARRET", OPTOUT_STOP}, {"ARRETER", OPTOUT_STOP}, {"ARRETEZ", OPTOUT_STOP}, {"DESABONNER", OPTOUT_STOP},
    {"DESABONNEMENT", OPTOUT_STOP}, {"DESINSCRIRE", OPTOUT_STOP},
    /* German */
    {"STOPP", OPTOUT_STOP}, {"ENDE", OPTOUT_STOP}, {"ABMELDEN", OPTOUT_STOP}, {"ABBESTELLEN", OPTOUT_STOP},
    {"START", OPTOUT_START}, {"UNSTOP", OPTOUT_START}, {"YES", OPTOUT_START}, {"SUBSCRIBE", OPTOUT_START}, {"OPTIN", OPTOUT_START},
    {"ALTA", OPTOUT_START}, {"INICIAR", OPTOUT_START}, {"REABONNER", OPTOUT_START}, {"ANMELDEN", OPTOUT_START},
};

/* The plain letter of an accented one, of Latin-1 and Latin Extended-A, without case. */
static char plain(uint32_t cp)
{
    static const struct { uint32_t first, last; char letter; } runs[] = {
        {0xC0, 0xC5, 'A'}, {0xC7, 0xC7, 'C'}, {0xC8, 0xCB, 'E'}, {0xCC, 0xCF, 'I'}, {0xD1, 0xD1, 'N'}, {0xD2, 0xD6, 'O'},
        {0xD8, 0xD8, 'O'}, {0xD9, 0xDC, 'U'}, {0xDD, 0xDD, 'Y'}, {0xE0, 0xE5, 'A'}, {0xE7, 0xE7, 'C'}, {0xE8, 0xEB, 'E'},
        {0xEC, 0xEF, 'I'}, {0xF1, 0xF1, 'N'}, {0xF2, 0xF6, 'O'}, {0xF8, 0xF8, 'O'}, {0xF9, 0xFC, 'U'}, {0xFD, 0xFD, 'Y'},
        {0xFF, 0xFF, 'Y'}, {0x100, 0x105, 'A'}, {0x106, 0x10D, 'C'}, {0x10E, 0x111, 'D'}, {0x112, 0x11B, 'E'}, {0x11C, 0x123, 'G'},
        {0x124, 0x127, 'H'}, {0x128, 0x131, 'I'}, {0x134, 0x135, 'J'}, {0x136, 0x138, 'K'}, {0x139, 0x142, 'L'}, {0x143, 0x14B, 'N'},
        {0x14C, 0x151, 'O'}, {0x154, 0x159, 'R'}, {0x15A, 0x161, 'S'}, {0x162, 0x167, 'T'}, {0x168, 0x173, 'U'}, {0x174, 0x175, 'W'},
        {0x176, 0x178, 'Y'}, {0x179, 0x17E, 'Z'},
    };
    for (size_t i = 0; i < sizeof runs / sizeof *runs; i++)
        if (cp >= runs[i].first && cp <= runs[i].last)
            return runs[i].letter;
    return '\0';
}

/* '\0': left out. '?': a letter or sign that is in none of the words. */
static char folded(uint32_t cp)
{
    if (cp >= 0xFF01 && cp <= 0xFF5E)          /* full-width ASCII */
        cp -= 0xFEE0;
    if (cp >= 'a' && cp <= 'z')
        return (char)(cp - 'a' + 'A');
    if (cp >= 'A' && cp <= 'Z')
        return (char)cp;
    if (cp >= '0' && cp <= '9')
        return '?';
    bool mark = cp >= 0x300 && cp <= 0x36F;
    bool sign = cp < 0xC0 || (cp >= 0x2000 && cp <= 0x206F) || (cp >= 0x3000 && cp <= 0x303F) || cp == 0xFE0F || cp == 0xFEFF;
    if (mark || sign)
        return '\0';
    char letter = plain(cp);
    return letter ? letter : '?';
}

enum optout optout_of(const char *text, size_t n)
{
    char word[WORD_MOST + 1];
    size_t used = 0;
    for (size_t at = 0; at < n;) {
        uint32_t cp;
        at += utf8_decode(text + at, n - at, &cp);
        char c = folded(cp);
        if (!c)
            continue;
        if (c == '?' || used == WORD_MOST)
            return OPTOUT_NONE;
        word[used++] = c;
    }
    word[used] = '\0';
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (!strcmp(words[i].word, word))
            return words[i].means;
    return OPTOUT_NONE;
}
