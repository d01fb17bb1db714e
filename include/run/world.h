/* The demo's sample world: documents of the native format, as a shop's systems and carriers would
 * send them. Nothing here knows a database; the documents go the way all documents go.
 *
 * Parcel n of a seed is always the same parcel. Its times are counted back from the moment the world
 * was made, so the live feed can carry on the stories the sample began. */
#ifndef RUN_WORLD_H
#define RUN_WORLD_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"

struct world {
    uint64_t seed;
    int64_t now;               /* the moment it stands at, ms */
    int64_t parcels;           /* how many there are so far */
};

void world_init(struct world *w, uint64_t seed, int64_t now, int64_t parcels);

/* Parcel n from its order to its last scan, one JSON object a line, added to out. */
void world_parcel(const struct world *w, int64_t n, struct buf *out);

/* The next thing that happens at `at`, added to out: a parcel in trouble nobody knew of, one that goes
 * on or is delivered, or one that fails again. step counts the things that happened so far. */
void world_next(struct world *w, int64_t step, int64_t at, struct buf *out);

#endif
