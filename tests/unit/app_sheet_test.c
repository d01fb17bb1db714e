/* Sheets: read, kept, found again, searched, left; what is done about a line is sent once and told. */
#include "unit/app_helpers.h"
#include "unit/sheet_fixture.h"

#include "app/dispatch.h"
#include "app/palette.h"
#include "app/sheet.h"

static struct rig rig;
static struct world world;

static int live(void **state)
{
    (void)state;
    rig_live(&rig, &world, 50);
    rig.m.hello.level = ROLE_LEAD;
    return 0;
}

static int stop(void **state)
{
    (void)state;
    rig_stop(&rig);
    return 0;
}

static void said(const char *what)
{
    if (!strstr(rig.m.toast, what))
        fail_msg("wanted \"%s\", said \"%s\"", what, rig.m.toast);
}

static const char dictionary_columns[] = "provider|code|detail|pattern|status|role|kind|severity|label|version";
static const char *const dictionary[] = {
    "ups|X|48||delayed|open|address_issue|high|Address incomplete|3", "ups|D|||delivered|done|||Delivered|1",
    "ups|M|||pre_transit|normal|not_shipped|low|Label created|1",
};

static void answer(const char *query, const char *columns, const char *const *rows, size_t count)
{
    int i = rig_find(&rig, REQ_TABLE);
    assert_true(i >= 0);
    struct request q = rig_take(&rig, i);
    assert_string_equal(q.table.query, query);
    struct reply r = {.kind = q.kind, .number = q.number, .ok = true, .table = table_fixture(columns, rows, count)};
    request_finish(&q);
    rig_reply(&rig, &r);
}

static void refuse(enum err_code code, const char *text)
{
    struct request q = rig_take(&rig, rig_find(&rig, REQ_TABLE));
    struct reply r = {.kind = q.kind, .number = q.number};
    err_set(&r.error, code, NULL, "%s", text);
    request_finish(&q);
    rig_reply(&rig, &r);
}

static const struct sheet_page *page(void) { return sheet_shown(&rig.m); }
static const char *under_cursor(const char *column) { return table_cell(&page()->table, page()->cursor, table_column(&page()->table, column)); }

static void open_dictionary(void)
{
    rig_keys(&rig, "Kd");
    answer("dictionary_list", dictionary_columns, dictionary, 3);
}

static void hint(enum hint_kind kind) { rig_send(&rig, (struct msg){.kind = MSG_HINT, .hint = &(struct hint){.kind = kind}}); }

static void opens_from_a_menu_and_goes_back(void **state)
{
    (void)state;
    rig_keys(&rig, "K");
    assert_int_equal(rig.m.menu.kind, MENU_KNOWLEDGE);
    rig_keys(&rig, "d");
    assert_int_equal(rig.m.screen, SCREEN_SHEET);
    assert_false(page()->known);
    answer("dictionary_list", dictionary_columns, dictionary, 3);
    assert_int_equal(page()->table.rows, 3);
    rig_keys(&rig, "q");
    assert_int_equal(rig.m.screen, SCREEN_QUEUE);
    assert_int_equal(rig.m.sheets.at, 0);
    rig_keys(&rig, "<Enter>");                      /* the queue's own key again */
    rig_keys(&rig, "<Esc>v");
    assert_int_equal(rig.m.screen, SCREEN_DETAIL);
    rig_keys(&rig, "gk");
    assert_int_equal(rig.m.menu.kind, MENU_KNOWLEDGE);
    rig_keys(&rig, "d<Esc>");
    assert_int_equal(rig.m.screen, SCREEN_DETAIL);
}

