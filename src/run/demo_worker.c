#include "run/demo_worker.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "run/worker.h"

/* Every channel into the same folder: e-mail as .eml, the others as .txt. */
static void set_channels(const char *mail)
{
    static const char *const names[] = {"DOORSTEP_EMAIL_URL", "DOORSTEP_SMS_URL", "DOORSTEP_WHATSAPP_URL"};
    char url[620];
    snprintf(url, sizeof url, "maildir:%s", mail);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        setenv(names[i], url, 1);
    unsetenv("DOORSTEP_CHANNELS");           /* the person's own channels are not the demo's */
    setenv("XDG_CONFIG_HOME", mail, 1);
}

int demo_worker_run(void *demo_worker)
{
    struct demo_worker *w = demo_worker;
    struct err e = {0};
    if (w->close_fd >= 0)
        close(w->close_fd);
    set_channels(w->mail);
    if (worker_run(&(struct worker_options){.dsn = w->dsn, .name = "demo"}, NULL, &e))
        return 0;
    char line[sizeof e.where + sizeof e.text + 4];
    err_line(&e, line, sizeof line);
    fprintf(stderr, "worker: %s\n", line);
    return err_exit_status(e.code);
}
