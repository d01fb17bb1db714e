/* A growing array for any element type, without macros that hide control flow.
 *
 *     struct { VEC(struct row) rows; } x = {0};
 *     *vec_push(&x.rows) = (struct row){…};
 *     for (size_t i = 0; i < x.rows.len; i++) use(&x.rows.at[i]);
 *     vec_finish(&x.rows);
 *
 * A zeroed VEC is an empty one. Pointers into it die at the next push. */
#ifndef BASE_VEC_H
#define BASE_VEC_H

#include <stddef.h>

#define VEC(type)   \
    struct {        \
        type *at;   \
        size_t len; \
        size_t cap; \
    }

/* Adds one zeroed element and yields its address. */
#define vec_push(v) \
    (vec_grow((void **)&(v)->at, &(v)->len, &(v)->cap, sizeof *(v)->at, 1), &(v)->at[(v)->len - 1])

/* Frees the array (not what its elements own) and leaves it empty. */
#define vec_finish(v) vec_release((void **)&(v)->at, &(v)->len, &(v)->cap)

void vec_grow(void **at, size_t *len, size_t *cap, size_t size, size_t more);
void vec_release(void **at, size_t *len, size_t *cap);

#endif