static void the_palette_names_it(void **state)
{
    (void)state;
    rig_keys(&rig, ":audit-log<Enter>");
    assert_int_equal(page()->sheet, SHEET_LOG);
    struct request *q = &rig.sent[rig_find(&rig, REQ_TABLE)];
    assert_int_equal(q->table.param_count, 4);
    assert_null(q->table.params[0]);
    assert_string_equal(q->table.params[3], "200");
    rig_keys(&rig, "<Esc>");
    rig.m.hello.level = ROLE_AGENT;
    rig_keys(&rig, ":audit-log<Enter>");
    assert_non_null(strstr(rig.m.prompt.error, "only leads can"));
}

static void the_cursor_stays_on_its_line(void **state)
{
    static const char *const later[] = {
        "aftership|X|||delayed|open|address_issue|high|New one|4", "ups|M|||pre_transit|normal|not_shipped|low|Label made|2",
        "ups|X|48||delayed|open|address_issue|high|Address incomplete|3", "ups|D|||delivered|done|||Delivered|1",
    };
    (void)state;
    open_dictionary();
    rig_keys(&rig, "jj");
    assert_string_equal(under_cursor("code"), "M");
    hint(HINT_KNOWLEDGE);
    answer("dictionary_list", dictionary_columns, later, 4);
    assert_int_equal(page()->cursor, 1);
    assert_string_equal(under_cursor("label"), "Label made");
    rig_pass(&rig, 2000);
    hint(HINT_KNOWLEDGE);
    answer("dictionary_list", dictionary_columns, later + 2, 2);   /* it is gone: the same height */
    assert_int_equal(page()->cursor, 1);
    assert_string_equal(under_cursor("code"), "D");
    rig_keys(&rig, "gg");
    assert_int_equal(page()->cursor, 0);
    rig_keys(&rig, "G<Down><Down>");
    assert_int_equal(page()->cursor, 1);
    rig_pass(&rig, 2000);
    hint(HINT_KNOWLEDGE);
    answer("dictionary_list", dictionary_columns, NULL, 0);
    assert_int_equal(page()->cursor, 0);
    rig_keys(&rig, "jGv<Enter>");                                  /* nothing there: nothing happens */
    assert_false(page()->whole);
}

static void hints_read_it_again_once(void **state)
{
    (void)state;
    open_dictionary();
    hint(HINT_EXCEPTIONS);
    assert_int_equal(rig_find(&rig, REQ_TABLE), -1);               /* exceptions do not change it */
    hint(HINT_KNOWLEDGE);
    hint(HINT_KNOWLEDGE);
    assert_int_equal(rig_count(&rig, REQ_TABLE), 1);
    answer("dictionary_list", dictionary_columns, dictionary, 3);
    rig_pass(&rig, 1000);
    answer("dictionary_list", dictionary_columns, dictionary, 3);  /* the second came while it was read */
    rig_pass(&rig, 5000);
    assert_int_equal(rig_find(&rig, REQ_TABLE), -1);
    rig_keys(&rig, "q");
    hint(HINT_KNOWLEDGE);
    assert_int_equal(rig_find(&rig, REQ_TABLE), -1);               /* nobody looks */
    rig_keys(&rig, "Kc");
    answer("contact_list", "id|at|exception", (const char *const[]){"1|2026-11-22T12:00:00Z|7"}, 1);
    rig_pass(&rig, 2000);
    hint(HINT_MANY);
    assert_int_equal(rig_count(&rig, REQ_TABLE), 1);               /* these do */
}

static void lists_and_search(void **state)
{
    (void)state;
    open_dictionary();
    rig_keys(&rig, "j/");
    assert_int_equal(rig.m.prompt.kind, PROMPT_SHEET_SEARCH);
    rig_keys(&rig, "ups <Enter>");
    assert_string_equal(rig.sent[rig_find(&rig, REQ_TABLE)].table.params[1], "ups");
    assert_int_equal(page()->table.rows, 3);                       /* the old ones stay until the new ones come */
    rig_keys(&rig, "/<BS><BS><BS><BS>dhl<Enter>");
    assert_int_equal(rig_count(&rig, REQ_TABLE), 2);
    answer("dictionary_list", dictionary_columns, dictionary, 3);  /* of what is not searched for any more: dropped */
    assert_int_equal(page()->read_at, NOON + 2000);
    answer("dictionary_list", dictionary_columns, dictionary, 1);
    assert_int_equal(page()->table.rows, 1);
    rig_keys(&rig, "<Tab>");
    assert_string_equal(sheet_list_of(page())->name, "Unmapped");
    assert_int_equal(page()->table.rows, 0);
    assert_false(page()->known);
    rig_keys(&rig, "<S-Tab>");
    assert_string_equal(sheet_list_of(page())->name, "All");
}

