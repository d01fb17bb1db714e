/* The parts a screen is made of; each draws itself from one frame. */
#ifndef VIEW_PARTS_H
#define VIEW_PARTS_H

#include "app/app.h"
#include "view/screen.h"
#include "view/text.h"

struct frame {
    const struct model *m;
    struct screen *s;
    struct app_layout at;
    const struct glyphs *g;
};

/* Lines that scroll: hands out rows of the screen, -1 for those outside. `count` goes on
 * past the end, so that one pass both draws and measures. */
struct pager {
    int top, rows, scroll;
    int count;
};
int view_pager_row(struct pager *p);
int view_top(const struct frame *f);          /* the first line under the header and the banners */

void view_header(const struct frame *f);
void view_tabs(const struct frame *f);
void view_banner(const struct frame *f);
void view_outage_banner(const struct frame *f);   /* live outages, under the header */
void view_groups(const struct frame *f);          /* their lines above the list */
void view_outage_facts(const struct frame *f, const struct outage_row *o);   /* where the context stands */
void view_message(const struct frame *f);     /* toast, what u takes back, an unfinished key sequence */
void view_hints(const struct frame *f);

void view_queue(const struct frame *f);
void view_context(const struct frame *f);
/* The line "#48121 address issue …"; `stale`: another row is under the cursor by now. */
void view_context_title(const struct frame *f, const struct context *c, struct pen *p, bool stale);
/* What the carrier wrote, unless it is what the label says already. */
const char *view_scan_words(const struct scan *e);
const char *view_scan_label(const struct scan *e);
/* "Enter  claim it   then: …", or a request to press it again. */
void view_next_step(const struct frame *f, const struct context *c, struct pen *p, bool with_then);
/* Letters for enum mark and a passed due time, most pressing first; "" for none. */
void view_marks(const struct queue_row *r, int64_t now, char *out, size_t size);
char view_state_letter(enum state s);         /* ' ' for new */

/* These draw what p shows of them and leave the number of their lines in p->count. */
void view_detail(const struct frame *f, struct pager *p);
void view_help(const struct frame *f, struct pager *p);
void view_results(const struct frame *f, struct pager *p);

/* Screens of one size, which fill what is between the header and the message line. */
void view_compose(const struct frame *f);
void view_bulk(const struct frame *f);
void view_case_tab(const struct frame *f, const struct context *c, struct pager *p);    /* tabs of the detail */
void view_overrides_tab(const struct frame *f, const struct context *c, struct pager *p);
void view_case(const struct frame *f, struct pager *p);
void view_case_form(const struct frame *f, struct pager *p);
void view_override(const struct frame *f, struct pager *p);
void view_cases(const struct frame *f);
void view_batches(const struct frame *f);
void view_sheet(const struct frame *f);
void view_report(const struct frame *f);
void view_sheet_line(const struct frame *f, struct pager *p);   /* a line of it in full */
void view_board(const struct frame *f);
void view_declare(const struct frame *f);
void view_messages(const struct frame *f, const struct context *c, struct pager *p);   /* a tab of the detail */

void view_prompt(const struct frame *f);
void view_menu(const struct frame *f);

/* An empty box with a border, over what was there. */
void view_box(const struct frame *f, int row, int col, int rows, int cols);
void view_rule(const struct frame *f, int row, int col, int width);

#endif
