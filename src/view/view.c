#include "view/view.h"

#include <stdio.h>
#include <string.h>

#include "app/sheet.h"
#include "view/parts.h"

typedef void page_fn(const struct frame *f, struct pager *p);

static struct frame make_frame(const struct model *m, struct screen *s)
{
    struct frame f = {.m = m, .s = s, .g = text_glyphs(m->settings.ascii)};
    app_layout(m, &f.at);
    s->ascii = m->settings.ascii;
    return f;
}

static page_fn *page_of(const struct model *m)
{
    static const struct { enum screen_id id; page_fn *page; } pages[] = {
        {SCREEN_DETAIL, view_detail}, {SCREEN_HELP, view_help}, {SCREEN_RESULTS, view_results},
        {SCREEN_CASE, view_case}, {SCREEN_CASE_NEW, view_case_form}, {SCREEN_OVERRIDE, view_override},
    };
    for (size_t i = 0; i < sizeof pages / sizeof pages[0]; i++)
        if (pages[i].id == m->screen)
            return pages[i].page;
    const struct sheet_page *sheet = sheet_shown(m);
    return sheet != NULL && sheet->whole ? view_sheet_line : NULL;
}

/* Pages that scroll have everything between the header (and banner) and the message line. */
static struct pager page_pager(const struct frame *f)
{
    int top = view_top(f);
    return (struct pager){.top = top, .rows = f->at.prompt_row - top, .scroll = f->m->scroll};
}

static void draw_too_small(const struct frame *f)
{
    struct screen *s = f->s;
    char size[64];
    snprintf(size, sizeof size, "needs 60x16, this is %dx%d", s->cols, s->rows);
    int row = s->rows > 1 ? s->rows / 2 - 1 : 0;
    screen_put(s, row, 0, s->cols, STYLE_STRONG, "doorstep");
    screen_put(s, row + 1, 0, s->cols, STYLE_NORMAL, size);
}

void view_render(const struct model *m, struct screen *s)
{
    struct frame f = make_frame(m, s);
    screen_clear(s);
    if (f.at.too_small) {
        draw_too_small(&f);
        return;
    }
    view_header(&f);
    view_banner(&f);
    view_outage_banner(&f);
    page_fn *page = page_of(m);
    if (page != NULL) {
        struct pager p = page_pager(&f);
        page(&f, &p);
    } else if (m->screen == SCREEN_COMPOSE) {
        view_compose(&f);
    } else if (m->screen == SCREEN_BULK) {
        view_bulk(&f);
    } else if (m->screen == SCREEN_CASES) {
        view_cases(&f);
    } else if (m->screen == SCREEN_SHEET) {
        view_sheet(&f);
    } else if (m->screen == SCREEN_REPORT) {
        view_report(&f);
    } else if (m->screen == SCREEN_BATCHES) {
        view_batches(&f);
    } else if (m->screen == SCREEN_BOARD) {
        view_board(&f);
    } else if (m->screen == SCREEN_OUTAGE) {
        view_declare(&f);
    } else {
        view_tabs(&f);
        view_queue(&f);
        view_context(&f);
    }
    view_message(&f);
    view_hints(&f);
    view_menu(&f);
    view_prompt(&f);
    if (m->menu.kind != MENU_NONE || m->prompt.kind != PROMPT_NONE)
        s->link[0] = '\0';       /* what it names may be covered */
}

int view_scroll_max(const struct model *m)
{
    struct screen nothing = {.rows = 0, .cols = m->cols};   /* every line falls outside */
    struct frame f = make_frame(m, &nothing);
    page_fn *page = page_of(m);
    if (page == NULL || f.at.too_small)
        return 0;
    struct pager p = page_pager(&f);
    page(&f, &p);
    return p.count > p.rows ? p.count - p.rows : 0;
}