static void a_line_in_full(void **state)
{
    (void)state;
    open_dictionary();
    rig_keys(&rig, "v");
    assert_true(page()->whole);
    rig_keys(&rig, "<Esc>");
    assert_false(page()->whole);
    assert_int_equal(rig.m.screen, SCREEN_SHEET);
    rig_keys(&rig, "v<Space><Esc>");
    assert_int_equal(rig.m.screen, SCREEN_QUEUE);
}

static void to_the_exception_and_back_to_the_line(void **state)
{
    static const char *const rows[] = {"1|2026-11-22T12:00:00Z|7", "2|2026-11-22T11:00:00Z|9", "3|2026-11-22T10:00:00Z|"};
    (void)state;
    rig_keys(&rig, ":contacts<Enter>");
    answer("contact_list", "id|at|exception", rows, 3);
    rig_keys(&rig, "j<Enter>");
    assert_int_equal(rig.m.screen, SCREEN_DETAIL);
    assert_int_equal(rig.m.detail_id, 9);
    assert_int_equal(rig.m.tab, TAB_TIMELINE);
    rig_keys(&rig, "<Esc>");
    assert_int_equal(rig.m.screen, SCREEN_SHEET);
    assert_string_equal(under_cursor("exception"), "9");
    rig_keys(&rig, "j<Enter>");
    said("there is no exception behind this line");
}

static void lines_outlive_the_connection(void **state)
{
    (void)state;
    open_dictionary();
    rig_link(&rig, LINK_DOWN, "the server is gone");
    assert_int_equal(page()->table.rows, 3);
    rig_keys(&rig, "j");
    assert_int_equal(page()->cursor, 1);
    rig_keys(&rig, "C-r");
    assert_int_equal(rig.reconnects, 1);
    rig_link(&rig, LINK_LIVE, NULL);
    assert_int_equal(rig_count(&rig, REQ_TABLE), 1);
    refuse(ERR_UNREACHABLE, "no answer");
    assert_int_equal(page()->table.rows, 3);
    rig_pass(&rig, 61000);
    assert_int_equal(rig_count(&rig, REQ_TABLE), 1);               /* the minute reads it again */
    refuse(ERR_REFUSED, "only leads may read this");
    said("only leads may read this");
    assert_int_equal(page()->table.rows, 3);
}

static void deep_is_deep(void **state)
{
    (void)state;
    for (int i = 0; i < 11; i++)
        rig_keys(&rig, i % 2 ? ":dictionary<Enter>" : ":contacts<Enter>");
    said("that is as deep as it goes");
    assert_int_equal(rig.m.sheets.at, SHEETS_MAX);
    rig_keys(&rig, "q");
    assert_int_equal(rig.m.sheets.at, SHEETS_MAX - 1);
    for (int i = 0; i < SHEETS_MAX; i++)
        rig_keys(&rig, "<Esc>");
    assert_int_equal(rig.m.screen, SCREEN_QUEUE);
    assert_int_equal(rig.m.sheets.at, 0);
}

