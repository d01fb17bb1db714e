#include "app/select.h"

#include <stdlib.h>
#include <string.h>

#include "base/die.h"

/* Where id is, or would stand. */
static size_t place(const struct model *m, int64_t id)
{
    size_t low = 0, high = m->selected_count;
    while (low < high) {
        size_t mid = low + (high - low) / 2;
        if (m->selected[mid] < id)
            low = mid + 1;
        else
            high = mid;
    }
    return low;
}

bool select_has(const struct model *m, int64_t id)
{
    size_t at = place(m, id);
    return at < m->selected_count && m->selected[at] == id;
}

static void reserve(struct model *m, size_t n)
{
    if (n <= m->selected_cap)
        return;
    size_t cap = m->selected_cap ? m->selected_cap : 32;
    while (cap < n)
        cap *= 2;
    m->selected = xrealloc(m->selected, cap * sizeof *m->selected);
    m->selected_cap = cap;
}

void select_add(struct model *m, int64_t id)
{
    size_t at = place(m, id);
    if (m->selected_count >= ACT_MAX || (at < m->selected_count && m->selected[at] == id))
        return;
    reserve(m, m->selected_count + 1);
    memmove(&m->selected[at + 1], &m->selected[at], (m->selected_count - at) * sizeof *m->selected);
    m->selected[at] = id;
    m->selected_count++;
}

void select_drop(struct model *m, int64_t id)
{
    size_t at = place(m, id);
    if (at == m->selected_count || m->selected[at] != id)
        return;
    m->selected_count--;
    memmove(&m->selected[at], &m->selected[at + 1], (m->selected_count - at) * sizeof *m->selected);
}

void select_clear(struct model *m) { m->selected_count = 0; }

static int ascending(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

void select_set(struct model *m, const int64_t *ids, size_t n)
{
    n = n > ACT_MAX ? ACT_MAX : n;
    m->selected_count = 0;
    if (!n)
        return;
    reserve(m, n);
    memcpy(m->selected, ids, n * sizeof *ids);
    qsort(m->selected, n, sizeof *m->selected, ascending);
    size_t kept = 1;
    for (size_t i = 1; i < n; i++)
        if (m->selected[i] != m->selected[kept - 1])
            m->selected[kept++] = m->selected[i];
    m->selected_count = kept;
}
