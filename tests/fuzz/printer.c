/* Lists as commands print them: cells are any bytes. Table, JSON and CSV hold nothing that steers a terminal; JSON and CSV read back
 * to what was printed; no cell of text is a formula to a spreadsheet. */
#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"
#include "cli/print.h"
#include "fuzz.h"

enum { COLUMNS = 3, ROWS = 2 };
static const struct column columns[COLUMNS] = {{"one", COLUMN_TEXT, 1}, {"two", COLUMN_TEXT, 4}, {"three", COLUMN_JSON, 1}};

static void print(enum format f, char *const *cells, char **out, size_t *size)
{
    struct err e;
    FILE *to = open_memstream(out, size);
    struct printer *p = print_begin(to, f, columns, COLUMNS);
    for (int r = 0; r < ROWS; r++)
        print_row(p, (const char *const *)cells + r * COLUMNS);
    fuzz_require(print_end(p, &e));
    fclose(to);
}

static void is_clean(const char *cell, const json_t *got)
{
    size_t n = strlen(cell);
    char *clean = malloc(3 * n + 1);
    utf8_clean(cell, n, clean, 3 * n + 1, UTF8_KEEP_NEWLINES);
    fuzz_require(json_is_string(got) && !strcmp(json_string_value(got), clean));
    free(clean);
}

static void look_json(const char *out, size_t n, char *const *cells)
{
    json_t *all = json_loadb(out, n, JSON_REJECT_DUPLICATES, NULL);
    fuzz_require(json_array_size(all) == ROWS);
    for (size_t r = 0; r < ROWS; r++) {
        is_clean(cells[r * COLUMNS], json_object_get(json_array_get(all, r), "one"));
        is_clean(cells[r * COLUMNS + 1], json_object_get(json_array_get(all, r), "two"));
    }
    json_decref(all);
}

/* RFC 4180, by the letter. Returns behind the field, its text in memory of the caller's. */
static const char *field(const char *s, char *out)
{
    size_t n = 0;
    if (*s == '"') {
        for (s++; *s && (*s != '"' || s[1] == '"'); s += 1 + (*s == '"'))
            out[n++] = *s;
        fuzz_require(*s == '"');
        s++;
    } else {
        for (; *s && !strchr(",\r\n\"", *s); s++)
            out[n++] = *s;
    }
    out[n] = '\0';
    return s;
}

static void look_csv(const char *out)
{
    char *text = malloc(strlen(out) + 1);
    const char *s = strstr(out, "\r\n");
    fuzz_require(s);
    s += 2;
    for (int i = 0; i < ROWS * COLUMNS; i++) {
        s = field(s, text);
        fuzz_require(!*text || !strchr("=+-@\t\r\n", *text));
        fuzz_require(strncmp(text, "\xEF\xBC\x9D", 3) && strncmp(text, "\xEF\xBC\x8B", 3) && strncmp(text, "\xEF\xBC\x8D", 3) && strncmp(text, "\xEF\xBC\xA0", 3));
        bool last = i % COLUMNS == COLUMNS - 1;
        fuzz_require(last ? !strncmp(s, "\r\n", 2) : *s == ',');
        s += last ? 2 : 1;
    }
    fuzz_require(!*s);
    free(text);
}

static void look_table(const char *out)
{
    size_t lines = 0;
    for (; *out; out++)
        lines += *out == '\n';
    fuzz_require(lines == ROWS + 1);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_in in = {data, size};
    char *cells[ROWS * COLUMNS];
    for (size_t i = 0; i < ROWS * COLUMNS; i++) {
        cells[i] = fuzz_text(&in);
        json_t *j = i % COLUMNS == 2 ? json_loads(cells[i], JSON_DECODE_ANY, NULL) : NULL;
        if (i % COLUMNS == 2 && !j) {       /* the server's JSON is JSON, but it may hold anything in its texts */
            free(cells[i]);
            cells[i] = strdup("{\"a\":\"\xC2\x9B" "31m\xE2\x80\xAE\"}");
        }
        json_decref(j);
    }
    for (enum format f = FORMAT_TABLE; f <= FORMAT_CSV; f++) {
        char *out;
        size_t n;
        print(f, cells, &out, &n);
        if (f != FORMAT_CSV) {
            fuzz_require(fuzz_inert(out, n, true));
        } else {
            for (size_t i = 0; i < n; i++)
                if (out[i] == '\r')
                    fuzz_require(out[i + 1] == '\n');
        }
        if (f == FORMAT_TABLE)
            look_table(out);
        else if (f == FORMAT_JSON)
            look_json(out, n, cells);
        else
            look_csv(out);
        free(out);
    }
    for (size_t i = 0; i < ROWS * COLUMNS; i++)
        free(cells[i]);
    return 0;
}