static void other_brands_take_it_away(void **state)
{
    (void)state;
    open_dictionary();
    struct reply r = {.kind = REQ_HELLO, .ok = true};
    rig_keys(&rig, "C-r");
    struct request q = rig_take(&rig, rig_find(&rig, REQ_HELLO));
    r.number = q.number;
    request_finish(&q);
    r.hello = rig.m.hello;
    snprintf(r.hello.brand, sizeof r.hello.brand, "borealis");
    rig_reply(&rig, &r);
    assert_int_equal(rig.m.screen, SCREEN_QUEUE);
    assert_int_equal(rig.m.sheets.at, 0);
}

/* --- doing something about a line ------------------------------------------------------------------ */

static const char rule_columns[] = "id|name|on|percent|text|version|state";
static const char *const rules[] = {"2|gold-late|t|25|when tier:gold do tag gold|3|on", "1|weather|f|100|when kind:delay_weather do snooze 1d|1|off"};

static void open_rules(void)
{
    rig_keys(&rig, "Kr");
    answer("rule_list", rule_columns, rules, 2);
}

static struct request *act_sent(const char *query)
{
    int i = rig_find(&rig, REQ_TABLE_ACT);
    assert_true(i >= 0);
    assert_string_equal(rig.sent[i].table.query, query);
    assert_int_equal(strlen(rig.sent[i].key), KEY_TEXT - 1);
    return &rig.sent[i];
}

static void answer_act(bool ok, const char *code, const char *message)
{
    struct request q = rig_take(&rig, rig_find(&rig, REQ_TABLE_ACT));
    struct reply r = {.kind = q.kind, .number = q.number, .ok = true, .result_count = 1, .results = xcalloc(1, sizeof *r.results)};
    r.results[0] = (struct act_result){.id = 2, .ok = ok};
    snprintf(r.results[0].code, sizeof r.results[0].code, "%s", code);
    snprintf(r.results[0].message, sizeof r.results[0].message, "%s", message);
    request_finish(&q);
    rig_reply(&rig, &r);
}

static void one_key_switches_a_rule_off(void **state)
{
    (void)state;
    open_rules();
    rig_keys(&rig, "x");
    struct request *q = act_sent("rule_disable");
    assert_int_equal(q->table.param_count, 1);
    assert_string_equal(q->table.params[0], "{\"gold-late\"}");
    answer_act(true, "ok", "");
    said("switched off rule gold-late");
    answer("rule_list", rule_columns, rules, 2);                   /* read again at once */
    rig_keys(&rig, "jx");
    said("rule weather is off already");
    assert_int_equal(rig_find(&rig, REQ_TABLE_ACT), -1);
    rig.m.hello.level = ROLE_AGENT;
    rig_keys(&rig, "kx");
    said("only leads can");
    assert_int_equal(rig_find(&rig, REQ_TABLE_ACT), -1);
}

static void a_share_is_asked_for(void **state)
{
    (void)state;
    open_rules();
    rig_keys(&rig, "s");
    assert_int_equal(rig.m.prompt.kind, PROMPT_SHEET);
    assert_string_equal(rig.m.prompt.text, "25 ");
    char label[120];
    assert_string_equal(sheet_label(&rig.m, label, sizeof label), "rule gold-late for how many of a hundred shipments");
    rig_keys(&rig, "C-u0<Enter>");
    assert_non_null(strstr(rig.m.prompt.error, "1 to 100"));
    rig_keys(&rig, "C-u101<Enter>");
    assert_int_equal(rig.m.prompt.kind, PROMPT_SHEET);
    rig_pass(&rig, 2000);
    hint(HINT_KNOWLEDGE);
    answer("rule_list", rule_columns, rules + 1, 1);               /* the line goes away while it is typed: what was meant is meant */
    rig_keys(&rig, "C-u50%<Enter>");
    struct request *q = act_sent("rule_enable");
    assert_int_equal(q->table.param_count, 4);
    assert_string_equal(q->table.params[0], "{\"gold-late\"}");
    assert_string_equal(q->table.params[1], "50");
    assert_string_equal(q->table.params[2], "3");
    assert_null(q->table.params[3]);
    answer_act(false, "stale", "yuki saved version 4 of rule gold-late meanwhile: read it first");
    said("yuki saved version 4");
    assert_int_equal(rig.m.toast_level, TOAST_BAD);
    answer("rule_list", rule_columns, rules, 2);
    rig_keys(&rig, "s<Esc>");
    assert_int_equal(rig_find(&rig, REQ_TABLE_ACT), -1);
}

