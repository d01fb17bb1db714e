#include "core/filter.h"

#include <locale.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/when.h"
#include "core/kind.h"

static struct filter parse(const char *text)
{
    struct filter f;
    struct err e;
    if (!filter_parse(text, &f, NULL, &e))
        fail_msg("%s -> %s: %s", text, e.where, e.text);
    return f;
}

static bool same_value(const struct filter_value *a, const struct filter_value *b)
{
    return a->none == b->none && a->me == b->me && a->number == b->number && a->big == b->big &&
           a->day_from == b->day_from && a->day_to == b->day_to && a->day_offset == b->day_offset &&
           a->relative == b->relative && !a->text == !b->text && (!a->text || strcmp(a->text, b->text) == 0);
}

static bool same_filter(const struct filter *a, const struct filter *b)
{
    bool same = a->term_count == b->term_count && a->sort == b->sort && a->sort_given == b->sort_given &&
                a->mentions_state == b->mentions_state;
    for (size_t i = 0; same && i < a->term_count; i++) {
        const struct filter_term *s = &a->terms[i], *t = &b->terms[i];
        same = s->field == t->field && s->op == t->op && s->negated == t->negated && s->value_count == t->value_count;
        for (size_t k = 0; same && k < s->value_count; k++)
            same = same_value(&s->values[k], &t->values[k]);
    }
    return same;
}

/* What is typed, and its canonical text. */
static const struct { const char *text, *canonical; } fine[] = {
    {"", ""},
    {" \t ", ""},
    {"kind:address_issue,failed_attempt carrier:ups -tier:gold sla:<30m scan:>24h owner:none region:TX \"delgado\" "
     "sort:urgency",
     "kind:address_issue,failed_attempt carrier:ups -tier:gold sla:<30m scan:>1d owner:none region:TX delgado "
     "sort:urgency"},
    {"Kind:LOST,address-issue SEV:>=High", "kind:lost,address_issue severity:>=high"},
    {"state:new,working effective:held carrier_status:in_transit fault:customs",
     "state:new,working status:held carrier_status:in_transit fault:customs"},
    {"owner:me,none,\"me\",maria assignee:\"none\"", "owner:me,none,\"me\",maria owner:\"none\""},
    {"due:<-1h,none -sla:none sla:>=0m", "sla:<-1h,none -sla:none sla:>=0m"},
    {"age:<=1h30m opened:>2w scan:none", "age:<=1h30m age:>14d scan:none"},
    {"age:>90s", "age:>1m30s"},
    {"promised:today promised:<tomorrow promised:>=Yesterday promised:none",
     "promised:today promised:<tomorrow promised:>=yesterday promised:none"},
    {"promised:<=+3d promised:-10d promised:+0d promised:+1d",
     "promised:<=+3d promised:-10d promised:today promised:tomorrow"},
    {"promised:2026-11-21,none promised:<2026-11-21T10:00+01:00",
     "promised:2026-11-21,none promised:<2026-11-21T09:00:00Z"},
    {"on:2026-11-01..2026-11-07 on:2026-11-20T14 done:2026-11-20T14z..2026-11-20T16Z on:2026-11-20..2026-11-20 on:>yesterday",
     "on:2026-11-01..2026-11-07 on:2026-11-20T14 done:2026-11-20T14Z..2026-11-20T16Z on:2026-11-20 on:>yesterday"},
    {"on:2026-11-20T14:30 on:2026-11-19T18:15z..2026-11-20T13:29Z on:2026-11-20T14:30..2026-11-20T15:29 on:2026-11-20T14:00Z..2026-11-20T15:59Z on:2026-11-20T14:30:05Z..2026-11-20T14:31:05Z",
     "on:2026-11-20T14:30 on:2026-11-19T18:15Z..2026-11-20T13:29Z on:2026-11-20T14:30..2026-11-20T15:29 on:2026-11-20T14Z..2026-11-20T15Z on:2026-11-20T14:30:05Z..2026-11-20T14:31:05Z"},
    {"hour:14 hour:0,23 state:any service:none -region:none", "hour:14 hour:0,23 state:any service:none -region:none"},
    {"is:breached,unowned -is:mine", "is:breached,unowned -is:mine"},
    {"is:warned", "is:warned"},
    {"outage:3,none -outage:#7", "outage:3,none -outage:7"},
    {"batch:#7", "batch:7"},
    {"contact:wismo/phone@2026-11-01..2026-11-07 message:any@Today -did:maria/claim@yesterday", "contact:wismo/phone@2026-11-01..2026-11-07 message:any@today -did:maria/claim@yesterday"},
    {"csat:1,2@2026-11-20T14Z message:\"two words@2026-11-20\" did:maria", "csat:1,2@2026-11-20T14Z message:\"two words@2026-11-20\" did:maria"},
    {"did:\"dana@shop\" did:\"dana@shop@today\"", "did:\"dana@shop\" did:dana@shop@today"},
    {"tag:VIP,asked_address -tag:x tag:none tag:\"none\"", "tag:VIP,asked_address -tag:x tag:none tag:\"none\""},
    {"id:48121,#7", "id:48121,7"},
    {"zip:787 tn:1Z999 order:10-33812", "postal:787 tracking:1Z999 order:10-33812"},
    {"Delgado, Rosa", "Delgado Rosa"},
    {"delgado,okoye -smith", "delgado,okoye -smith"},
    {"text:x customer:\"Rosa Delgado\" reason:\"a:b\"", "x customer:\"Rosa Delgado\" reason:\"a:b\""},
    {"\"kind:lost\" \"-x\" \"a \\\"b\\\" \\\\ c\"", "\"kind:lost\" \"-x\" \"a \\\"b\\\" \\\\ c\""},
    {"city:San\" \"Antonio,\"Winston, Salem\"", "city:\"San Antonio\",\"Winston, Salem\""},
    {"city:\"<none>\" tier:\"none\" back\\slash", "city:\"<none>\" tier:\"none\" back\\slash"},
    {"carrier:a\x1b[1m\xE2\x80\xAE" "b", "carrier:a[1mb"},
    {"Jos\xC3\xA9 \xE6\x9D\xB1\xE4\xBA\xAC", "Jos\xC3\xA9 \xE6\x9D\xB1\xE4\xBA\xAC"},
    {"sort:Oldest", "sort:oldest"},
    {"sort:newest kind:lost", "kind:lost sort:newest"},
};

