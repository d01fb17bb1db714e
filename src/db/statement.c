#include "db/statement.h"

#include <ctype.h>
#include <stdbool.h>
#include <string.h>

static size_t skip_to(const char *sql, size_t size, size_t at, const char *end)
{
    const char *p = memmem(sql + at, size - at, end, strlen(end));
    return p ? (size_t)(p - sql) + strlen(end) : size;
}

static size_t skip_block_comment(const char *sql, size_t size, size_t at)
{
    int depth = 0;             /* they nest in SQL */
    while (at + 1 < size) {
        if (sql[at] == '/' && sql[at + 1] == '*') {
            depth++;
            at += 2;
        } else if (sql[at] == '*' && sql[at + 1] == '/') {
            at += 2;
            if (--depth == 0)
                return at;
        } else {
            at++;
        }
    }
    return size;
}

/* 'text' with '' inside; in E'…' also \'. */
static size_t skip_quoted(const char *sql, size_t size, size_t at)
{
    char quote = sql[at];
    bool escapes = quote == '\'' && at > 0 && (sql[at - 1] == 'E' || sql[at - 1] == 'e') &&
                   (at < 2 || (!isalnum((unsigned char)sql[at - 2]) && sql[at - 2] != '_'));
    for (at++; at < size; at++) {
        if (escapes && sql[at] == '\\')
            at++;
        else if (sql[at] == quote)
            return at + 1;     /* a doubled quote opens again at once */
    }
    return size;
}

/* $$…$$ or $tag$…$tag$; a parameter or a lone dollar is one character. */
static size_t skip_dollar(const char *sql, size_t size, size_t at)
{
    size_t end = at + 1;
    while (end < size && (isalnum((unsigned char)sql[end]) || sql[end] == '_' || (unsigned char)sql[end] >= 0x80))
        end++;
    if (end >= size || sql[end] != '$' || isdigit((unsigned char)sql[at + 1]))
        return at + 1;
    size_t tag = end + 1 - at;
    const char *p = memmem(sql + end + 1, size - end - 1, sql + at, tag);
    return p ? (size_t)(p - sql) + tag : size;
}

/* Steps over what carries no statement text; at itself when there is nothing to skip. */
static size_t skip_blank(const char *sql, size_t size, size_t at)
{
    if (isspace((unsigned char)sql[at]))
        return at + 1;
    if (at + 1 < size && sql[at] == '-' && sql[at + 1] == '-')
        return skip_to(sql, size, at, "\n");
    if (at + 1 < size && sql[at] == '/' && sql[at + 1] == '*')
        return skip_block_comment(sql, size, at);
    return at;
}

/* SQL-standard function bodies (BEGIN ATOMIC … END) are not understood: use $$. */
static size_t skip_token(const char *sql, size_t size, size_t at)
{
    if (sql[at] == '\'' || sql[at] == '"')
        return skip_quoted(sql, size, at);
    if (sql[at] == '$')
        return skip_dollar(sql, size, at);
    return at + 1;
}

int statement_line(const char *sql, size_t size, int index)
{
    size_t begin = 0;
    bool inside = false;
    for (size_t at = 0; at < size && index >= 0;) {
        size_t next = skip_blank(sql, size, at);
        if (next > at) {
            at = next;
            continue;
        }
        if (sql[at] == ';') {
            inside = false;
            at++;
            continue;
        }
        if (!inside) {
            inside = true;
            begin = at;
            index--;
        }
        at = skip_token(sql, size, at);
    }
    int line = 1;
    for (size_t i = 0; i < begin; i++)
        line += sql[i] == '\n';
    return line;
}
