/* An exception as the queue and the detail show it: plain data, already cleaned
 * (utf8_clean) at the border it came in by. Instants are WHEN_NONE when absent. */
#ifndef CORE_EXCEPTION_H
#define CORE_EXCEPTION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/kind.h"
#include "core/playbook.h"

enum mark {                    /* bits of queue_row.marks */
    MARK_CONFLICT = 1 << 0,    /* carrier and override disagree */
    MARK_OVERRIDE = 1 << 1,    /* effective status set by hand */
    MARK_NOTE = 1 << 2,        /* has notes */
    MARK_UNMAPPED = 1 << 3,    /* opened by a code the dictionary does not know */
    MARK_REOPENED = 1 << 4,
    MARK_ESCALATED = 1 << 5,
    MARK_MESSAGE = 1 << 6,     /* the customer was told something */
    MARK_CASE = 1 << 7,        /* an open case */
    MARK_REPLY = 1 << 8        /* the customer wrote and nobody answered yet */
};

/* One line of the queue. Fixed size, so a window of rows is one block. */
struct queue_row {
    int64_t id;
    int64_t key;               /* sort key under the page's order; ascending is first */
    int32_t rev;               /* grows with every change */
    bool matches;              /* still inside the filter it was read with */
    enum kind kind;
    enum severity severity;
    enum state state;
    enum status effective_status, carrier_status;
    uint32_t marks;
    int64_t opened_at, due_at; /* due_at: next SLA due time, none while paused */
    int64_t first_response_due_at, resolve_due_at, first_response_at;
    int64_t last_scan_at, promised_at, wake_at, resolved_at;
    char carrier[24];          /* code: "ups" */
    char carrier_name[32];     /* "UPS" */
    char tracking_number[48];
    char order_number[48];
    char customer[96];
    char tier[16];
    char language[12];
    char country[4];
    char region[24];
    char city[64];
    char brand[24];
    char owner[64];            /* role name; "" when nobody's */
    char reason[160];          /* agent's label or the carrier's own words */
    char tags[64];             /* "asked_address,vip"; as many as fit */
    int32_t outage;            /* the first live outage it is in; 0: none */
};

struct scan {                  /* a scan event, newest first in a context */
    int64_t occurred_at;
    enum status status;
    bool is_exception;
    char code[32];             /* as the provider sent it, "X/48" */
    char label[96];            /* dictionary's words for agents; "" when unmapped */
    char message[256];         /* carrier's words */
    char place[96];
};

struct activity_row {          /* newest first */
    int64_t at;
    char actor[64];
    char verb[24];             /* "claim" "note" "opened" … */
    char text[600];            /* one readable sentence */
};

struct order_line {
    char sku[48];
    char title[96];
    int32_t quantity;
};

/* Everything the context pane and the detail tabs show of one exception. */
struct context {
    struct queue_row row;
    char service[48];
    char status_reason[160];   /* which dictionary entry: "ups X/48 -> address_issue (v1)" */
    int64_t edd_at, shipped_at, placed_at;
    char total[40];            /* "148.20 USD" */
    char customer_external_id[64], email[160], phone[32], time_zone[48];
    char consent[96];          /* "sms yes, email yes, whatsapp no" */
    char preferred_channel[16];
    char postal_code[24], address_type[24], access_instructions[160];
    char resolution[32], resolution_text[200];
    char next_action[32];      /* id of an action in the action table; "" for none */
    char next_argument[48];    /* its argument, a macro's name say; "" none */
    char next_label[120];      /* "claim it" */
    char next_then[160];       /* what comes after, "" for none */
    char viewers[160];         /* others looking at it now, "dana, okafor" */
    char tracking_url[256];    /* "" when the carrier has none */
    char said[320];            /* what the customer asked for or wrote last, "asked for another day: Fri 27 Nov"; "" none, or dealt with */
    int64_t said_at;
    struct order_line *lines;      size_t line_count;
    struct playbook_step *steps;   size_t step_count;      /* of its kind's playbook, in order */
    struct scan *scans;            size_t scan_count;   bool more_scans;
    struct activity_row *activity; size_t activity_count; bool more_activity;
};

void context_finish(struct context *c);  /* frees the arrays; NULL-safe inside */

#endif