static void all_of_them_are_asked_about(void **state)
{
    (void)state;
    open_rules();
    rig_keys(&rig, "X");
    assert_int_equal(rig.m.menu.kind, MENU_CONFIRM);
    rig_keys(&rig, "n");
    assert_int_equal(rig_find(&rig, REQ_TABLE_ACT), -1);
    rig_keys(&rig, "Xy");
    assert_int_equal(act_sent("rule_stop")->table.param_count, 0);
    answer_act(true, "ok", "all rules are stopped; \"doorstep rule go\" lets them go on");
    assert_string_equal(rig.m.toast, "all rules are stopped; S lets them go on");
    rig_keys(&rig, "Xy");
    answer_act(true, "same", "all rules are stopped already");
    said("all rules are stopped already");
    rig_keys(&rig, "S");
    said("the rules are not stopped");
}

static void a_lost_answer_is_asked_for_again(void **state)
{
    char key[KEY_TEXT];
    (void)state;
    open_rules();
    rig_keys(&rig, "x");
    struct request q = rig_take(&rig, rig_find(&rig, REQ_TABLE_ACT));
    memcpy(key, q.key, sizeof key);
    struct reply r = {.kind = q.kind, .number = q.number, .in_doubt = true};
    err_set(&r.error, ERR_UNREACHABLE, NULL, "the connection died");
    request_finish(&q);
    rig_link(&rig, LINK_DOWN, "the server is gone");
    rig_reply(&rig, &r);
    said("rule gold-late: the connection died before the answer");
    rig_keys(&rig, "x");
    said("not connected, nothing was done");
    rig_link(&rig, LINK_LIVE, NULL);
    assert_int_equal(rig_count(&rig, REQ_TABLE_ACT), 1);
    assert_string_equal(act_sent("rule_disable")->key, key);
    assert_string_equal(act_sent("rule_disable")->table.params[0], "{\"gold-late\"}");
    answer_act(true, "ok", "rule gold-late is off");
    said("rule gold-late is off");
}

static void from_a_rule_to_what_it_did(void **state)
{
    (void)state;
    open_rules();
    rig_keys(&rig, "<Enter>");
    assert_int_equal(page()->sheet, SHEET_RULE);
    assert_string_equal(rig.sent[rig_find(&rig, REQ_TABLE)].table.params[0], "gold-late");
    answer("rule_firings", "at|exception|outcome", (const char *const[]){"2026-11-22T12:00:00Z|7|done"}, 1);
    rig_keys(&rig, "x");
    said("x does nothing here");
    rig_keys(&rig, "<Tab>");
    assert_string_equal(rig.sent[rig_find(&rig, REQ_TABLE)].table.params[0], "gold-late");
    answer("rule_versions", "version|text", (const char *const[]){"3|when tier:gold do tag gold"}, 1);
    rig_keys(&rig, "<S-Tab>");
    answer("rule_firings", "at|exception|outcome", (const char *const[]){"2026-11-22T12:00:00Z|7|done"}, 1);
    rig_keys(&rig, "<Enter>");
    assert_int_equal(rig.m.screen, SCREEN_DETAIL);
    rig_keys(&rig, "<Esc><Esc>");
    assert_int_equal(page()->sheet, SHEET_RULES);
    assert_string_equal(under_cursor("name"), "gold-late");
    rig_keys(&rig, "<Esc>");
    assert_int_equal(rig.m.screen, SCREEN_QUEUE);
}

