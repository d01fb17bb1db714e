/* The channels and the helpdesk of a worker, as their URLs say. */
#include <stdlib.h>
#include <string.h>

#include "base/wipe.h"
#include "net/desk.h"
#include "run/secrets.h"
#include "worker_in.h"

static void forget(const char *variable)
{
    wipe(getenv(variable));
    unsetenv(variable);
}

static bool open_desk(struct worker *w, const struct secrets *secrets, struct err *e)
{
    const char *url = secrets_get(secrets, "helpdesk.url");
    if (url && !desk_url_read(url, &w->desk.url, e))
        return err_at(e, "helpdesk.url");
    if (url)
        desk_open(&w->desk, w);
    return true;
}

/* Reads the URLs, and takes them out of the environment, where anybody on this account could read them. */
bool lanes_open(struct worker *w, struct err *e)
{
    static const char *const names[] = {
        [CHANNEL_EMAIL] = "email.url", [CHANNEL_SMS] = "sms.url", [CHANNEL_WHATSAPP] = "whatsapp.url",
    };
    static const char *const variables[] = {
        [CHANNEL_EMAIL] = "DOORSTEP_EMAIL_URL", [CHANNEL_SMS] = "DOORSTEP_SMS_URL", [CHANNEL_WHATSAPP] = "DOORSTEP_WHATSAPP_URL",
    };
    const bool *only = w->o->only;
    bool all = !only[CHANNEL_EMAIL] && !only[CHANNEL_SMS] && !only[CHANNEL_WHATSAPP], good = true;
    struct secrets secrets = {0};
    good = secrets_read(w->o->secrets, &secrets, e);
    for (int c = 0; c < CHANNEL_COUNT; c++) {
        struct lane *l = &w->lanes[c];
        l->missing_told = !all && !only[c];
        l->w = w;
        l->channel = (enum channel)c;
        l->due_at = NEVER;
        const char *url = good && (all || only[c]) ? secrets_get(&secrets, names[c]) : NULL;
        if (url && channel_url_read((enum channel)c, url, &l->url, e))
            l->open = true;
        else if (url)
            good = err_at(e, "%s", names[c]);
        if (l->open)
            lane_open(l, w, (enum channel)c);
        if (good && l->missing_told == false && !l->open && !all)
            good = err_set(e, ERR_CONFIG, NULL, "no channel for %s: set %s", channel_label((enum channel)c), variables[c]);
    }
    good = good && (!all || open_desk(w, &secrets, e));
    secrets_finish(&secrets);
    for (int c = 0; c < CHANNEL_COUNT; c++)
        forget(variables[c]);
    forget("DOORSTEP_HELPDESK_URL");
    return good;
}
