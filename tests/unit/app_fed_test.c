/* A session that is fed by hints, beside one that reads everything anew: whatever is changed, typed and delivered, and in
 * whichever order, the rows and counters in the end are those of the database. */
#include "unit/app_helpers.h"

#include "app/views.h"
#include "core/filter.h"

#define ROWS_MOST 400
#define QUEUE_MOST 4096

/* A row with both of the keys it can stand by: a hint tells the urgency, whatever the sort. */
struct fact { struct queue_row row; int64_t urgency, age; };

/* What is on its way to the session: an answer, or a hint. */
struct delivery { bool is_hint; struct hint_item hint; struct request request; struct reply reply; };

static struct {
    struct rig rig;
    struct fact facts[ROWS_MOST];
    int count;
    struct delivery wire[QUEUE_MOST], relay[QUEUE_MOST];   /* first in, first out; the relay's beside it */
    int wired, relayed;
    bool by_relay, down;
    uint64_t random;
    struct filter filter;
} w;

static int chance(int below)
{
    w.random ^= w.random << 13;
    w.random ^= w.random >> 7;
    w.random ^= w.random << 17;
    return (int)(w.random % (uint64_t)below);
}

/* --- the database ------------------------------------------------------------------- */

static bool holds(const struct filter_term *t, const struct queue_row *row)
{
    int is = t->field == FIELD_KIND ? (int)row->kind : t->field == FIELD_SEVERITY ? (int)row->severity : (int)row->state;
    bool any = false;
    for (size_t i = 0; i < t->value_count; i++) {
        int than = t->values[i].number;
        bool every = t->field == FIELD_STATE && than == STATE_COUNT;
        any |= every || (t->op == OP_LT ? is < than : t->op == OP_LE ? is <= than : t->op == OP_GT ? is > than : t->op == OP_GE ? is >= than : is == than);
    }
    return any != t->negated;
}

static bool passes(const struct filter *f, const struct queue_row *row)
{
    if (!f->mentions_state && row->state == STATE_RESOLVED)
        return false;
    for (size_t i = 0; i < f->term_count; i++)
        if (!holds(&f->terms[i], row))
            return false;
    return true;
}

static struct queue_row as_row(const struct fact *x, const struct filter *f)
{
    struct queue_row row = x->row;
    row.key = f->sort == SORT_URGENCY ? x->urgency : x->age;
    row.matches = passes(f, &row);
    return row;
}

/* All that pass, in the filter's order, as a world for world_page(). */
static void world_of(const char *text, struct world *out)
{
    struct filter f;
    assert_true(filter_parse(text, &f, NULL, NULL));
    out->count = 0;
    for (int i = 0; i < w.count; i++) {
        struct queue_row row = as_row(&w.facts[i], &f);
        if (row.matches)
            world_put(out, &row);
    }
    filter_finish(&f);
}

static struct world seen;

static void read_ids(const struct request *q, struct reply *reply)
{
    struct filter f;
    assert_true(filter_parse(q->filter, &f, NULL, NULL));
    reply->page.rows = xcalloc(q->id_count, sizeof *reply->page.rows);
    for (size_t i = 0; i < q->id_count; i++)
        reply->page.rows[reply->page.count++] = as_row(&w.facts[q->ids[i] - 1], &f);
    filter_finish(&f);
}

static void answer(const struct request *q, struct reply *reply)
{
    world_of(q->kind == REQ_PAGE ? q->page.filter : "", &seen);
    world_answer(&seen, q, reply);
    if (q->kind == REQ_ROWS) {
        free(reply->page.rows);
        reply->page = (struct page){0};
        read_ids(q, reply);
    } else if (q->kind == REQ_COUNTS) {
        reply->counts.fresh = 0;
        for (size_t i = 0; i < seen.count; i++)
            reply->counts.fresh += seen.rows[i].state == STATE_NEW;
    }
}

/* --- what is on its way ---------------------------------------------------------------- */

/* The server carries out what was asked first; the answer is on its way then. */
static void execute(void)
{
    struct delivery *d = &w.wire[w.wired];
    if (!w.rig.sent_count)
        return;
    assert_true(w.wired < QUEUE_MOST);
    *d = (struct delivery){.request = rig_take(&w.rig, 0)};
    answer(&d->request, &d->reply);
    w.wired++;
}

