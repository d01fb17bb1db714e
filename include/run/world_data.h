/* What the sample world is made of: places, people, goods, and what carriers say, in their own codes. */
#ifndef RUN_WORLD_DATA_H
#define RUN_WORLD_DATA_H

#include <stddef.h>

struct world_place {
    const char *city, *region, *postal_code, *country, *time_zone;
    const char *language;      /* what most customers there write in */
    const char *dial;          /* a phone number up to its last four digits */
};
struct world_hub { const char *city, *region, *country; };

/* The plain scans of a carrier's parcel, in order. */
struct world_scan { const char *code, *detail, *message; };
enum { SCAN_LABEL, SCAN_PICKUP, SCAN_DEPARTED, SCAN_ARRIVED, SCAN_OUT, SCAN_DELIVERED, SCAN_COUNT };
struct world_carrier {
    const char *code;
    const char *services[3];
    const struct world_scan scans[SCAN_COUNT];
    const struct world_hub *hubs;
    size_t hub_count;
};
extern const struct world_carrier world_carriers[];
extern const size_t world_carrier_count;

/* What goes wrong. */
struct world_trouble {
    const char *carrier;
    int weight;
    int after;                 /* SCAN_*: the last plain scan before it */
    const char *code, *detail, *message;   /* NULL: nothing is heard of it any more */
    int waits;                 /* days a parcel is like that before somebody has to look at it */
    int slips;                 /* days after the promise that the carrier now expects it */
};
extern const struct world_trouble world_troubles[];
extern const size_t world_trouble_count;

extern const struct world_place world_places[];
extern const size_t world_place_count;

/* Names by the language of their bearers. */
struct world_names { const char *language; const char *first[12], *last[12]; };
extern const struct world_names world_names[];
extern const size_t world_names_count;

struct world_good { const char *sku, *title; int cents; };
extern const struct world_good world_goods[];
extern const size_t world_good_count;

#endif