static void formatting_is_canonical_and_parses_back(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof fine / sizeof *fine; i++) {
        struct filter f = parse(fine[i].text);
        char *text = filter_format(&f);
        assert_string_equal(text, fine[i].canonical);
        struct filter again = parse(text);
        char *twice = filter_format(&again);
        assert_string_equal(twice, text);
        if (!same_filter(&f, &again))
            fail_msg("%s came back different", fine[i].text);
        free(twice);
        free(text);
        filter_finish(&again);
        filter_finish(&f);
    }
}

static void the_example_means_what_it_says(void **state)
{
    const char *text = " kind:address_issue,failed_attempt -sev:>=high sla:<30m owner:me \"Rosa D\" sort:scan";
    struct filter f = parse(text);
    const struct filter_term *t = f.terms;
    (void)state;
    assert_int_equal(f.term_count, 5);
    assert_int_equal(t[0].field, FIELD_KIND);
    assert_int_equal(t[0].op, OP_EQ);
    assert_int_equal(t[0].value_count, 2);
    assert_int_equal(t[0].values[1].number, KIND_FAILED_ATTEMPT);
    assert_int_equal(t[0].column, 1);
    assert_int_equal(t[0].end, 34);
    assert_true(t[1].negated);
    assert_int_equal(t[1].op, OP_GE);
    assert_int_equal(t[1].values[0].number, SEVERITY_HIGH);
    assert_int_equal(t[1].column, 35);
    assert_int_equal(t[2].op, OP_LT);
    assert_int_equal(t[2].values[0].big, 30 * WHEN_MINUTE);
    assert_true(t[3].values[0].me);
    assert_null(t[3].values[0].text);
    assert_int_equal(t[4].field, FIELD_TEXT);
    assert_string_equal(t[4].values[0].text, "Rosa D");
    assert_int_equal(f.sort, SORT_SCAN);
    assert_true(f.sort_given);
    filter_finish(&f);
    assert_int_equal(f.term_count, 0);
}

