#include "run/demo_pages.h"

#include <stdio.h>
#include <unistd.h>

#include "run/publish.h"

/* Nobody reads the log for what went well. */
static void quiet(const struct publish_counts *n) { (void)n; }

int demo_pages_run(void *demo_pages)
{
    struct demo_pages *p = demo_pages;
    struct err e = {0};
    if (p->close_fd >= 0)
        close(p->close_fd);
    if (publish_run(&(struct publish_options){.dsn = p->dsn, .dir = p->dir, .follow = true}, quiet, &e))
        return 0;
    char line[sizeof e.where + sizeof e.text + 4];
    err_line(&e, line, sizeof line);
    fprintf(stderr, "pages: %s\n", line);
    return err_exit_status(e.code);
}