/* A code nobody knew, in four answers; what is nothing in the list stays nothing. */
static void a_code_is_mapped(void **state)
{
    static const char columns[] = "provider|code|detail|count|sample";
    (void)state;
    open_dictionary();
    rig_keys(&rig, "a");
    said("approve-draft is nothing for this list");
    rig_keys(&rig, "<Tab>m");
    said("still reading");
    answer("dictionary_unmapped", columns, (const char *const[]){"fedex|QX||8|Linehaul \"event\""}, 1);
    rig_keys(&rig, "m");
    assert_int_equal(rig.m.menu.kind, MENU_SHEET);
    assert_string_equal(rig.m.menu.items[1].value, status_name((enum status)1));
    rig_keys(&rig, "<Down><Enter>");
    assert_string_equal(rig.m.menu.items[0].value, "none");
    rig_keys(&rig, "<Down><Enter>");
    rig_keys(&rig, "<Enter>");
    assert_string_not_equal(rig.m.prompt.error, "");               /* a label it needs */
    rig_keys(&rig, "A \"late\" van<Enter>");
    rig_keys(&rig, "<Enter>");                                     /* a note it does not */
    struct request *q = act_sent("dictionary_draft");
    char wanted[300];
    snprintf(wanted, sizeof wanted, "{\"provider\": \"fedex\", \"code\": \"QX\", \"status\": \"%s\", \"kind\": \"%s\", \"label\": \"A \\\"late\\\" van\"}",
             status_name((enum status)1), kind_name((enum kind)0));
    assert_string_equal(q->table.params[0], wanted);
    answer_act(true, "ok", "draft 7: fedex QX; a lead who works for all brands approves it");
    said("draft 7: fedex QX");
    answer("dictionary_unmapped", columns, (const char *const[]){"fedex|QX||8|Linehaul"}, 1);
    rig_keys(&rig, "iseen on empty vans<Enter>");
    q = act_sent("dictionary_ignore");
    assert_string_equal(q->table.params[1], "QX");
    assert_null(q->table.params[2]);
    assert_string_equal(q->table.params[3], "seen on empty vans");
}

static void open_preview(const char *const *changes, size_t count)
{
    open_dictionary();
    rig_keys(&rig, "<Tab><Tab>");
    while (rig_count(&rig, REQ_TABLE) > 1) {
        struct request q = rig_take(&rig, rig_find(&rig, REQ_TABLE));
        request_finish(&q);
    }
    answer("dictionary_drafts", "id|subject|becomes", (const char *const[]){"7|fedex QX|opens delay"}, 1);
    rig_keys(&rig, "a");                                           /* seen first */
    assert_int_equal(page()->sheet, SHEET_DRAFT);
    assert_true(rig.sent[rig_find(&rig, REQ_TABLE)].table.patient);
    rig_keys(&rig, "a");
    said("still reading");
    answer("dictionary_preview", "what|was|becomes|carrier|count|ids", changes, count);
}

static void many_closings_are_typed(void **state)
{
    static const char *const changes[] = {"scans|of 900|read otherwise||700|[]", "closed|delay|closed|fedex|1300|[91, 90]", "closed|delay|closed|ups|12|[44]",
                                          "opened||held|ups|40|"};
    (void)state;
    open_preview(changes, 4);
    rig_keys(&rig, "a<Enter>");
    assert_int_equal(rig.m.prompt.kind, PROMPT_SHEET);
    assert_non_null(strstr(rig.m.prompt.hint, "type 1,312 to go on: that many exceptions are closed"));
    rig_keys(&rig, "1,300<Enter>");
    assert_non_null(strstr(rig.m.prompt.error, "that is not how many: type 1,312"));
    rig_keys(&rig, "C-u1,312<Enter>");
    struct request *q = act_sent("dictionary_approve");
    assert_string_equal(q->table.params[0], "7");
    assert_string_equal(q->table.params[1], "1312");
    assert_string_equal(q->table.params[2], "30");
    answer_act(false, "denied", "somebody else approves it");
    assert_int_equal(page()->sheet, SHEET_DRAFT);
    rig_keys(&rig, "j<Enter>");
    assert_int_equal(rig.m.screen, SCREEN_DETAIL);
    assert_int_equal(rig.m.detail_id, 91);
}

