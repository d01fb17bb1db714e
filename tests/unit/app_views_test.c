/* Saved views: kept, shared, changed by others, deleted; the list on the screen stays. */
#include "unit/app_helpers.h"

static struct rig rig;
static struct world world;

static int live(void **state)
{
    (void)state;
    rig_live(&rig, &world, 60);
    return 0;
}

static int stop(void **state)
{
    (void)state;
    rig_stop(&rig);
    return 0;
}

/* Answers the list of views: the built-in ones, and one of maria's when it has a filter. */
static void answer_views(const char *filter)
{
    struct request q = rig_take(&rig, rig_find(&rig, REQ_VIEWS));
    struct reply reply;
    world_answer(&world, &q, &reply);
    request_finish(&q);
    if (filter) {
        reply.views = xrealloc(reply.views, 4 * sizeof *reply.views);
        memmove(reply.views + 1, reply.views, reply.view_count++ * sizeof *reply.views);
        struct saved_view *v = &reply.views[0];      /* in no order: numbers say which is where */
        *v = (struct saved_view){.id = 77, .name = "Texas", .owner = "maria"};
        snprintf(v->filter, sizeof v->filter, "%s", filter);
    }
    rig_reply(&rig, &reply);
    rig_settle(&rig, &world);
}

/* Saves region:TX as Texas and goes there. */
static void save_texas(void)
{
    rig_keys(&rig, "/region:TX<Enter>");
    rig_settle(&rig, &world);
    rig_keys(&rig, "+Texas<Enter>");
    int at = rig_find(&rig, REQ_VIEW_SAVE);
    assert_true(at >= 0);
    assert_string_equal(rig.sent[at].name, "Texas");
    assert_non_null(strstr(rig.sent[at].filter, "region:TX"));
    char filter[256];
    snprintf(filter, sizeof filter, "%s", rig.sent[at].filter);
    struct request q = rig_take(&rig, at);
    struct reply saved = {.kind = REQ_VIEW_SAVE, .number = q.number, .ok = true};
    request_finish(&q);
    rig_reply(&rig, &saved);
    assert_string_equal(rig.m.toast, "saved view Texas");
    answer_views(filter);
    rig_keys(&rig, "4");                             /* it got the free number */
    rig_settle(&rig, &world);
    assert_string_equal(rig.m.views[rig.m.view].view.name, "Texas");
    assert_false(rig.m.filter_edited);
}

static void views_of_others_stay(void **state)
{
    (void)state;
    rig_keys(&rig, ":delete-view<Enter>");
    assert_int_equal(rig.m.menu.kind, MENU_NONE);
    assert_non_null(strstr(rig.m.toast, "Triage is not a view of yours"));
    assert_int_equal(rig_find(&rig, REQ_VIEW_DELETE), -1);
    save_texas();
    snprintf(rig.m.views[3].view.owner, sizeof rig.m.views[3].view.owner, "okafor");
    rig_keys(&rig, ":delete-view<Enter>");           /* so do those of others */
    assert_int_equal(rig.m.menu.kind, MENU_NONE);
    assert_non_null(strstr(rig.m.toast, "Texas is not a view of yours"));
}

static void a_view_is_kept_and_deleted(void **state)
{
    (void)state;
    save_texas();
    rig_keys(&rig, ":delete-view<Enter>");
    assert_int_equal(rig.m.menu.kind, MENU_CONFIRM);
    assert_int_equal(rig_find(&rig, REQ_VIEW_DELETE), -1);
    rig_keys(&rig, "y");
    struct request q = rig_take(&rig, rig_find(&rig, REQ_VIEW_DELETE));
    assert_string_equal(q.name, "Texas");
    struct reply deleted = {.kind = REQ_VIEW_DELETE, .number = q.number, .ok = true};
    request_finish(&q);
    rig_reply(&rig, &deleted);
    assert_string_equal(rig.m.toast, "deleted view Texas");
    answer_views(NULL);
    assert_int_equal(rig.m.view_count, 3);
    assert_non_null(strstr(rig.m.filter, "region:TX"));   /* what is shown stays, without a view */
    assert_true(rig.m.filter_edited);
}

static void a_view_changed_elsewhere_is_followed(void **state)
{
    (void)state;
    save_texas();
    rig_send(&rig, (struct msg){.kind = MSG_HINT, .hint = &(struct hint){.kind = HINT_VIEWS}});
    answer_views("region:OK");
    assert_string_equal(rig.m.filter, "region:OK");
    rig_keys(&rig, "/kind:lost<Enter>");             /* but not over what one is typing at */
    rig_settle(&rig, &world);
    rig_send(&rig, (struct msg){.kind = MSG_HINT, .hint = &(struct hint){.kind = HINT_VIEWS}});
    answer_views("region:LA");
    assert_non_null(strstr(rig.m.filter, "kind:lost"));
}

#define LIVE(test) cmocka_unit_test_setup_teardown(test, live, stop)

int main(void)
{
    const struct CMUnitTest tests[] = {
        LIVE(views_of_others_stay), LIVE(a_view_is_kept_and_deleted), LIVE(a_view_changed_elsewhere_is_followed),
    };
    setlocale(LC_ALL, "C.UTF-8");
    return cmocka_run_group_tests(tests, NULL, NULL);
}
