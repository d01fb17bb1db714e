/* Places at which a test has this process die, freeze or lose its database: between any two steps that a power cut could part.
 *
 * Only builds with -DDOORSTEP_FAULTS hold them (the sanitizers' and `make faults`); elsewhere FAULT() is nothing. There
 *     DOORSTEP_FAULT=NAME[:N][=kill|stop|cut]
 * kills the process (SIGKILL), stops it (SIGSTOP) or shuts its Unix sockets to PostgreSQL down when it passes the place for the
 * N-th time (1). DOORSTEP_FAULT=list prints every place with the scenario of tests/cli/faults.sh that comes by, which walks
 * them all and fails when one is never reached. */
#ifndef LOOP_FAULT_H
#define LOOP_FAULT_H

/* id, name, scenario */
#define FAULT_POINTS(X)                                                                   \
    X(OUTBOX_CLAIM, "outbox.claim", "worker")           /* asked for messages */          \
    X(OUTBOX_CLAIMED, "outbox.claimed", "worker")       /* was given some */              \
    X(OUTBOX_JUDGED, "outbox.judged", "worker")         /* lease looked at, before it goes to the provider */ \
    X(NET_PREPARED, "net.prepared", "worker")           /* rendered for the provider, nothing sent */ \
    X(NET_CONNECTED, "net.connected", "worker")         /* nothing of the request written */ \
    X(NET_BODY, "net.body", "worker")                   /* its headers, or all before SMTP's message */ \
    X(NET_WRITTEN, "net.written", "worker")             /* the request is out */          \
    X(NET_ANSWER, "net.answer", "worker")               /* the first line of the answer */ \
    X(NET_ANSWERED, "net.answered", "worker")           /* all of it */                   \
    X(OUTBOX_DONE, "outbox.done", "worker")             /* decided, before it is kept to be recorded */ \
    X(OUTBOX_RECORD, "outbox.record", "worker")         /* recording asked for */         \
    X(OUTBOX_RECORDED, "outbox.recorded", "worker")                                       \
    X(OUTBOX_EXTEND, "outbox.extend", "slow")                                             \
    X(OUTBOX_EXTENDED, "outbox.extended", "slow")                                         \
    X(OUTBOX_REAP, "outbox.reap", "worker")                                               \
    X(OUTBOX_REAPED, "outbox.reaped", "worker")                                           \
    X(OUTBOX_SETTLE, "outbox.settle", "worker")                                           \
    X(OUTBOX_SETTLED, "outbox.settled", "worker")                                         \
    X(OUTBOX_WAKE, "outbox.wake", "worker")                                               \
    X(OUTBOX_WOKEN, "outbox.woken", "worker")                                             \
    X(CONTROL_DUE, "control.due", "worker")                                               \
    X(CONTROL_DONE, "control.done", "worker")                                             \
    X(INBOX_TAKEN, "inbox.taken", "worker")             /* documents of the inbox read, none merged */ \
    X(INBOX_STAGED, "inbox.staged", "worker")           /* scans merged, receipts not */  \
    X(INBOX_MERGED, "inbox.merged", "worker")           /* merged, still in the inbox */  \
    X(INBOX_ENDED, "inbox.ended", "worker")                                               \
    X(DESK_CLAIM, "desk.claim", "worker")                                                 \
    X(DESK_CLAIMED, "desk.claimed", "worker")                                             \
    X(DESK_DONE, "desk.done", "worker")                 /* the helpdesk answered */       \
    X(DESK_RECORD, "desk.record", "worker")                                               \
    X(DESK_RECORDED, "desk.recorded", "worker")                                           \
    X(RULES_CLAIMED, "rules.claimed", "worker")                                           \
    X(RULES_MATCHED, "rules.matched", "worker")                                           \
    X(RULES_RENDERED, "rules.rendered", "worker")                                         \
    X(RULES_FIRED, "rules.fired", "worker")             /* acted, not told to be done */  \
    X(PASS_DICTIONARY, "pass.dictionary", "worker")     /* each pass: asked for */        \
    X(PASS_SWEEP, "pass.sweep", "worker")                                                 \
    X(PASS_RULES, "pass.rules", "worker")                                                 \
    X(PASS_WARNINGS, "pass.warnings", "worker")                                           \
    X(PASS_TRUTH, "pass.truth", "worker")                                                 \
    X(PASS_PARTITIONS, "pass.partitions", "worker")                                       \
    X(PASS_RETENTION, "pass.retention", "worker")                                         \
    X(PASS_ROLLUPS, "pass.rollups", "worker")                                             \
    X(PASS_MADE, "pass.made", "worker")                 /* the first of them answered */  \
    X(PUBLISH_WRITTEN, "publish.written", "publish")    /* the new file is there under another name */ \
    X(PUBLISH_RENAMED, "publish.renamed", "publish")                                      \
    X(PUBLISH_KEPT, "publish.kept", "publish")          /* how far it came is written down */ \
    X(POLL_CLAIMED, "poll.claimed", "poll")                                               \
    X(POLL_ASKED, "poll.asked", "poll")                 /* all answered, nothing loaded */ \
    X(POLL_LOADED, "poll.loaded", "poll")                                                 \
    X(POLL_RECORDED, "poll.recorded", "poll")                                             \
    X(INGEST_COPIED, "ingest.copied", "ingest")         /* a batch is in the open transaction */ \
    X(INGEST_SENT, "ingest.sent", "ingest")             /* its merge and COMMIT are out */ \
    X(INGEST_DONE, "ingest.done", "ingest")             /* and answered */                \
    X(CALL_SENT, "call.sent", "client")                 /* a person's action is out */    \
    X(CALL_ANSWERED, "call.answered", "client")         /* and answered, which nobody has heard yet */ \
    X(DRAFT_SAVED, "draft.saved", "dashboard")

#define FAULT_ID(id, name, scenario) FAULT_AT_##id,
enum fault_point { FAULT_POINTS(FAULT_ID) FAULT_NOWHERE };

#ifdef DOORSTEP_FAULTS
/* Reads DOORSTEP_FAULT; "list" prints and exits 0, a name that is none exits 64. */
void fault_begin(void);
void fault_pass(enum fault_point at);
#define FAULT(id) fault_pass(FAULT_AT_##id)
#define FAULT_PASS(at) fault_pass(at)
#define FAULT_BEGIN() fault_begin()
#else
#define FAULT(id) ((void)FAULT_AT_##id)
#define FAULT_PASS(at) ((void)(at))
#define FAULT_BEGIN() ((void)0)
#endif

#endif