static void few_closings_are_not(void **state)
{
    (void)state;
    open_preview((const char *const[]){"closed|delay|closed|fedex|3|[91]"}, 1);
    rig_keys(&rig, "a<End><Enter>");
    struct request *q = act_sent("dictionary_approve");
    assert_string_equal(q->table.params[1], "3");
    assert_null(q->table.params[2]);                               /* only what comes from now on */
    answer_act(true, "ok", "version 4: fedex QX; for scans from now on");
    assert_int_equal(page()->sheet, SHEET_DICTIONARY);
    assert_int_equal(page()->list, 2);
}

static void a_rule_is_written(void **state)
{
    (void)state;
    open_rules();
    rig_keys(&rig, "jnGold<Enter>");
    assert_non_null(strstr(rig.m.prompt.error, "small letters"));
    rig_keys(&rig, "C-ugold-watch<Enter>");
    rig_keys(&rig, "tier:gold do dance<Enter>");
    assert_string_not_equal(rig.m.prompt.error, "");
    assert_int_equal(rig.m.prompt.kind, PROMPT_SHEET);
    rig_keys(&rig, "C-uwhen tier:gold do tag watched<Enter>");
    struct request *q = act_sent("rule_save");
    assert_string_equal(q->table.params[0], "gold-watch");
    assert_non_null(strstr(q->table.params[1], "tier:gold"));
    assert_int_equal(q->table.params[1][0], '{');
    answer_act(true, "ok", "saved rule gold-watch, version 1: it is off until a lead switches it on");
    said("off until a lead");
    assert_string_equal(under_cursor("name"), "weather");
    answer("rule_list", rule_columns, rules, 2);
    assert_string_equal(under_cursor("name"), "gold-late");        /* what is switched on next is what was written */
    rig_keys(&rig, "e");
    assert_string_equal(rig.m.prompt.text, "when tier:gold do tag gold ");
    rig_keys(&rig, "<Esc>n<Esc>n<Up>");                            /* what took time to write comes back with the arrow */
    assert_string_equal(rig.m.prompt.text, "when tier:gold do tag gold ");
}

/* A rule is tried by its parts, and the page is the one line in full. */
static void a_dry_run(void **state)
{
    (void)state;
    open_rules();
    rig_keys(&rig, "d");
    int i = rig_find(&rig, REQ_RULE_TEST);
    assert_true(i >= 0);
    struct request q = rig_take(&rig, i);
    assert_string_equal(q.filter, "tier:gold");
    assert_string_equal(q.rule.events, "{opened}");
    assert_int_equal(q.rule.days, 7);
    struct reply r = {.kind = q.kind, .number = q.number, .ok = true,
                      .table = table_fixture("days|fired|samples|says", (const char *const[]){"7|212|[12, 9]|would have fired for 212 exceptions"}, 1)};
    request_finish(&q);
    rig_reply(&rig, &r);
    assert_true(page()->whole);
    rig_keys(&rig, "<Esc>");
    assert_int_equal(page()->sheet, SHEET_RULES);
    rig_keys(&rig, "d");
    assert_true(rig_find(&rig, REQ_RULE_TEST) >= 0);
}

static void a_rule_nobody_may_read_is_not_tried(void **state)
{
    (void)state;
    rig_keys(&rig, "Kr");
    answer("rule_list", rule_columns, (const char *const[]){"2|gold-late|t|25|everybody's: who works for all brands reads it|3|on"}, 1);
    rig_keys(&rig, "d");
    assert_int_equal(rig_find(&rig, REQ_RULE_TEST), -1);
    assert_int_equal(rig.m.toast_level, TOAST_BAD);
}

