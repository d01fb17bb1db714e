#include "cli/print.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/die.h"
#include "base/utf8.h"
#include "base/vec.h"

struct printer {
    FILE *out;
    enum format format;
    const struct column *columns;
    int count;
    size_t rows;
    struct { VEC(char *) v; } kept;   /* cells of a table, laid out at the end */
};

bool cli_format(const struct cli *c, enum format *out, struct err *e)
{
    static const char *const names[] = {[FORMAT_TABLE] = "table", [FORMAT_JSON] = "json", [FORMAT_CSV] = "csv"};
    const char *name = cli_value(c, "format", "table");
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strcmp(names[i], name) == 0) {
            *out = (enum format)i;
            return true;
        }
    return err_set(e, ERR_USAGE, NULL, "--format takes table, json or csv, not \"%s\"", name);
}

static void json_string(FILE *out, const char *text)
{
    struct buf b;
    buf_init(&b, 0);
    buf_put_json(&b, text, strlen(text));
    fwrite(b.data, 1, b.len, out);
    buf_finish(&b);
}

static void json_cell(FILE *out, enum column_type type, const char *text)
{
    if (!text)
        fputs("null", out);
    else if (type == COLUMN_BOOL)
        fputs(text[0] == 't' ? "true" : "false", out);
    else if (type == COLUMN_NUMBER || type == COLUMN_JSON)
        fputs(text, out);
    else
        json_string(out, text);
}

/* Would a spreadsheet take it for a formula? Some take the signs' full-width forms (U+FF1D FF0B FF0D FF20) as well. */
static bool is_formula(const char *text)
{
    static const char *const signs[] = {"=", "+", "-", "@", "\t", "\r", "\n", "\xEF\xBC\x9D", "\xEF\xBC\x8B", "\xEF\xBC\x8D", "\xEF\xBC\xA0"};
    for (size_t i = 0; i < sizeof signs / sizeof *signs; i++)
        if (strncmp(text, signs[i], strlen(signs[i])) == 0)
            return true;
    return false;
}

/* RFC 4180, and a quote before what a spreadsheet would take for a formula. */
static void csv_cell(FILE *out, enum column_type type, const char *text)
{
    if (!text)
        return;
    bool formula = type != COLUMN_NUMBER && is_formula(text);
    bool quoted = formula || strpbrk(text, ",\"\n\r") || text[0] == ' ' || !text[0];
    if (!quoted) {
        fputs(text, out);
        return;
    }
    fputc('"', out);
    if (formula)
        fputc('\'', out);
    for (; *text; text++) {
        if (*text == '"')
            fputc('"', out);
        fputc(*text, out);
    }
    fputc('"', out);
}

struct printer *print_begin(FILE *out, enum format f, const struct column *columns, int count)
{
    struct printer *p = xcalloc(1, sizeof *p);
    *p = (struct printer){.out = out, .format = f, .columns = columns, .count = count};
    if (f == FORMAT_JSON)
        fputc('[', out);
    for (int i = 0; f == FORMAT_CSV && i < count; i++)
        fprintf(out, "%s%s", columns[i].name, i + 1 < count ? "," : "\r\n");
    return p;
}

static void stream_row(struct printer *p, const char *const *cells)
{
    bool json = p->format == FORMAT_JSON;
    if (json)
        fputs(p->rows ? ",\n{" : "\n{", p->out);
    for (int i = 0; i < p->count; i++) {
        if (i)
            fputc(',', p->out);
        if (json) {
            json_string(p->out, p->columns[i].name);
            fputc(':', p->out);
            json_cell(p->out, p->columns[i].type, cells[i]);
        } else {
            csv_cell(p->out, p->columns[i].type, cells[i]);
        }
    }
    fputs(json ? "}" : "\r\n", p->out);
}