static void notify(const struct fact *x, bool opened)
{
    struct delivery d = {.is_hint = true, .hint = {.id = x->row.id, .rev = x->row.rev, .state = x->row.state, .severity = x->row.severity,
                                                   .kind = x->row.kind, .urgency = x->urgency, .opened = opened}};
    assert_true(w.wired < QUEUE_MOST && w.relayed < QUEUE_MOST);
    if (w.down)
        return;
    if (w.by_relay)
        w.relay[w.relayed++] = d;
    else
        w.wire[w.wired++] = d;
}

static bool deliver(struct delivery *from, int *count)
{
    if (!*count)
        return false;
    struct delivery d = from[0];
    memmove(from, from + 1, (size_t)--*count * sizeof *from);
    if (d.is_hint) {
        struct hint h = {.kind = HINT_EXCEPTIONS, .items = &d.hint, .count = 1};
        rig_send(&w.rig, (struct msg){.kind = MSG_HINT, .hint = &h});
    } else {
        request_finish(&d.request);
        rig_reply(&w.rig, &d.reply);
    }
    return true;
}

/* Forgotten requests whose answers are on their way come all the same, and are dropped. */
static void settle(void)
{
    for (int guard = 0; w.rig.sent_count || w.wired || w.relayed; guard++) {
        assert_true(guard < 4 * QUEUE_MOST);
        while (w.rig.sent_count)
            execute();
        deliver(w.relay, &w.relayed);
        deliver(w.wire, &w.wired);
    }
}

/* --- what happens ---------------------------------------------------------------------- */

static const char *const filters[] = {
    "", "state:new", "state:new,working severity:>=high", "kind:address_issue,lost", "-kind:address_issue", "-severity:low,medium sort:oldest",
    "state:resolved,waiting", "-state:new", "state:any severity:critical", "severity:>low severity:<critical", "-state:resolved kind:lost",
};

static void draw(struct fact *x)
{
    static const enum kind kinds[] = {KIND_ADDRESS_ISSUE, KIND_LOST, KIND_STALLED};
    x->row.kind = kinds[chance(3)];
    x->row.severity = (enum severity)chance(SEVERITY_COUNT);
    x->row.state = (enum state)chance(STATE_COUNT);
    x->urgency = chance(3000);
}

static void open_one(void)
{
    if (w.count == ROWS_MOST)
        return;
    struct fact *x = &w.facts[w.count++];
    *x = (struct fact){.row = world_row(w.count, 0), .age = w.count * 10};
    draw(x);
    x->row.state = STATE_NEW;
    notify(x, true);
}

static void change_one(void)
{
    struct fact *x = &w.facts[chance(w.count)], to = *x;
    draw(&to);
    to.row.rev++;
    if (chance(2))
        to.urgency = x->urgency;
    if (chance(3))
        to.row.kind = x->row.kind;
    *x = to;
    notify(x, false);
}

static void press(void)
{
    static const char *const keys[] = {"j", "k", "C-f", "C-b", "jj", "G", "gg", "C-d"};
    rig_keys(&w.rig, keys[chance(8)]);
}

static void show(const char *text)
{
    views_filter(&w.rig.m, &w.rig.fx, text);
    rig_drain(&w.rig);
}

static void lose_and_find(void)
{
    rig_link(&w.rig, LINK_DOWN, "gone");
    w.down = true;
    while (w.rig.sent_count) {
        struct request q = rig_take(&w.rig, 0);
        struct reply r = {.kind = q.kind, .number = q.number};
        err_set(&r.error, ERR_UNREACHABLE, NULL, "gone");
        request_finish(&q);
        rig_reply(&w.rig, &r);
    }
    w.relayed = 0;
    while (w.wired && deliver(w.wire, &w.wired)) {}
    change_one();
    open_one();
    w.down = false;
    rig_link(&w.rig, LINK_LIVE, NULL);
}

static void step(void)
{
    int what = chance(100);
    if (what < 25)
        change_one();
    else if (what < 30)
        open_one();
    else if (what < 50)
        execute();
    else if (what < 70)
        deliver(w.wire, &w.wired);
    else if (what < 85)
        deliver(w.relay, &w.relayed);
    else if (what < 93)
        press();
    else if (what < 99)
        rig_pass(&w.rig, chance(150));
    else if (chance(3) == 0)
        lose_and_find();
    else if (chance(3) == 0)
        show(filters[chance(sizeof filters / sizeof filters[0])]);
}