static void defaults_and_states(void **state)
{
    static const struct { const char *text; bool mentions; } rows[] = {
        {"", false}, {"kind:lost", false}, {"state:resolved", true}, {"-state:waiting", false},
        {"-state:new state:new", true}, {"state:any", true}, {"done:today", true}, {"-done:today", false}, {"on:today", false},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct filter f = parse(rows[i].text);
        assert_int_equal(f.mentions_state, rows[i].mentions);
        assert_int_equal(f.sort, SORT_URGENCY);
        assert_false(f.sort_given);
        filter_finish(&f);
    }
}

static void time_moves_some(void **state)
{
    static const struct { const char *text; bool moves; } rows[] = {
        {"", false}, {"kind:lost carrier:ups", false}, {"sla:<30m", true}, {"-sla:<30m", true}, {"sla:none", false},
        {"age:>2d", true}, {"scan:none", false}, {"promised:2026-11-21", false}, {"promised:today", true},
        {"is:breached", true}, {"is:mine", false},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct filter f = parse(rows[i].text);
        if (filter_moves(&f) != rows[i].moves)
            fail_msg("%s", rows[i].text);
        filter_finish(&f);
    }
}

static void days_are_half_open(void **state)
{
    struct filter f = parse("promised:2026-11-21 promised:2026-11-21T10:00Z promised:yesterday promised:+3d");
    int64_t day;
    (void)state;
    assert_true(when_parse("2026-11-21", 10, &day, NULL));
    assert_int_equal(f.terms[0].values[0].day_from, day);
    assert_int_equal(f.terms[0].values[0].day_to, day + WHEN_DAY);
    assert_int_equal(f.terms[1].values[0].day_from, day + 10 * WHEN_HOUR);
    assert_int_equal(f.terms[1].values[0].day_to, day + 10 * WHEN_HOUR + WHEN_MINUTE);
    assert_false(f.terms[1].values[0].local);
    assert_false(f.terms[1].values[0].relative);
    assert_true(f.terms[2].values[0].relative);
    assert_int_equal(f.terms[2].values[0].day_offset, -1);
    assert_int_equal(f.terms[3].values[0].day_offset, 3);
    filter_finish(&f);
    f = parse("on:2026-11-21T14:30 on:2026-11-20T18:15Z..2026-11-21T13:29Z on:2026-11-21T14:30:05Z");
    assert_int_equal(f.terms[0].values[0].day_from, day + 14 * WHEN_HOUR + 30 * WHEN_MINUTE);
    assert_int_equal(f.terms[0].values[0].day_to, day + 14 * WHEN_HOUR + 31 * WHEN_MINUTE);
    assert_true(f.terms[0].values[0].local);
    assert_int_equal(f.terms[1].values[0].day_from, day - 5 * WHEN_HOUR - 45 * WHEN_MINUTE);
    assert_int_equal(f.terms[1].values[0].day_to, day + 13 * WHEN_HOUR + 30 * WHEN_MINUTE);
    assert_false(f.terms[1].values[0].local);
    assert_int_equal(f.terms[2].values[0].day_to - f.terms[2].values[0].day_from, 1);
    filter_finish(&f);
    f = parse("on:2026-11-21..2026-11-23 on:2026-11-21T14 on:2026-11-21T14Z on:2026-11-21T08..2026-11-21T14");
    assert_int_equal(f.terms[0].values[0].day_from, day);
    assert_int_equal(f.terms[0].values[0].day_to, day + 3 * WHEN_DAY);
    assert_true(f.terms[0].values[0].local);
    assert_int_equal(f.terms[1].values[0].day_from, day + 14 * WHEN_HOUR);
    assert_int_equal(f.terms[1].values[0].day_to, day + 15 * WHEN_HOUR);
    assert_true(f.terms[1].values[0].local);
    assert_false(f.terms[2].values[0].local);
    assert_int_equal(f.terms[3].values[0].day_from, day + 8 * WHEN_HOUR);
    assert_int_equal(f.terms[3].values[0].day_to, day + 15 * WHEN_HOUR);
    filter_finish(&f);
}