/* JSON as it is, but for what would steer a terminal: that stands in its texts alone, and is written as its number there. */
static char *inert_json(const char *json)
{
    struct buf out;
    size_t n = strlen(json);
    buf_init(&out, 0);
    for (size_t i = 0; i < n;) {
        uint32_t cp;
        size_t eaten = utf8_decode(json + i, n - i, &cp);
        if (cp < 0x80 && cp != 0x7F)
            buf_putc(&out, cp == '\n' || cp == '\t' || cp == '\r' ? ' ' : (char)cp);
        else
            buf_put_json_char(&out, cp);
        i += eaten;
    }
    return buf_take(&out);
}

void print_row(struct printer *p, const char *const *cells)
{
    char **mine = xcalloc((size_t)p->count, sizeof *mine);
    for (int i = 0; i < p->count; i++) {
        if (!cells[i])
            continue;
        if (p->columns[i].type == COLUMN_JSON) {
            mine[i] = inert_json(cells[i]);
            continue;
        }
        enum utf8_lines lines = p->format == FORMAT_TABLE ? UTF8_ONE_LINE : UTF8_KEEP_NEWLINES;
        size_t n = strlen(cells[i]), size = 3 * n + 1;   /* a malformed byte becomes three */
        mine[i] = xcalloc(size, 1);
        utf8_clean(cells[i], n, mine[i], size, lines);
    }
    if (p->format == FORMAT_TABLE) {
        for (int i = 0; i < p->count; i++)
            *vec_push(&p->kept.v) = mine[i];
    } else {
        stream_row(p, (const char *const *)mine);
        for (int i = 0; i < p->count; i++)
            free(mine[i]);
    }
    p->rows++;
    free(mine);
}

static const char *table_text(const struct column *column, const char *cell)
{
    if (!cell)
        return "–";
    if (column->type == COLUMN_BOOL)
        return cell[0] == 't' ? "yes" : "no";
    return cell;
}

static void table_line(struct printer *p, const size_t *width, char *const *cells)
{
    size_t owed = 0;   /* blanks not yet written: none at a line's end */
    bool first = true;
    for (int i = 0; i < p->count; i++) {
        if (!p->columns[i].least)
            continue;
        char head[64];
        const char *text = head;
        if (cells) {
            text = table_text(&p->columns[i], cells[i]);
        } else {
            snprintf(head, sizeof head, "%s", p->columns[i].name);
            for (char *s = head; *s; s++)
                *s = *s == '_' ? ' ' : *s;
        }
        size_t used = utf8_width(text, strlen(text));
        size_t pad = width[i] > used ? width[i] - used : 0;
        owed += first ? 0 : 2;
        if (p->columns[i].type == COLUMN_NUMBER) {
            owed += pad;
            pad = 0;
        }
        fprintf(p->out, "%*s%s", (int)owed, "", text);
        owed = pad;
        first = false;
    }
    fputc('\n', p->out);
}

static void print_table(struct printer *p)
{
    size_t *width = xcalloc((size_t)p->count, sizeof *width);
    for (int i = 0; i < p->count; i++) {
        width[i] = (size_t)p->columns[i].least;
        if (strlen(p->columns[i].name) > width[i])
            width[i] = strlen(p->columns[i].name);
    }
    for (size_t r = 0; r < p->rows; r++)
        for (int i = 0; i < p->count; i++) {
            const char *text = table_text(&p->columns[i], p->kept.v.at[r * (size_t)p->count + (size_t)i]);
            size_t w = utf8_width(text, strlen(text));
            if (w > width[i])
                width[i] = w;
        }
    if (p->rows)
        table_line(p, width, NULL);
    for (size_t r = 0; r < p->rows; r++)
        table_line(p, width, p->kept.v.at + r * (size_t)p->count);
    free(width);
}

bool print_end(struct printer *p, struct err *e)
{
    if (p->format == FORMAT_TABLE)
        print_table(p);
    if (p->format == FORMAT_JSON)
        fputs(p->rows ? "\n]\n" : "]\n", p->out);
    for (size_t i = 0; i < p->kept.v.len; i++)
        free(p->kept.v.at[i]);
    vec_finish(&p->kept.v);
    bool ok = fflush(p->out) == 0 && !ferror(p->out);
    free(p);
    return ok || err_set(e, ERR_IO, "output", "writing failed; the disk may be full or the reader gone");
}