/* --- the comparison -------------------------------------------------------------------- */

static bool stands_before(const struct queue_row *a, const struct queue_row *b)
{
    return a->key < b->key || (a->key == b->key && a->id < b->id);
}

/* The cursor's row keeps its place, and what left the filter is seen until the cursor moves; all else is as it is now. */
static void compare(const char *about)
{
    const struct queue *q = &w.rig.m.queue;
    const struct queue_row *first = q->count && q->more_above ? &q->rows[0] : NULL, *last = q->count && q->more_below ? &q->rows[q->count - 1] : NULL;
    struct filter f;
    size_t at = 0;
    assert_true(filter_parse(w.rig.m.filter, &f, NULL, NULL));
    world_of(w.rig.m.filter, &seen);
    if (!q->count && seen.count)
        fail_msg("%s: nothing is shown of %zu", about, seen.count);
    for (size_t i = 0; i < q->count; i++) {
        struct queue_row now = as_row(&w.facts[q->rows[i].id - 1], &f);
        if (q->rows[i].rev != now.rev || q->rows[i].state != now.state || q->rows[i].matches != now.matches)
            fail_msg("%s, %s: row %lld is shown as of revision %d, and has %d", about, w.rig.m.filter, (long long)now.id, (int)q->rows[i].rev, (int)now.rev);
    }
    for (size_t i = 0; i < seen.count; i++) {
        const struct queue_row *row = &seen.rows[i];
        if (row->id == q->cursor_id || (first && stands_before(row, first)) || (last && stands_before(last, row)))
            continue;
        while (at < q->count && (!q->rows[at].matches || at == q->cursor))
            at++;
        if (at == q->count || q->rows[at].id != row->id)
            fail_msg("%s, %s: row %lld is not shown where it stands", about, w.rig.m.filter, (long long)row->id);
        at++;
    }
    filter_finish(&f);
    world_of("", &seen);
    int64_t fresh = 0;
    for (size_t i = 0; i < seen.count; i++)
        fresh += seen.rows[i].state == STATE_NEW;
    if (w.rig.m.counts.open != (int64_t)seen.count || w.rig.m.counts.fresh != fresh)
        fail_msg("%s: %lld open and %lld new are shown of %zu and %lld", about, (long long)w.rig.m.counts.open, (long long)w.rig.m.counts.fresh, seen.count, (long long)fresh);
}

static void play(uint64_t seed, bool by_relay)
{
    char about[60];
    memset(&w, 0, sizeof w);
    w.random = seed * UINT64_C(0x9E3779B97F4A7C15) | 1;
    w.by_relay = by_relay;
    for (int i = 0; i < 250; i++)
        open_one();
    w.wired = w.relayed = 0;
    rig_start(&w.rig);
    rig_link(&w.rig, LINK_LIVE, NULL);
    settle();
    show(filters[seed % (sizeof filters / sizeof filters[0])]);
    for (int round = 0; round < 6; round++) {
        for (int i = 0; i < 150; i++)
            step();
        settle();
        for (int i = 0; i < 20; i++) {       /* counters wait for up to 24 s, and a quarter more */
            rig_pass(&w.rig, 2000);
            settle();
        }
        snprintf(about, sizeof about, "seed %llu, round %d, %s", (unsigned long long)seed, round, by_relay ? "relayed" : "listening");
        compare(about);
    }
    rig_stop(&w.rig);
}

static void nothing_is_missed_by_who_listens(void **state)
{
    (void)state;
    for (uint64_t seed = 90; seed <= 120; seed++)
        play(seed, false);
}

/* A relay's hint comes by another way than answers: it may overtake one that knows nothing of it. */
static void nothing_is_missed_by_who_hears_a_relay(void **state)
{
    (void)state;
    for (uint64_t seed = 90; seed <= 120; seed++)
        play(seed, true);
}

int main(void)
{
    setlocale(LC_ALL, "C.UTF-8");
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_is_missed_by_who_listens),
        cmocka_unit_test(nothing_is_missed_by_who_hears_a_relay),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