/* at: byte offset; column: as shown; says: part of the sentence. */
static const struct { const char *text; size_t at, column; const char *says; } wrong[] = {
    {"carier:ups", 0, 1, "unknown qualifier \"carier\" – did you mean \"carrier\"?"},
    {"sevrity:high", 0, 1, "did you mean \"severity\"?"},
    {"-trakcing:1Z", 1, 2, "did you mean \"tracking\"?"},
    {"cust:x", 0, 1, "did you mean \"customer\"?"},
    {"srot:newest", 0, 1, "did you mean \"sort\"?"},
    {"http://example.com", 0, 1, "unknown qualifier \"http\" – put the whole word in quotes"},
    {"10:30", 0, 1, "quotes"},
    {":x", 0, 1, "a qualifier is missing before the colon"},
    {"Jos\xC3\xA9 \xE6\x9D\xB1\xE4\xBA\xAC foo:bar", 13, 11, "unknown qualifier \"foo\""},
    {"kind:lots", 5, 6, "unknown value \"lots\" for kind: – did you mean \"lost\"?"},
    {"kind:lost,adress_isue", 10, 11, "did you mean \"address_issue\"?"},
    {"state:zzzz", 6, 7, "one of new, working, waiting, snoozed, resolved"},
    {"is:vip", 3, 4, "one of breached, paused"},
    {"sev:>=hgih", 6, 7, "did you mean \"high\"?"},
    {"kind:", 5, 6, "kind: has no value here – what is wrong"},
    {"kind: lost", 5, 6, "has no value here"},
    {"carrier:,ups", 8, 9, "has no value here"},
    {"carrier::ups", 8, 9, "one colon is enough"},
    {"carrier:ups,", 12, 13, "has no value here"},
    {"carrier:\"\"", 8, 9, "has no value here"},
    {"carrier:\" \"", 8, 9, "has no value here"},
    {"carrier:\xE2\x80\xAE", 8, 9, "has no value here"},
    {"sla:<", 5, 6, "has no value here"},
    {"x \"abc", 2, 3, "this quote is never closed"},
    {"city:\"San Antonio kind:lost", 5, 6, "this quote is never closed"},
    {"\"abc\\\"", 0, 1, "this quote is never closed"},
    {"carrier:>ups", 9, 10, "carrier: cannot be compared – write carrier:ups"},
    {"kind:<=lost", 7, 8, "kind: cannot be compared – write kind:lost"},
    {"is:>mine", 4, 5, "cannot be compared"},
    {"id:>5", 4, 5, "cannot be compared"},
    {"sla:<none", 5, 6, "write sla:none"},
    {"severity:high,>=low", 14, 15, "a comparison takes one value"},
    {"promised:<today,tomorrow", 16, 17, "a comparison takes one value"},
    {"sla:30m", 4, 5, "sla: needs a comparison – write sla:<30m or sla:>30m"},
    {"sla:<30", 5, 6, "\"30\" is not a duration – write 30m"},
    {"age:none", 4, 5, "\"none\" is not a duration"},
    {"age:>-1h", 5, 6, "is not a duration"},
    {"severity:none", 9, 10, "unknown value \"none\""},
    {"promised:2026-02-30", 9, 10, "\"2026-02-30\" is not a day – write 2026-11-21"},
    {"promised:+3h", 9, 10, "is not a day"},
    {"on:none", 3, 4, "\"none\" is not a day – write 2026-11-21, today, tomorrow, yesterday, +3d or 2026-11-01..2026-11-07"},
    {"on:2026-11-07..2026-11-01", 3, 4, "ends before it begins"},
    {"on:2026-11-07..", 3, 4, "is not a stretch of days, hours or minutes"},
    {"on:..2026-11-07", 3, 4, "is not a stretch"},
    {"on:2026-11-01T10..2026-11-01T12Z", 3, 4, "is not a stretch"},
    {"on:2026-11-01..today", 3, 4, "is not a stretch"},
    {"on:2026-11-01T25", 3, 4, "is not a day"},
    {"hour:24", 5, 6, "there is no hour 24"},
    {"promised:+40000d", 9, 10, "is not a day"},
    {"id:x7", 3, 4, "\"x7\" is not a number – write id:48121"},
    {"id:99999999999999999999", 3, 4, "is not a number"},
    {"contact:wismo@soon", 8, 9, "after @ comes a day, such as contact:any@today"},
    {"contact:wismo@", 8, 9, "after @ comes a day"},
    {"message:@today", 8, 9, "does not say what"},
    {"csat:6@today", 5, 6, "does not say what – write csat:1 to csat:5 or csat:any"},
    {"outage:x", 7, 8, "\"x\" is not an outage's number – write outage:3 or outage:none"},
    {"outage:0", 7, 8, "is not an outage's number"},
    {"outage:2147483648", 7, 8, "is not an outage's number"},
    {"sort:old,new", 5, 6, "unknown order"},
    {"sort:urgncy", 5, 6, "did you mean \"urgency\"?"},
    {"sort:", 5, 6, "one of urgency, severity"},
    {"-sort:oldest", 0, 1, "cannot be negated"},
    {"sort:oldest sort:newest", 12, 13, "given twice"},
    {"a -", 2, 3, "nothing to search for"},
    {",", 0, 1, "nothing to search for"},
};

