/* One key press: a Unicode character or a named key, with modifiers. */
#ifndef APP_KEY_H
#define APP_KEY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* X(ID, name as written in keymaps) */
#define KEYS(X)                                                                     \
    X(ENTER, "Enter") X(TAB, "Tab") X(BACKTAB, "S-Tab") X(ESC, "Esc") X(SPACE, "Space") \
    X(BACKSPACE, "BS") X(DELETE, "Del") X(INSERT, "Ins") X(UP, "Up") X(DOWN, "Down") \
    X(LEFT, "Left") X(RIGHT, "Right") X(HOME, "Home") X(END, "End")                  \
    X(PAGE_UP, "PgUp") X(PAGE_DOWN, "PgDn")                                          \
    X(F1, "F1") X(F2, "F2") X(F3, "F3") X(F4, "F4") X(F5, "F5") X(F6, "F6")          \
    X(F7, "F7") X(F8, "F8") X(F9, "F9") X(F10, "F10") X(F11, "F11") X(F12, "F12")    \
    X(WHEEL_UP, "WheelUp") X(WHEEL_DOWN, "WheelDown") X(CLICK, "Click")

enum key_name {
    KEY_BASE = 0x110000,       /* beyond Unicode */
#define X(id, name) KEY__##id,
    KEYS(X)
#undef X
    KEY_LIMIT
};

enum key_mod { KEY_CTRL = 1, KEY_ALT = 2 };

struct key {
    uint32_t code;             /* code point, or an enum key_name */
    uint8_t mods;
    int16_t row, col;          /* KEY__CLICK: cell, from 0 */
};

/* "j" "C-x" "M-x" "<Enter>" style names used in keymaps and help: parses one key at
 * s[0..n), returns bytes eaten, 0 when it is not a key. Letters stand for themselves;
 * "C-" and "M-" are prefixes; names are those of the table; "lt" is '<'. */
size_t key_parse(const char *s, size_t n, struct key *out);
/* Name for help; out is at least 16 bytes. */
void key_format(const struct key *k, char *out, size_t size);
bool key_equal(const struct key *a, const struct key *b);

#endif
