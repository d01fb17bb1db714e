/* What a person set: the file, the environment, the keys of one's own. */
#include <locale.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "app/keymap.h"
#include "run/config.h"

static char home[] = "/tmp/doorstep-config.XXXXXX", folder[64], warned[1024];

static int open_home(void **state)
{
    (void)state;
    if (!mkdtemp(home))
        return -1;
    snprintf(folder, sizeof folder, "%s/doorstep", home);
    setenv("XDG_CONFIG_HOME", home, 1);
    unsetenv("NO_COLOR");
    setlocale(LC_ALL, "C.UTF-8");
    return mkdir(folder, 0700);
}

static void put(const char *name, const char *text)
{
    char path[96];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *f = fopen(path, "we");
    assert_non_null(f);
    fputs(text, f);
    fclose(f);
}

static int close_home(void **state)
{
    char path[96];
    static const char *const names[] = {"config", "keys"};
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        snprintf(path, sizeof path, "%s/%s", folder, names[i]);
        unlink(path);
    }
    return rmdir(folder) || rmdir(home);
}

static void warn(void *ctx, const struct err *e)
{
    size_t used = strlen(warned);
    (void)ctx;
    snprintf(warned + used, sizeof warned - used, "%s: %s\n", strrchr(e->where, '/'), e->text);
}

static void nothing_set_is_the_default(void **state)
{
    struct config c;
    struct err e;
    (void)state;
    assert_true(config_read(NULL, &c, warn, NULL, &e));
    assert_string_equal(c.settings.theme, "default");
    assert_string_equal(c.keymap, "default");
    assert_string_equal(c.dsn, "");
    assert_true(c.settings.bell && c.settings.title && c.settings.clipboard && c.settings.links);
    assert_false(c.settings.ascii || c.settings.mouse || c.settings.suspend);
    assert_false(config_read("/nowhere/config", &c, warn, NULL, &e));
    assert_non_null(strstr(e.where, "/nowhere/config"));
}

static void wrong_lines_are_named_and_skipped(void **state)
{
    struct config c;
    struct err e;
    (void)state;
    warned[0] = '\0';
    put("config", "# mine\n\n  dsn = service=desk options=-csearch_path=x\r\ntheme=purple\nbell = off\nbell = maybe\n"
                  "colour = red\njust words\nkeymap = vim\n");
    assert_true(config_read(NULL, &c, warn, NULL, &e));
    assert_string_equal(c.dsn, "service=desk options=-csearch_path=x");
    assert_string_equal(c.settings.theme, "default");
    assert_false(c.settings.bell);
    assert_string_equal(c.keymap, "vim");
    int lines = 0;
    for (const char *s = warned; (s = strchr(s, '\n')); s++)
        lines++;
    assert_int_equal(lines, 4);
    assert_non_null(strstr(warned, "/config:4: there is no theme \"purple\""));
    assert_non_null(strstr(warned, "/config:6: "));
    assert_non_null(strstr(warned, "/config:7: there is no setting \"colour\""));
    assert_non_null(strstr(warned, "/config:8: this line should be KEY = VALUE"));
    assert_null(strstr(warned, "just words"));       /* it may hold a password */
    assert_non_null(strstr(c.settings.notice, "/config:4: there is no theme \"purple\""));   /* the dashboard says the first */
    put("config", "bell = on\n");
    put("keys", "bind queue j down\nbind queue x frobnicate\n");
    struct keymap m;
    assert_true(config_read(NULL, &c, NULL, NULL, &e));
    assert_string_equal(c.settings.notice, "");
    config_keymap(&c, &m, NULL, NULL);
    assert_non_null(strstr(c.settings.notice, "/keys:2:"));
    assert_non_null(strstr(c.settings.notice, "frobnicate"));
    keymap_finish(&m);
}

static void the_environment_decides_colours_and_letters(void **state)
{
    struct config c;
    struct err e;
    (void)state;
    put("config", "bell = on\n");
    setenv("NO_COLOR", "1", 1);
    assert_true(config_read(NULL, &c, warn, NULL, &e));
    assert_string_equal(c.settings.theme, "mono");
    setenv("NO_COLOR", "", 1);                       /* set to nothing is not set */
    setlocale(LC_ALL, "C");
    assert_true(config_read(NULL, &c, warn, NULL, &e));
    assert_string_equal(c.settings.theme, "default");
    assert_true(c.settings.ascii);
    setlocale(LC_ALL, "C.UTF-8");
}

static void ones_own_keys_come_on_top(void **state)
{
    struct config c = {.keymap = "default"};
    struct keymap m;
    const struct binding *found = NULL;
    const struct key v = {.code = 'v'}, j = {.code = 'j'};
    (void)state;
    warned[0] = '\0';
    put("keys", "bind queue v claim\nbind queue nonsense\n");
    config_keymap(&c, &m, warn, NULL);
    assert_int_equal(keymap_find(&m, IN_QUEUE, &v, 1, &found), KEYMAP_FOUND);
    assert_int_equal(found->action, ACTION_CLAIM);
    assert_int_equal(keymap_find(&m, IN_QUEUE, &j, 1, &found), KEYMAP_FOUND);
    assert_int_equal(found->action, ACTION_DOWN);
    assert_non_null(strstr(warned, "/keys:2:"));
    assert_non_null(strstr(c.settings.user_keymap, "/doorstep/keys"));
    keymap_finish(&m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_set_is_the_default), cmocka_unit_test(wrong_lines_are_named_and_skipped),
        cmocka_unit_test(the_environment_decides_colours_and_letters), cmocka_unit_test(ones_own_keys_come_on_top),
    };
    return cmocka_run_group_tests(tests, open_home, close_home);
}
