#include "core/relay.h"

#include <string.h>

/* What follows a word. */
enum rest { NOTHING, NUMBER, NUMBER_TEXT, TEXT, WANT };

static const struct {
    const char *word;
    enum relay_word id;
    enum rest rest;
} words[] = {
    {"hello", RELAY_HELLO, NUMBER}, {"want", RELAY_WANT, WANT}, {"sight", RELAY_SIGHT, TEXT}, {"ping", RELAY_PING, NUMBER}, {"have", RELAY_HAVE, NUMBER},
    {"no", RELAY_NO, NUMBER_TEXT},  {"hint", RELAY_HINT, TEXT}, {"down", RELAY_DOWN, TEXT},   {"up", RELAY_UP, NOTHING},
    {"pong", RELAY_PONG, NUMBER},   {"bye", RELAY_BYE, TEXT},
};

/* Cuts the next word off *p; NULL when nothing is left. Words stand one blank apart. */
static char *cut(char **p)
{
    char *s = *p;
    if (!s || !*s || *s == ' ')
        return NULL;
    char *end = strchr(s, ' ');
    *p = end ? end + 1 : NULL;
    if (end)
        *end = '\0';
    return s;
}

static bool number(char **p, uint32_t most, uint32_t *out)
{
    const char *s = cut(p);
    uint32_t v = 0;
    if (!s || strlen(s) > 10)
        return false;
    for (; *s; s++) {
        if (*s < '0' || *s > '9' || __builtin_mul_overflow(v, 10u, &v) || __builtin_add_overflow(v, (uint32_t)(*s - '0'), &v))
            return false;
    }
    *out = v;
    return v <= most;
}

bool relay_channel(const char *name)
{
    static const char start[] = "doorstep_";
    if (strcmp(name, "doorstep") == 0)
        return true;
    if (strncmp(name, start, sizeof start - 1) != 0)
        return false;
    name += sizeof start - 1;
    return strlen(name) == 32 && strspn(name, "0123456789abcdef") == 32;
}

static bool want(char **p, struct relay_line *out)
{
    uint32_t timeline;
    if (!number(p, UINT32_MAX, &out->number) || !(out->identity = cut(p)) || !number(p, INT32_MAX, &timeline))
        return false;
    out->timeline = (int32_t)timeline;
    while (*p) {
        const char *name = cut(p);
        if (!name || out->count == RELAY_NAMES || !relay_channel(name))
            return false;
        out->names[out->count++] = name;
    }
    return out->count > 0;
}

static bool rest_of(enum rest rest, char **p, struct relay_line *out)
{
    bool numbered = rest == NUMBER || rest == NUMBER_TEXT, text = rest == TEXT || rest == NUMBER_TEXT;
    if (rest == WANT)
        return want(p, out);
    if (numbered && !number(p, UINT32_MAX, &out->number))
        return false;
    if (text) {
        out->text = *p;
        return *p != NULL;
    }
    return *p == NULL;
}

bool relay_read(char *line, struct relay_line *out)
{
    *out = (struct relay_line){.word = RELAY_HELLO};
    char *p = line;
    const char *word = cut(&p);
    for (size_t i = 0; word && i < sizeof words / sizeof *words; i++) {
        if (strcmp(word, words[i].word) != 0)
            continue;
        out->word = words[i].id;
        return rest_of(words[i].rest, &p, out);
    }
    return false;
}

size_t relay_space(struct relay_stream *s)
{
    memmove(s->data, s->data + s->taken, s->len - s->taken);
    s->len -= s->taken;
    s->taken = 0;
    return sizeof s->data - s->len;
}

char *relay_next(struct relay_stream *s)
{
    char *line = s->data + s->taken;
    char *end = memchr(line, '\n', s->len - s->taken);
    if (!end)
        return NULL;
    *end = '\0';
    s->taken = (size_t)(end - s->data) + 1;
    return line;
}

void relay_payload(const char *payload, char out[RELAY_LINE])
{
    size_t n = 0;
    for (; n < RELAY_LINE - 16 && payload[n]; n++)   /* 16: the word before it and the newline after it */
        out[n] = (unsigned char)payload[n] < 0x20 ? ' ' : payload[n];
    out[n] = '\0';
}
