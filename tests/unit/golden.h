/* Screens compared with the text files in tests/golden. GOLDEN_ACCEPT=1 writes them anew:
 * look at the difference before committing it. */
#ifndef TESTS_UNIT_GOLDEN_H
#define TESTS_UNIT_GOLDEN_H

#include "base/buf.h"
#include "base/utf8.h"
#include "unit/view_fixture.h"

static void add_char(struct buf *b, uint32_t cp)
{
    char bytes[4];
    buf_add(b, bytes, utf8_encode(cp, bytes));
}

static void end_line(struct buf *b, size_t start)
{
    while (b->len > start && b->data[b->len - 1] == ' ')
        buf_cut(b, b->len - 1);
    buf_putc(b, '\n');
}

static void add_text(struct buf *b, const struct screen *s)
{
    for (int row = 0; row < s->rows; row++) {
        size_t start = b->len;
        for (int col = 0; col < s->cols; col++) {
            const struct cell *c = &s->cells[row * s->cols + col];
            if (c->ch != 0)
                add_char(b, c->ch);
            for (int i = 0; i < CELL_MARKS && c->marks[i] != 0; i++)
                add_char(b, c->marks[i]);
        }
        end_line(b, start);
    }
}

/* One letter a style; blanks are normal text. */
static void add_styles(struct buf *b, const struct screen *s)
{
    static const char letters[STYLE_COUNT + 1] = " dSHBACXlmhcbwgxLKruEN";
    buf_puts(b, "---- styles\n");
    for (int row = 0; row < s->rows; row++) {
        size_t start = b->len;
        for (int col = 0; col < s->cols; col++)
            buf_putc(b, letters[s->cells[row * s->cols + col].style]);
        end_line(b, start);
    }
}

static char *read_file(const char *path)
{
    struct buf b;
    buf_init(&b, 0);
    FILE *f = fopen(path, "r");
    char part[4096];
    for (size_t n; f != NULL && (n = fread(part, 1, sizeof part, f)) > 0;)
        buf_add(&b, part, n);
    if (f != NULL)
        fclose(f);
    return buf_take(&b);
}

/* Draws, and compares with tests/golden/NAME.txt. */
static void golden_compare(struct fixture *f, const char *name, bool styles)
{
    char path[256];
    struct buf b;
    buf_init(&b, 0);
    view_render(&f->m, &f->s);
    add_text(&b, &f->s);
    if (f->s.cursor_visible)
        buf_printf(&b, "---- caret %d,%d\n", f->s.cursor_row, f->s.cursor_col);
    if (f->s.link[0] != '\0')
        buf_printf(&b, "---- link %d,%d+%d %s\n", f->s.link_row, f->s.link_col, f->s.link_cols, f->s.link);
    if (styles)
        add_styles(&b, &f->s);
    snprintf(path, sizeof path, "tests/golden/%s.txt", name);
    if (getenv("GOLDEN_ACCEPT") != NULL) {
        FILE *out = fopen(path, "w");
        assert_non_null(out);
        fwrite(b.data, 1, b.len, out);
        fclose(out);
    }
    char *wanted = read_file(path);
    if (strcmp(wanted != NULL ? wanted : "", buf_str(&b)) != 0)
        fail_msg("%s differs; the screen is now:\n%s", path, buf_str(&b));
    free(wanted);
    buf_finish(&b);
}

#endif