static void names_in_braces(void **state)
{
    struct table t = table_fixture("name|n", (const char *const[]){"gold|7"}, 1);
    char out[40], *args[SHEET_ARGS] = {(char[]){"ups"}}, *answers[SHEET_STEPS] = {(char[]){"12"}};
    (void)state;
    sheet_sentence(&t, 0, args, answers, "{name} {n} {^0} {?0}{none}.", out, sizeof out);
    assert_string_equal(out, "gold 7 ups 12.");
    sheet_sentence(&t, 0, NULL, NULL, "{^0}{?1} and {name", out, sizeof out);
    assert_string_equal(out, " and gold");
    sheet_sentence(&t, 0, args, answers, "a long one that does not fit: {name}{name}{name}{name}", out, sizeof out);
    assert_int_equal(strlen(out), sizeof out - 1);
    table_finish(&t);
}

/* Every row of the tables is whole: what it needs is there, and its keys and names lead to it. */
static void the_tables_are_whole(void **state)
{
    (void)state;
    for (size_t i = 0; i < SHEET_COUNT; i++) {
        const struct sheet *s = &sheets[i];
        assert_non_null(s->title);
        assert_true((s->opens != 0) == (s->label != NULL));
        assert_true(!s->label || palette_lists(s->opens));
        assert_non_null(s->lists[0].name);
        for (size_t l = 0; l < SHEET_LISTS && s->lists[l].name; l++) {
            assert_non_null(s->lists[l].query);
            assert_non_null(s->lists[l].identity[0]);
            assert_non_null(s->lists[l].empty);
            int narrow = 4 + 2;
            for (const struct sheet_column *c = s->lists[l].columns; c->column; c++) {
                assert_true(c->least <= c->most);
                narrow += c->from <= 60 && c->most ? c->least + 1 : 0;
            }
            assert_in_range(narrow, 10, 61);                       /* what is meant for 60 columns fits them */
        }
    }
    for (const struct sheet_act *a = sheet_acts; a->action != ACTION_COUNT; a++) {
        char shown[32];
        assert_true(a->lists != 0);
        assert_non_null(a->word);
        assert_true(keymap_keys_of(&rig.keymap, IN_SHEET | sheets[a->sheet].context, a->action, NULL, shown, sizeof shown));
        if (a->does == SHEET_ACTS) {
            assert_non_null(a->query);
            assert_non_null(a->what);
            assert_non_null(a->done);
        }
        for (size_t i = 0; i < SHEET_STEPS && a->steps[i].kind != STEP_END; i++) {
            assert_non_null(a->steps[i].label);
            assert_true((a->steps[i].kind == STEP_MENU) == (a->steps[i].word != NULL));
        }
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, live, stop)
int main(void)
{
    setlocale(LC_ALL, "C.UTF-8");
    const struct CMUnitTest tests[] = {
        TEST(opens_from_a_menu_and_goes_back), TEST(the_palette_names_it), TEST(the_cursor_stays_on_its_line),
        TEST(hints_read_it_again_once), TEST(lists_and_search), TEST(a_line_in_full), TEST(to_the_exception_and_back_to_the_line),
        TEST(lines_outlive_the_connection), TEST(deep_is_deep), TEST(other_brands_take_it_away), TEST(the_tables_are_whole),
        TEST(one_key_switches_a_rule_off), TEST(a_share_is_asked_for), TEST(all_of_them_are_asked_about),
        TEST(a_lost_answer_is_asked_for_again), TEST(from_a_rule_to_what_it_did), TEST(names_in_braces), TEST(a_code_is_mapped), TEST(a_dry_run), TEST(a_rule_nobody_may_read_is_not_tried),
        TEST(many_closings_are_typed), TEST(few_closings_are_not), TEST(a_rule_is_written),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
