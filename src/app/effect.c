#include "app/effect.h"

#include <stdlib.h>

#include "base/die.h"

struct effect *effects_push(struct effects *fx, enum effect_kind kind)
{
    if (fx->count == EFFECTS_MAX)
        die("one message caused more than %d effects", EFFECTS_MAX);
    struct effect *e = &fx->at[fx->count++];
    *e = (struct effect){.kind = kind};
    return e;
}

void effects_timer(struct effects *fx, enum timer_id timer, int64_t at)
{
    for (int i = 0; i < fx->count; i++) {
        if (fx->at[i].kind == EFFECT_TIMER && fx->at[i].timer == timer) {
            fx->at[i].at = at;
            return;
        }
    }
    struct effect *e = effects_push(fx, EFFECT_TIMER);
    e->timer = timer;
    e->at = at;
}

void effects_finish(struct effects *fx)
{
    for (int i = 0; i < fx->count; i++) {
        request_finish(&fx->at[i].request);
        free(fx->at[i].text);
    }
    fx->count = 0;
}
