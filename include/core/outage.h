/* Outages and the board that shows them coming. Pure data. */
#ifndef CORE_OUTAGE_H
#define CORE_OUTAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct outage_row {
    int32_t id;
    char title[80];            /* "UPS region:TX" */
    char scope[240];           /* the filter it is */
    char message[240];
    char by[64], ended_by[64];
    int64_t started_at, until, ended_at;
    bool hold_messages, pause_sla;
    int64_t exceptions;        /* open ones in it now */
    int64_t fresh;             /* of those nobody's */
    int64_t held;              /* messages it holds back */
    int64_t overridden;        /* shipments its overrides are in force on */
    int64_t follow_up;         /* open ones that were in it, once it ended */
};

/* What everybody's screen says of control, read at the start and after HINT_CONTROL. */
struct control_state {
    struct outage_row *outages; size_t outage_count;   /* live, oldest first; owned */
    int32_t pending;           /* batches that wait for a second lead and that I may see */
    int32_t pending_mine;      /* of those, that I may decide */
    int32_t conflicts;         /* overrides of mine the carrier contradicts */
    int32_t suggestions;       /* outages the board suggests */
};
void control_state_finish(struct control_state *s);

/* What declaring would do. */
struct outage_preview {
    char title[80], scope[240];        /* the scope as it is understood */
    int64_t exceptions, open;          /* in scope; open at all */
    int64_t owned;                     /* of those somebody's */
    int64_t shipments;                 /* not delivered, in scope */
    int64_t messages;                  /* queued, that a hold would keep back */
    int64_t clocks;                    /* running, that a pause would stop */
    int32_t overlaps;                  /* live outages it overlaps with */
    bool allowed;
    char refusal[200];
    char warning[200];                 /* "that is every open exception"; "" none */
};

#define BOARD_HOURS 24
/* A line of the board: a carrier, or a lane of one. Rates are exceptions an hour. */
struct board_row {
    char carrier[24], carrier_name[48], service[48], region[28];   /* "" and "": all of the carrier */
    int32_t lanes;             /* in this line */
    int64_t open;
    int32_t new_hour;          /* opened in the last 60 minutes */
    double baseline;           /* usual for this hour of the day, 30 days */
    double ratio;              /* new_hour to baseline, both with one added */
    int64_t last_scan_at;
    double usual_gap_s;        /* usual seconds between scans at this hour; 0 not known */
    int32_t spark[BOARD_HOURS];/* opened in each of the last 24 hours, oldest first */
    int32_t outage_id;         /* a live outage: of a lane, one that covers it; of a carrier, the first that covers some of its lanes; 0 none */
    bool suggested;
    char why[120];             /* of the suggestion */
};
struct suggestion {
    int32_t id;
    char scope[240], why[120], kind[12];
    int64_t at;
};
struct board {
    struct board_row *rows; size_t count;              /* owned */
    struct suggestion *suggestions; size_t suggestion_count;   /* owned */
    int64_t at;
};
void board_finish(struct board *b);

/* A sparkline of counts, a column each into out: UTF-8 eighths of a block, or " .:-=+*#" where ASCII is asked for. The tallest
 * is the largest of n, at least 4, so that one in an hour is no spike; zero is a blank, and only that. Where out is too small the
 * last columns are left out. */
void outage_spark(const int32_t *n, int count, bool ascii, char *out, size_t size);

#endif
