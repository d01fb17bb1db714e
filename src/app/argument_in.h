/* A check of an argument: what it is given, and where the checks of cases, overrides, outages are. */
#ifndef APP_ARGUMENT_IN_H
#define APP_ARGUMENT_IN_H

#include "app/argument.h"

struct check {
    const struct model *m;
    enum action action;
    const char *arg;
    size_t n;               /* of arg, without blanks around */
    char who[48];           /* the targets in words */
    char *hint;
    size_t size;
    size_t *at;
    struct err *e;
};
typedef bool argument_check_fn(struct check *c);

bool argument_list(struct check *c);
bool argument_person(struct check *c);
void argument_case_tags(const struct model *m, const char *arg, size_t at, struct completion *out);
/* The check of an action of cases, overrides or batches; NULL: it is none of theirs. */
argument_check_fn *argument_control(enum action a);

#endif
