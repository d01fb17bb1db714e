#include "view/theme.h"

#include <string.h>

/* Colours are the terminal's sixteen, so that a person's own palette decides the shade;
 * -1 is its foreground or background. Nothing is told by colour alone, so each table
 * only has to be pleasant. */
enum { OWN = -1, BLACK, RED, GREEN, YELLOW, BLUE, MAGENTA, CYAN, WHITE, GREY, BRIGHT_RED, BRIGHT_GREEN,
       BRIGHT_YELLOW, BRIGHT_BLUE, BRIGHT_MAGENTA, BRIGHT_CYAN, BRIGHT_WHITE };

#define B LOOK_BOLD
#define D LOOK_DIM
#define R LOOK_REVERSE
#define U LOOK_UNDERLINE

const struct theme themes[] = {
    {"default", {
        [STYLE_NORMAL] = {OWN, OWN, 0},       [STYLE_DIM] = {OWN, OWN, D},          [STYLE_STRONG] = {OWN, OWN, B},
        [STYLE_HEADER] = {CYAN, OWN, U},      [STYLE_BAR] = {OWN, OWN, 0},          [STYLE_ACCENT] = {CYAN, OWN, B},
        [STYLE_CURSOR] = {BLACK, CYAN, B},    [STYLE_SELECTED] = {CYAN, OWN, B},    [STYLE_LOW] = {OWN, OWN, D},
        [STYLE_MEDIUM] = {OWN, OWN, 0},       [STYLE_HIGH] = {YELLOW, OWN, 0},      [STYLE_CRITICAL] = {RED, OWN, B},
        [STYLE_BREACH] = {RED, OWN, B},       [STYLE_WARN] = {YELLOW, OWN, 0},      [STYLE_GOOD] = {GREEN, OWN, 0},
        [STYLE_BAD] = {RED, OWN, B},          [STYLE_LINK] = {CYAN, OWN, U},        [STYLE_KEY] = {CYAN, OWN, 0},
        [STYLE_RULE] = {OWN, OWN, D},         [STYLE_INPUT] = {OWN, OWN, 0},        [STYLE_INPUT_ERROR] = {RED, OWN, U},
        [STYLE_BANNER] = {BLACK, YELLOW, 0},
    }},
    {"light", {
        [STYLE_NORMAL] = {OWN, OWN, 0},       [STYLE_DIM] = {GREY, OWN, 0},         [STYLE_STRONG] = {OWN, OWN, B},
        [STYLE_HEADER] = {BLUE, OWN, U},      [STYLE_BAR] = {OWN, OWN, 0},          [STYLE_ACCENT] = {BLUE, OWN, B},
        [STYLE_CURSOR] = {BRIGHT_WHITE, BLUE, B}, [STYLE_SELECTED] = {BLUE, OWN, B}, [STYLE_LOW] = {GREY, OWN, 0},
        [STYLE_MEDIUM] = {OWN, OWN, 0},       [STYLE_HIGH] = {MAGENTA, OWN, 0},     [STYLE_CRITICAL] = {RED, OWN, B},
        [STYLE_BREACH] = {RED, OWN, B},       [STYLE_WARN] = {MAGENTA, OWN, 0},     [STYLE_GOOD] = {GREEN, OWN, 0},
        [STYLE_BAD] = {RED, OWN, B},          [STYLE_LINK] = {BLUE, OWN, U},        [STYLE_KEY] = {BLUE, OWN, 0},
        [STYLE_RULE] = {GREY, OWN, 0},        [STYLE_INPUT] = {OWN, OWN, 0},        [STYLE_INPUT_ERROR] = {RED, OWN, U},
        [STYLE_BANNER] = {BLACK, YELLOW, 0},
    }},
    {"contrast", {
        [STYLE_NORMAL] = {BRIGHT_WHITE, BLACK, 0},   [STYLE_DIM] = {BRIGHT_WHITE, BLACK, 0},
        [STYLE_STRONG] = {BRIGHT_WHITE, BLACK, B},   [STYLE_HEADER] = {BRIGHT_WHITE, BLACK, B | U},
        [STYLE_BAR] = {BRIGHT_WHITE, BLACK, 0},      [STYLE_ACCENT] = {BRIGHT_CYAN, BLACK, B},
        [STYLE_CURSOR] = {BRIGHT_WHITE, BLACK, B | R}, [STYLE_SELECTED] = {BRIGHT_CYAN, BLACK, B},
        [STYLE_LOW] = {BRIGHT_WHITE, BLACK, 0},      [STYLE_MEDIUM] = {BRIGHT_WHITE, BLACK, 0},
        [STYLE_HIGH] = {BRIGHT_YELLOW, BLACK, B},    [STYLE_CRITICAL] = {BRIGHT_WHITE, RED, B},
        [STYLE_BREACH] = {BRIGHT_WHITE, RED, B},     [STYLE_WARN] = {BRIGHT_YELLOW, BLACK, B},
        [STYLE_GOOD] = {BRIGHT_GREEN, BLACK, B},     [STYLE_BAD] = {BRIGHT_WHITE, RED, B},
        [STYLE_LINK] = {BRIGHT_CYAN, BLACK, U},      [STYLE_KEY] = {BRIGHT_YELLOW, BLACK, B},
        [STYLE_RULE] = {BRIGHT_WHITE, BLACK, 0},     [STYLE_INPUT] = {BRIGHT_WHITE, BLACK, 0},
        [STYLE_INPUT_ERROR] = {BRIGHT_WHITE, RED, U}, [STYLE_BANNER] = {BLACK, BRIGHT_YELLOW, B},
    }},
    {"mono", {
        [STYLE_NORMAL] = {OWN, OWN, 0},       [STYLE_DIM] = {OWN, OWN, D},          [STYLE_STRONG] = {OWN, OWN, B},
        [STYLE_HEADER] = {OWN, OWN, U},       [STYLE_BAR] = {OWN, OWN, 0},          [STYLE_ACCENT] = {OWN, OWN, B},
        [STYLE_CURSOR] = {OWN, OWN, R},       [STYLE_SELECTED] = {OWN, OWN, B},     [STYLE_LOW] = {OWN, OWN, D},
        [STYLE_MEDIUM] = {OWN, OWN, 0},       [STYLE_HIGH] = {OWN, OWN, B},         [STYLE_CRITICAL] = {OWN, OWN, B | U},
        [STYLE_BREACH] = {OWN, OWN, B},       [STYLE_WARN] = {OWN, OWN, 0},         [STYLE_GOOD] = {OWN, OWN, 0},
        [STYLE_BAD] = {OWN, OWN, B},          [STYLE_LINK] = {OWN, OWN, U},         [STYLE_KEY] = {OWN, OWN, B},
        [STYLE_RULE] = {OWN, OWN, D},         [STYLE_INPUT] = {OWN, OWN, 0},        [STYLE_INPUT_ERROR] = {OWN, OWN, R},
        [STYLE_BANNER] = {OWN, OWN, R},
    }},
    {.name = NULL},
};

const struct theme *theme_find(const char *name)
{
    for (const struct theme *t = themes; t->name != NULL; t++)
        if (strcmp(t->name, name) == 0)
            return t;
    return NULL;
}
