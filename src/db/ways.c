#include "db/ways.h"

#include "base/buf.h"

void ways_make(struct ways *w, const struct filter *f, struct filter_sql_options o)
{
    filter_few_make(f, &w->few);
    filter_page_make(f, o.now, o.zone, &w->page);
    w->sort = f->sort;
    w->found = (struct filter_sql){.count = 0};
    o.search_index = o.search_index || !w->few.any;
    o.first += w->few.any ? 3 : 0;
    filter_sql_make(f, &o, &w->along);
    if (!w->few.any)
        return;
    o.first += w->along.count;
    o.found = w->few.texts;
    o.search_index = false;               /* what was found is asked itself */
    filter_sql_make(f, &o, &w->found);
}

bool ways_parse(struct call *c, const char *text, struct filter_sql_options o, struct ways *w)
{
    struct filter f;
    if (!filter_parse(text ? text : "", &f, NULL, &c->reply.error)) {
        c->failed = true;
        return false;
    }
    ways_make(w, &f, o);
    filter_finish(&f);
    return true;
}

int ways_count(const struct ways *w)
{
    return w->along.count + w->found.count + (w->few.any ? 3 : 0);
}

void ways_params(struct call_part *p, const struct ways *w)
{
    if (w->few.any) {
        call_param(p, w->few.words);
        call_param(p, w->few.search);
        call_param(p, w->few.open ? "t" : "f");
    }
    call_filter_params(p, &w->along);
    call_filter_params(p, &w->found);
}

char *ways_sql(const struct ways *w, const char *along, const char *few, const char *columns)
{
    struct buf sql;
    buf_init(&sql, 0);
    const struct query_piece pieces[] = {
        {"key", w->along.key}, {"where", buf_str(&w->along.where)}, {"found", buf_str(&w->found.where)}, {"columns", columns}};
    query_compose(&sql, w->few.any ? few : along, pieces, columns ? 4 : 3);
    return buf_take(&sql);
}

char *ways_page_sql(const struct ways *w, const char *query, const char *columns)
{
    struct buf sql, order;
    buf_init(&sql, 0);
    buf_init(&order, 0);
    buf_printf(&order, "'%s'", sort_name(w->sort));
    const struct query_piece pieces[] = {{"key", w->along.key}, {"order", buf_str(&order)}, {"columns", columns}};
    query_compose(&sql, query, pieces, 3);
    buf_finish(&order);
    return buf_take(&sql);
}

void ways_finish(struct ways *w)
{
    filter_few_finish(&w->few);
    filter_page_finish(&w->page);
    filter_sql_finish(&w->along);
    if (w->found.key)
        filter_sql_finish(&w->found);
}