static void errors_point_at_the_column(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        struct filter f;
        struct err e;
        size_t at = 999;
        char where[32];
        if (filter_parse(wrong[i].text, &f, &at, &e))
            fail_msg("%s was taken", wrong[i].text);
        snprintf(where, sizeof where, "column %zu", wrong[i].column);
        if (strcmp(e.where, where) != 0 || at != wrong[i].at || !strstr(e.text, wrong[i].says))
            fail_msg("%s -> byte %zu, %s: %s", wrong[i].text, at, e.where, e.text);
        assert_int_equal(e.code, ERR_USAGE);
        assert_int_equal(f.term_count, 0);
        assert_false(filter_parse(wrong[i].text, &f, NULL, NULL));
    }
}

/* `piece` repeated. */
static char *many(const char *start, const char *piece, int count)
{
    struct buf b;
    buf_init(&b, 0);
    buf_puts(&b, start);
    for (int i = 0; i < count; i++)
        buf_puts(&b, piece);
    return buf_take(&b);
}

static void limits_are_kept(void **state)
{
    static const struct { const char *start, *piece; int count; const char *says; } rows[] = {
        {"", "a ", 64, NULL},
        {"", "a ", 65, "more than 64 terms"},
        {"carrier:x", ",x", 63, NULL},
        {"carrier:x", ",x", 64, "more than 64 values"},
        {"", "x", 4096, NULL},
        {"", "x", 4097, "at most 4096 bytes"},
        {"kind:", "x", 4000, "one of late_promise"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct filter f;
        struct err e = {0};
        char *text = many(rows[i].start, rows[i].piece, rows[i].count);
        bool fits = filter_parse(text, &f, NULL, &e);
        assert_int_equal(fits, rows[i].says == NULL);
        if (rows[i].says && !strstr(e.text, rows[i].says))
            fail_msg("%s", e.text);
        filter_finish(&f);
        free(text);
    }
}

#define X(id, name, aliases, type, help) name, aliases,
static const char *const field_words[] = {FILTER_FIELDS(X)};
#undef X

static void qualifiers_and_aliases_do_not_collide(void **state)
{
    struct buf seen;
    (void)state;
    buf_init(&seen, 0);
    buf_puts(&seen, " sort ");
    for (size_t i = 0; i < sizeof field_words / sizeof *field_words; i++) {
        char *words = strdup(field_words[i]), *rest = words, *word;
        while ((word = strsep(&rest, " "))) {
            char padded[64], text[64];
            if (!*word)
                continue;
            snprintf(padded, sizeof padded, " %s ", word);
            if (strstr(buf_str(&seen), padded))
                fail_msg("\"%s\" names two qualifiers", word);
            buf_puts(&seen, padded);
            /* and each is understood, and means its own field */
            struct filter f;
            struct err e;
            snprintf(text, sizeof text, "%s:", word);
            assert_false(filter_parse(text, &f, NULL, &e));
            const char *own = filter_field_name((enum filter_field)(i / 2));
            assert_int_equal(strncmp(e.text, own, strlen(own)), 0);
            assert_non_null(strstr(e.text, "has no value here"));
        }
        free(words);
    }
    buf_finish(&seen);
}

static void tables_answer_for_every_entry(void **state)
{
    (void)state;
    for (int i = 0; i < FIELD_COUNT; i++) {
        assert_true(strlen(filter_field_name((enum filter_field)i)) > 1);
        assert_true(strlen(filter_field_help((enum filter_field)i)) > 5);
    }
    assert_int_equal(filter_field_type(FIELD_SLA), FILTER_LEFT);
    assert_string_equal(filter_field_name(FIELD_COUNT), "?");
    for (int i = 0; i < SORT_COUNT; i++) {
        enum sort got = SORT_COUNT;
        const char *name = sort_name((enum sort)i);
        assert_true(sort_parse(name, strlen(name), &got));
        assert_int_equal(got, i);
        assert_true(strlen(sort_help((enum sort)i)) > 5);
    }
    enum sort none;
    assert_false(sort_parse("", 0, &none));
}

static const char *const carriers[] = {"ups", "fedex", "usps", NULL};
static const char *const cities[] = {"San Antonio", "Austin", "San Jose", NULL};
static const char *const people[] = {"maria", "me", "dana", NULL};
static const struct filter_words words = {
    .list = {[FIELD_CARRIER] = carriers, [FIELD_CITY] = cities, [FIELD_OWNER] = people}};

static void completion_knows_what_fits(void **state)
{
    /* | is the caret; `replaced` the part of the text that an item stands in for */
    static const struct { const char *text, *replaced, *items; } rows[] = {
        {"car|", "car", "carrier: carrier_status:"},
        {"kind:lost car|ri x", "carri", "carrier: carrier_status:"},
        {"-ti|", "ti", "tier:"},
        {"ta|", "ta", "tag:"},
        {"tag:n|", "n", "none"},
        {"co|untry:US", "country:", "contact: country:"},
        {"contact:|", "", "any"},
        {"KI|", "KI", "kind:"},
        {"so|", "so", "sort:"},
        {"zzz|", "zzz", ""},
        {"\"ki|", "\"ki", ""},
        {"kind:l|", "l", "late_promise lost"},
        {"kind:lost,r|ef,held", "ref", "refused returning"},
        {"-kind:lost,d|", "d", "damaged delay_carrier delay_weather delivery_disputed"},
        {"sev:>=h|", "h", "high"},
        {"sev:>|=h", "=h", "critical high low medium"},
        {"severity:|", "", "critical high low medium"},
        {"kind:>l|", "l", ""},
        {"sort:s|", "s", "scan severity"},
        {"is:un|", "un", "unmapped unowned"},
        {"sla:|", "", "none"},
        {"sla:<|", "", ""},
        {"age:|", "", ""},
        {"promised:<t|", "t", "today tomorrow"},
        {"promised:|", "", "none today tomorrow yesterday"},
        {"carrier:u|", "u", "ups usps"},
        {"carrier:ups,F|", "F", "fedex"},
        {"city:sa|", "sa", "\"San Antonio\" \"San Jose\""},
        {"city:\"San A|ntonio\" x", "\"San Antonio\"", "\"San Antonio\""},
        {"city:\"San A|", "\"San A", "\"San Antonio\""},
        {"owner:m|", "m", "\"me\" maria me"},
        {"assignee:n|", "n", "none"},
        {"brand:|", "", ""},
        {"wrong:l|", "l", ""},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char text[128], items[512] = "", replaced[128];
        size_t caret = strcspn(rows[i].text, "|");
        snprintf(text, sizeof text, "%.*s%s", (int)caret, rows[i].text, rows[i].text + caret + 1);
        struct completion c;
        filter_complete(text, caret, &words, &c);
        for (size_t k = 0; k < c.count; k++) {
            size_t used = strlen(items);
            snprintf(items + used, sizeof items - used, "%s%s", k ? " " : "", c.items[k]);
        }
        snprintf(replaced, sizeof replaced, "%.*s", (int)(c.to - c.from), text + c.from);
        if (strcmp(items, rows[i].items) != 0 || strcmp(replaced, rows[i].replaced) != 0)
            fail_msg("%s -> [%s] for [%s]", rows[i].text, items, replaced);
        completion_finish(&c);
        assert_null(c.items);
    }
}

static void an_empty_line_offers_every_qualifier(void **state)
{
    struct completion c;
    (void)state;
    filter_complete("kind:lost ", 99, NULL, &c);
    assert_int_equal(c.from, 10);
    assert_int_equal(c.to, 10);
    assert_int_equal(c.count, FIELD_COUNT + 1);
    completion_finish(&c);
}

static void mutations_do_no_harm(void **state)
{
    static const char spice[] = "\"\\:,-<>= #|\t+0d\x1b\xE2\x80\xAE\xCC\x81\xFFnoneme";
    unsigned seed = 20261121;
    int taken = 0, rounds = 60000;
    (void)state;
    for (int round = 0; round < rounds; round++) {
        char *text = strdup(fine[(size_t)rand_r(&seed) % (sizeof fine / sizeof *fine)].text);
        size_t n = strlen(text);
        for (int i = rand_r(&seed) % 3; n && i >= 0; i--)
            text[(size_t)rand_r(&seed) % n] = spice[(size_t)rand_r(&seed) % (sizeof spice - 1)];
        struct filter f;
        struct err e;
        size_t at = 0;
        if (filter_parse(text, &f, &at, &e)) {
            char *canonical = filter_format(&f);
            struct filter again = parse(canonical);
            if (!same_filter(&f, &again))
                fail_msg("%s -> %s is another filter", text, canonical);
            filter_finish(&again);
            free(canonical);
            filter_finish(&f);
            taken++;
        } else {
            assert_true(at <= n);
            assert_int_equal(strncmp(e.where, "column ", 7), 0);
            assert_true(strlen(e.text) > 10);
        }
        struct completion c;
        filter_complete(text, (size_t)rand_r(&seed) % (n + 2), &words, &c);
        assert_true(c.from <= c.to && c.to <= n);
        completion_finish(&c);
        free(text);
    }
    assert_in_range(taken, rounds / 20, rounds - rounds / 20);
}

static void a_hint_can_be_out_of_reach(void **state)
{
    static const struct { const char *text; uint32_t kinds, severities, states; } rows[] = {
        {"", UINT32_MAX, UINT32_MAX, UINT32_MAX},
        {"kind:lost,held carrier:ups", 1u << KIND_LOST | 1u << KIND_HELD, UINT32_MAX, UINT32_MAX},
        {"sev:>=high -sev:critical", UINT32_MAX, 1u << SEVERITY_HIGH, UINT32_MAX},
        {"state:any", UINT32_MAX, UINT32_MAX, (1u << STATE_COUNT) - 1},
        {"-state:resolved,new", UINT32_MAX, UINT32_MAX, 1u << STATE_WORKING | 1u << STATE_WAITING | 1u << STATE_SNOOZED},
        {"kind:lost -kind:lost", 0, UINT32_MAX, UINT32_MAX},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct filter f;
        struct filter_reach r;
        assert_true(filter_parse(rows[i].text, &f, NULL, NULL));
        filter_reach(&f, &r);
        assert_int_equal(r.kinds, rows[i].kinds);
        assert_int_equal(r.severities, rows[i].severities);
        assert_int_equal(r.states, rows[i].states);
        filter_finish(&f);
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(formatting_is_canonical_and_parses_back),
        cmocka_unit_test(the_example_means_what_it_says),
        cmocka_unit_test(defaults_and_states),
        cmocka_unit_test(time_moves_some), cmocka_unit_test(days_are_half_open),
        cmocka_unit_test(errors_point_at_the_column),
        cmocka_unit_test(limits_are_kept),
        cmocka_unit_test(qualifiers_and_aliases_do_not_collide),
        cmocka_unit_test(tables_answer_for_every_entry),
        cmocka_unit_test(completion_knows_what_fits),
        cmocka_unit_test(an_empty_line_offers_every_qualifier),
        cmocka_unit_test(a_hint_can_be_out_of_reach),
        cmocka_unit_test(mutations_do_no_harm),
    };
    setlocale(LC_ALL, "C.UTF-8");
    return cmocka_run_group_tests(tests, NULL, NULL);
}
