/* Everything a key, the palette or a macro can do. One table: the enum, the help, the
 * palette, the man page and the dispatcher's preconditions are all this list. */
#ifndef APP_ACTION_H
#define APP_ACTION_H

#include <stdbool.h>
#include <stddef.h>

enum action_context {          /* where a binding counts; bits */
    IN_QUEUE = 1, IN_DETAIL = 2, IN_HELP = 4, IN_PROMPT = 8, IN_MENU = 16, IN_RESULTS = 32,
    IN_COMPOSE = 64, IN_EDITOR = 128, IN_BULK = 256,
    IN_CASES = 512, IN_CASE = 1024, IN_FORM = 2048, IN_OVERRIDE = 4096, IN_BATCHES = 8192,
    IN_BOARD = 16384, IN_OUTAGE = 32768,
    IN_SHEET = 65536, IN_DICTIONARY = 131072, IN_RULES = 262144,   /* any sheet; one of its own keys, over those of any */
    IN_REPORT = 524288,
    IN_LISTS = IN_QUEUE | IN_DETAIL, IN_ANY = IN_QUEUE | IN_DETAIL | IN_HELP | IN_RESULTS | IN_COMPOSE | IN_BULK |
             IN_CASES | IN_CASE | IN_FORM | IN_OVERRIDE | IN_BATCHES | IN_BOARD | IN_OUTAGE | IN_SHEET | IN_DICTIONARY | IN_RULES | IN_REPORT,
    IN_BROWSE = IN_LISTS | IN_CASES | IN_BATCHES | IN_BOARD | IN_SHEET | IN_REPORT,
    IN_TEXT = IN_PROMPT | IN_EDITOR,
};

enum action_need {             /* preconditions, checked once by the dispatcher; bits */
    NEED_NOTHING = 0,
    NEED_ROW = 1,              /* a row under the cursor */
    NEED_LIVE = 2,             /* a live connection */
    NEED_AGENT = 4,            /* at least that role */
    NEED_TARGET = 8,           /* the selection, else the row under the cursor */
    NEED_LEAD = 16             /* at least a lead */
};

#define NEED_WRITE (NEED_TARGET | NEED_LIVE | NEED_AGENT)

/* X(ID, "name", contexts, needs, "argument" or "", "help, one line") */
#define ACTIONS(X)                                                                                          \
    /* moving */                                                                                            \
    X(DOWN,        "down",         IN_ANY | IN_MENU, NEED_NOTHING, "", "next row")                          \
    X(UP,          "up",           IN_ANY | IN_MENU, NEED_NOTHING, "", "previous row")                      \
    X(PAGE_DOWN,   "page-down",    IN_ANY | IN_MENU, NEED_NOTHING, "", "a page down")                       \
    X(PAGE_UP,     "page-up",      IN_ANY | IN_MENU, NEED_NOTHING, "", "a page up")                         \
    X(HALF_DOWN,   "half-page-down", IN_ANY, NEED_NOTHING, "", "half a page down")                          \
    X(HALF_UP,     "half-page-up", IN_ANY, NEED_NOTHING, "", "half a page up")                              \
    X(TOP,         "top",          IN_ANY | IN_MENU, NEED_NOTHING, "", "first row")                         \
    X(BOTTOM,      "bottom",       IN_ANY | IN_MENU, NEED_NOTHING, "", "last row")                          \
    X(OPEN,        "open",         IN_QUEUE, NEED_ROW, "", "open the exception's detail")                   \
    X(BACK,        "back",         IN_ANY | IN_TEXT | IN_MENU, NEED_NOTHING, "", "back, or drop selection and filter") \
    X(NEXT_TAB,    "next-tab",     IN_DETAIL, NEED_NOTHING, "", "next tab of the detail")                   \
    X(PREV_TAB,    "previous-tab", IN_DETAIL, NEED_NOTHING, "", "previous tab of the detail")               \
    X(TAB,         "tab",          IN_DETAIL, NEED_NOTHING, "summary|timeline|messages|case|overrides|activity", "show a tab") \
    X(NEXT_ITEM,   "next-item",    IN_DETAIL, NEED_NOTHING, "", "next exception, staying in detail")        \
    X(PREV_ITEM,   "previous-item",IN_DETAIL, NEED_NOTHING, "", "previous exception, staying in detail")    \
    X(JUMP,        "jump",         IN_LISTS, NEED_LIVE, "number", "go to an exception, tracking or order number, or to a case: C12") \
    /* working */                                                                                           \
    X(NEXT_STEP,   "next-step",    IN_LISTS, NEED_ROW | NEED_LIVE | NEED_AGENT, "", "do the recommended next step, after showing it") \
    X(CLAIM,       "claim",        IN_LISTS, NEED_WRITE, "", "make it mine")                                \
    X(RELEASE,     "release",      IN_LISTS, NEED_WRITE, "", "give it back to the queue")                   \
    X(ASSIGN,      "assign",       IN_LISTS, NEED_WRITE, "person", "hand it to somebody")                   \
    X(TAKE_NEXT,   "take-next",    IN_LISTS, NEED_LIVE | NEED_AGENT, "", "take the most urgent one nobody owns") \
    X(SNOOZE,      "snooze",       IN_LISTS, NEED_WRITE, "duration|time|scan", "out of sight for a time, until a time, or until the next scan") \
    X(WAIT,        "wait",         IN_LISTS, NEED_WRITE, "duration", "waiting on the customer; stops the SLA clock") \
    X(WORK,        "work",         IN_LISTS, NEED_WRITE, "", "back to working: wakes a snoozed or waiting one") \
    X(NOTE,        "note",         IN_LISTS, NEED_WRITE, "text", "add an internal note")                    \
    X(SEVERITY,    "severity",     IN_LISTS, NEED_WRITE, "low|medium|high|critical", "set the severity")    \
    X(RESOLVE,     "resolve",      IN_LISTS, NEED_WRITE, "code", "resolve with a resolution code")          \
    X(REOPEN,      "reopen",       IN_LISTS, NEED_WRITE, "reason", "open a resolved one again")             \
    X(TAG,         "tag",          IN_LISTS, NEED_WRITE, "tag", "put a tag on it; tag: in a filter finds it")  \
    X(UNTAG,       "untag",        IN_LISTS, NEED_WRITE, "tag", "take a tag off it")                        \
    X(CONTACT,     "contact",      IN_LISTS, NEED_WRITE, "driver", "the customer got in touch: log what about") \
    X(UNDO,        "undo",         IN_LISTS | IN_COMPOSE | IN_BULK | IN_CASES | IN_CASE | IN_BATCHES | IN_BOARD, NEED_LIVE | NEED_AGENT, "", "take back my last action")        \
    X(COPY,        "copy",         IN_LISTS, NEED_ROW, "", "copy the tracking number")                      \
    X(COPY_LINK,   "copy-link",    IN_LISTS, NEED_ROW, "", "copy the carrier's tracking link")              \
    /* writing to customers */                                                                              \
    X(MESSAGE,     "message",      IN_LISTS, NEED_WRITE, "", "write to the customer; to several at once when several are selected") \
    X(MESSAGE_ALL, "message-all",  IN_QUEUE, NEED_WRITE, "", "write to every customer selected")            \
    X(MACRO,       "macro",        IN_LISTS, NEED_WRITE, "name", "a message with what comes after it; without a name: a list of them") \
    X(SEND,        "send",         IN_COMPOSE | IN_BULK, NEED_LIVE | NEED_AGENT, "", "send, after showing to whom") \
    X(NEXT_CHANNEL, "next-channel", IN_COMPOSE, NEED_NOTHING, "", "next channel: e-mail, SMS, WhatsApp")     \
    X(PREV_CHANNEL, "previous-channel", IN_COMPOSE, NEED_NOTHING, "", "previous channel")                    \
    X(EDIT_TEXT,   "edit-text",    IN_COMPOSE, NEED_AGENT, "", "change the text of the message")            \
    X(EDIT_SUBJECT, "edit-subject", IN_COMPOSE, NEED_AGENT, "", "change its subject")                       \
    X(PASS,        "pass-warnings", IN_COMPOSE | IN_BULK, NEED_AGENT, "reason", "send in spite of warnings, for a reason (leads)") \
    X(REVERT,      "use-template", IN_COMPOSE, NEED_LIVE, "", "the template's own text again")              \
    X(DISCARD,     "discard-draft", IN_COMPOSE, NEED_AGENT, "", "throw the draft away")                      \
    X(NEXT_LIST,   "next-list",    IN_BULK | IN_CASES | IN_BATCHES | IN_SHEET, NEED_NOTHING, "", "the next of the lists this screen has") \
    X(PREV_LIST,   "previous-list", IN_BULK | IN_CASES | IN_BATCHES | IN_SHEET, NEED_NOTHING, "", "the list before")                            \
    X(CANCEL_MESSAGE, "cancel-message", IN_DETAIL, NEED_LIVE | NEED_AGENT, "", "stop the chosen message, if it has not gone out") \
    X(RETRY_MESSAGE, "retry-message", IN_DETAIL, NEED_LIVE | NEED_AGENT, "", "send the chosen message again: failed, held or cancelled") \
    X(MARK_SENT,   "mark-sent",    IN_DETAIL, NEED_LIVE | NEED_AGENT, "", "the message whose outcome is not known did go out") \
    X(MARK_FAILED, "mark-failed",  IN_DETAIL, NEED_LIVE | NEED_AGENT, "", "the message whose outcome is not known did not go out") \
    /* cases */                                                                                             \
    X(CASE,        "case",         IN_LISTS, NEED_WRITE, "customer|carrier_trace|claim|internal", "open a case with its context filled in; of a selection one each") \
    X(CASES,       "cases",        IN_LISTS | IN_BATCHES, NEED_NOTHING, "open|mine|conflict|all", "the cases")  \
    X(SHOW_CASE,   "show-case",    IN_CASES, NEED_NOTHING, "", "the case in full; from there, its exception") \
    X(CASE_NOTE,   "case-note",    IN_CASE | IN_FORM, NEED_AGENT, "text", "an internal note on the case: never sent to the customer") \
    X(CASE_STATE,  "case-state",   IN_CASE, NEED_LIVE | NEED_AGENT, "open|pending|solved|closed", "where the case stands") \
    X(CASE_PRIORITY, "case-priority", IN_CASE | IN_FORM, NEED_AGENT, "low|normal|high|urgent", "its priority")  \
    X(CASE_OWNER,  "case-owner",   IN_CASE, NEED_LIVE | NEED_AGENT, "person", "who works on it")             \
    X(CASE_SUBJECT, "case-subject", IN_CASE | IN_FORM, NEED_AGENT, "text", "its subject")                    \
    X(CASE_LINK,   "case-link",    IN_CASE, NEED_LIVE | NEED_AGENT, "numbers", "link more exceptions to it")  \
    X(CASE_TAG,    "case-tag",     IN_CASE | IN_FORM, NEED_AGENT, "tags", "its tags: a word puts one on, -word takes one off") \
    X(CASE_MERGE,  "case-merge",   IN_CASE, NEED_LIVE | NEED_AGENT, "case", "merge it into another case")     \
    X(CASE_RETRY,  "retry-sync",   IN_CASE, NEED_LIVE | NEED_AGENT, "", "tell the helpdesk again what it has not heard") \
    X(CASE_TAKE,   "take-theirs",  IN_CASE, NEED_LIVE | NEED_AGENT, "", "both sides changed: the helpdesk's word counts") \
    X(CASE_KEEP,   "keep-ours",    IN_CASE, NEED_LIVE | NEED_AGENT, "", "both sides changed: our word counts") \
    X(CASE_OPEN,   "open-case",    IN_FORM, NEED_LIVE | NEED_AGENT, "", "open the case as it is shown")       \
    /* overrides */                                                                                         \
    X(OVERRIDE,    "override",     IN_LISTS, NEED_WRITE, "status", "set the status by hand, after seeing what that does; of a selection: leads") \
    X(OVERRIDE_APPLY, "apply-override", IN_OVERRIDE, NEED_LIVE | NEED_AGENT, "count", "do it; more than 20 by typing how many") \
    X(OVERRIDE_NOTE, "override-note", IN_OVERRIDE, NEED_AGENT, "text", "say why, for whoever meets it later") \
    X(OVERRIDE_UNTIL, "override-until", IN_OVERRIDE, NEED_AGENT, "duration|time", "until when it holds; nothing for the usual") \
    X(OVERRIDE_STATUS, "override-status", IN_OVERRIDE, NEED_AGENT, "", "another status")                    \
    X(OVERRIDE_REASON, "override-reason", IN_OVERRIDE, NEED_AGENT, "", "another reason")                    \
    X(OVERRIDE_REVERT, "revert-override", IN_LISTS, NEED_WRITE, "", "take back the override in force; of a selection: leads") \
    X(BATCHES,     "batches",      IN_LISTS | IN_CASES, NEED_NOTHING, "", "batches of overrides: waiting for a second lead, mine, all") \
    X(SHOW_BATCH,  "show-batch",   IN_BATCHES, NEED_NOTHING, "", "the exceptions of the batch, in the queue")   \
    X(BATCH_APPROVE, "approve",    IN_BATCHES, NEED_LIVE | NEED_LEAD, "", "approve the batch: it is applied") \
    X(BATCH_REJECT, "reject",      IN_BATCHES, NEED_LIVE | NEED_LEAD, "reason", "reject the batch, saying why") \
    X(BATCH_WITHDRAW, "withdraw",  IN_BATCHES, NEED_LIVE | NEED_AGENT, "", "take my own batch back before it is decided") \
    X(BATCH_REVERT, "revert-batch", IN_BATCHES, NEED_LIVE | NEED_LEAD, "count", "take the whole batch back: each shipment as it was") \
    /* choosing */                                                                                          \
    X(SELECT,      "select",       IN_QUEUE, NEED_ROW, "", "select the row, or drop it from the selection") \
    X(SELECT_PAGE, "select-page",  IN_QUEUE, NEED_ROW, "", "select every row on the screen")                \
    X(SELECT_ALL,  "select-all",   IN_QUEUE, NEED_LIVE, "", "select everything under this filter")          \
    X(RESULTS,     "results",      IN_LISTS, NEED_NOTHING, "", "what the last action refused, and why")      \
    X(SELECT_NONE, "select-none",  IN_QUEUE, NEED_NOTHING, "", "drop the selection")                        \
    /* outages */                                                                                           \
    X(BOARD,       "board",        IN_LISTS | IN_BOARD, NEED_NOTHING, "", "carriers and their lanes: open, new, usual, last scan; outages") \
    X(DECLARE,     "outage-declare", IN_LISTS | IN_BOARD, NEED_LIVE | NEED_LEAD, "filter", "declare an outage, after looking at what it would do (leads)") \
    X(OUTAGE_SET,  "outage-set",   IN_LISTS | IN_BOARD, NEED_LIVE | NEED_LEAD, "number", "change an outage's message, end, holds or SLA pause (leads)") \
    X(OUTAGE_END,  "outage-end",   IN_LISTS | IN_BOARD, NEED_LIVE | NEED_LEAD, "number", "end an outage, after showing what that does (leads)") \
    X(OUTAGE_MESSAGE, "outage-message", IN_LISTS | IN_BOARD, NEED_LIVE | NEED_AGENT, "number", "write to every customer in an outage, with its wording") \
    X(DISMISS,     "dismiss",      IN_BOARD, NEED_LIVE | NEED_LEAD, "", "this suggestion is no outage (leads)") \
    X(UNFOLD,      "unfold",       IN_BOARD, NEED_NOTHING, "", "into the carrier's lanes, the outage's exceptions, the suggestion") \
    X(FOLD,        "fold",         IN_QUEUE | IN_BOARD, NEED_NOTHING, "", "back from an outage's rows, or from a carrier's lanes") \
    X(BOARD_SORT,  "sort-board",   IN_BOARD, NEED_NOTHING, "", "by ratio, by how many are open, by name") \
    X(GROUP,       "group-outages", IN_QUEUE, NEED_NOTHING, "", "outages as one line each, or among the rest") \
    X(CHANGE_FIELD, "change-field",       IN_OUTAGE, NEED_NOTHING, "", "change what the cursor is on")              \
    X(OUTAGE_CONFIRM, "outage-confirm",      IN_OUTAGE, NEED_LIVE | NEED_LEAD, "", "declare or change the outage as it stands here") \
    /* what is known */                                                                                     \
    X(REPORTS,     "reports",      IN_BROWSE, NEED_NOTHING, "exceptions|heat|ontime|response|messages|contacts|csat|agents", "numbers of a period against the one before") \
    X(NEXT_REPORT, "next-report",  IN_REPORT, NEED_NOTHING, "", "the next report")                        \
    X(PREV_REPORT, "previous-report", IN_REPORT, NEED_NOTHING, "", "the report before")                   \
    X(REPORT_PERIOD, "report-period", IN_REPORT, NEED_NOTHING, "", "choose the period")                   \
    X(REPORT_BY,   "report-by",    IN_REPORT, NEED_NOTHING, "", "choose what it is grouped by")           \
    X(REPORT_ONLY, "report-only",  IN_REPORT, NEED_NOTHING, "", "only a carrier, a kind, a brand")        \
    X(REPORT_LEFT, "report-left",  IN_REPORT, NEED_NOTHING, "", "the number to the left")                 \
    X(REPORT_RIGHT, "report-right", IN_REPORT, NEED_NOTHING, "", "the number to the right")               \
    X(REPORT_QUEUE, "report-queue", IN_REPORT, NEED_LIVE, "", "the queue behind the number")              \
    X(KNOWLEDGE,   "knowledge",    IN_BROWSE, NEED_NOTHING, "", "a menu of the lists behind the queue: dictionary, rules, playbooks, mismatches, contacts, log") \
    X(DICTIONARY,  "dictionary",   IN_BROWSE, NEED_LIVE, "", "what carriers' codes mean, and codes that mean nothing yet") \
    X(RULES,       "rules",        IN_BROWSE, NEED_LIVE, "", "what is done by itself, how often it was, and what it left alone") \
    X(PLAYBOOKS,   "playbooks",    IN_BROWSE, NEED_LIVE, "", "what is done about each kind of exception, step by step") \
    X(MISMATCHES,  "mismatches",   IN_BROWSE, NEED_LIVE, "", "what customers were told that was not so, late, twice or not at all") \
    X(CONTACTS,    "contacts",     IN_BROWSE, NEED_LIVE, "", "customers who got in touch: what about, before or after our message, and again") \
    X(AUDIT_LOG,   "audit-log",    IN_BROWSE, NEED_LIVE | NEED_LEAD, "", "who changed what everybody works by (leads)") \
    X(SHEET_OPEN,  "open-line",    IN_SHEET, NEED_NOTHING, "", "what is behind the line: a list of its own, its exception, or all of it") \
    X(SHEET_WHOLE, "whole-line",   IN_SHEET, NEED_NOTHING, "", "all there is of the line, and back")       \
    X(SHEET_SEARCH, "search",      IN_SHEET, NEED_LIVE, "text", "only lines with this text; nothing for all of them") \
    X(MAP_CODE,    "map-code",     IN_DICTIONARY, NEED_LIVE | NEED_AGENT, "", "draft what the code means; a lead approves it") \
    X(RELABEL,     "relabel",      IN_DICTIONARY, NEED_LIVE | NEED_AGENT, "", "draft the label agents read, in a language") \
    X(REWORD,      "reword",       IN_DICTIONARY, NEED_LIVE | NEED_AGENT, "", "draft what customers read of it, in a language") \
    X(RETIRE,      "retire-entry", IN_DICTIONARY, NEED_LIVE | NEED_AGENT, "", "draft that the entry goes")    \
    X(IGNORE_CODE, "ignore-code",  IN_DICTIONARY, NEED_LIVE | NEED_AGENT, "", "put the unknown code aside, or back on the list") \
    X(DRAFT_APPROVE, "approve-draft", IN_DICTIONARY, NEED_LIVE | NEED_LEAD, "", "approve the draft, after looking at what it changes (leads)") \
    X(DRAFT_REJECT, "reject-draft", IN_DICTIONARY, NEED_LIVE | NEED_AGENT, "", "reject the draft, or take my own back") \
    X(REREAD,      "reread",       IN_DICTIONARY, NEED_LIVE | NEED_LEAD, "", "have past scans of the code read anew, after looking at what that changes (leads)") \
    X(RULE_NEW,    "rule-new",     IN_RULES, NEED_LIVE | NEED_AGENT, "", "write a rule; it is off until a lead switches it on") \
    X(RULE_EDIT,   "rule-edit",    IN_RULES, NEED_LIVE | NEED_AGENT, "", "change what the rule does")        \
    X(RULE_TEST,   "rule-test",    IN_RULES, NEED_LIVE, "", "what the rule would have done in the last 7 days, and what guardrails would have stopped") \
    X(RULE_OFF,    "rule-off",     IN_RULES, NEED_LIVE | NEED_LEAD, "", "switch the rule off, at once (leads)") \
    X(RULE_ON,     "rule-on",      IN_RULES, NEED_LIVE | NEED_LEAD, "", "switch the rule on for a share of shipments, or change the share (leads)") \
    X(RULE_DELETE, "rule-delete",  IN_RULES, NEED_LIVE | NEED_LEAD, "", "delete the rule; what it did stays in the timelines (leads)") \
    X(RULES_STOP,  "rules-stop",   IN_RULES, NEED_LIVE | NEED_LEAD, "", "stop all rules (leads)")            \
    X(RULES_GO,    "rules-go",     IN_RULES, NEED_LIVE | NEED_LEAD, "", "let the rules go on after a stop (leads)") \
    /* looking */                                                                                           \
    X(FILTER,      "filter",       IN_QUEUE, NEED_NOTHING, "filter", "filter this view")                    \
    X(VIEW,        "view",         IN_QUEUE, NEED_NOTHING, "number|name", "show a saved view")              \
    X(NEXT_VIEW,   "next-view",    IN_QUEUE, NEED_NOTHING, "", "next view")                                 \
    X(PREV_VIEW,   "previous-view",IN_QUEUE, NEED_NOTHING, "", "previous view")                             \
    X(SAVE_VIEW,   "save-view",    IN_QUEUE, NEED_LIVE, "name", "keep this filter as a view of mine")       \
    X(DELETE_VIEW, "delete-view",  IN_QUEUE, NEED_LIVE, "", "delete this view of mine")                     \
    X(SORT,        "sort",         IN_QUEUE, NEED_NOTHING, "order", "choose the order")                     \
    X(REFRESH,     "refresh",      IN_LISTS | IN_PROMPT | IN_MENU | IN_COMPOSE | IN_CASES | IN_CASE | IN_OVERRIDE | IN_BATCHES | IN_BOARD | IN_OUTAGE | IN_SHEET | IN_REPORT, 0, "", "read everything again, or connect again")                        \
    /* the program */                                                                                       \
    X(COMMAND,     "command",      IN_ANY, NEED_NOTHING, "", "command palette")                             \
    X(HELP,        "help",         IN_ANY, NEED_NOTHING, "", "keys and actions")                            \
    X(THEME,       "theme",        IN_ANY, NEED_NOTHING, "name", "change the theme")                        \
    X(REDRAW,      "redraw",       IN_ANY | IN_TEXT | IN_MENU, NEED_NOTHING, "", "draw the screen anew")                        \
    X(SUSPEND,     "suspend",      IN_ANY, NEED_NOTHING, "", "to the shell, if this session has one")       \
    X(QUIT,        "quit",         IN_ANY, NEED_NOTHING, "", "leave")                                       \
    /* prompts and menus */                                                                                 \
    X(ACCEPT,      "accept",       IN_PROMPT | IN_MENU, NEED_NOTHING, "", "take what is there")             \
    X(COMPLETE,    "complete",     IN_PROMPT, NEED_NOTHING, "", "complete the word")                        \
    X(COMPLETE_BACK, "complete-back", IN_PROMPT, NEED_NOTHING, "", "the completion before")                 \
    X(HISTORY_PREV,"history-previous", IN_PROMPT, NEED_NOTHING, "", "earlier input")                        \
    X(HISTORY_NEXT,"history-next", IN_PROMPT, NEED_NOTHING, "", "later input")                              \
    X(EDIT_UP,     "edit-up",      IN_EDITOR, NEED_NOTHING, "", "a row up")                                \
    X(EDIT_DOWN,   "edit-down",    IN_EDITOR, NEED_NOTHING, "", "a row down")                              \
    X(EDIT_PAGE_UP, "edit-page-up", IN_EDITOR, NEED_NOTHING, "", "a page up")                              \
    X(EDIT_PAGE_DOWN, "edit-page-down", IN_EDITOR, NEED_NOTHING, "", "a page down")                        \
    X(EDIT_TOP,    "edit-top",     IN_EDITOR, NEED_NOTHING, "", "to the beginning of the text")            \
    X(EDIT_BOTTOM, "edit-bottom",  IN_EDITOR, NEED_NOTHING, "", "to the end of the text")                  \
    X(EDIT_NEWLINE, "edit-newline", IN_EDITOR, NEED_NOTHING, "", "a new line")                             \
    X(EDIT_UNDO,   "edit-undo",    IN_EDITOR, NEED_NOTHING, "", "take back the last change of the text")   \
    X(EDIT_REDO,   "edit-redo",    IN_EDITOR, NEED_NOTHING, "", "do it again")                             \
    X(EDIT_LEFT,   "edit-left",    IN_TEXT, NEED_NOTHING, "", "a character left")                         \
    X(EDIT_RIGHT,  "edit-right",   IN_TEXT, NEED_NOTHING, "", "a character right")                        \
    X(EDIT_WORD_LEFT,  "edit-word-left",  IN_TEXT, NEED_NOTHING, "", "a word left")                       \
    X(EDIT_WORD_RIGHT, "edit-word-right", IN_TEXT, NEED_NOTHING, "", "a word right")                      \
    X(EDIT_HOME,   "edit-home",    IN_TEXT, NEED_NOTHING, "", "to the beginning")                         \
    X(EDIT_END,    "edit-end",     IN_TEXT, NEED_NOTHING, "", "to the end")                               \
    X(EDIT_BACKSPACE, "edit-backspace", IN_TEXT, NEED_NOTHING, "", "delete the character before")         \
    X(EDIT_DELETE, "edit-delete",  IN_TEXT, NEED_NOTHING, "", "delete the character under the cursor")    \
    X(EDIT_KILL_WORD, "edit-kill-word", IN_TEXT, NEED_NOTHING, "", "delete the word before")              \
    X(EDIT_KILL_LINE, "edit-kill-line", IN_TEXT, NEED_NOTHING, "", "delete to the beginning")             \
    X(EDIT_KILL_END, "edit-kill-end", IN_TEXT, NEED_NOTHING, "", "delete to the end")

enum action {
#define X(id, name, contexts, needs, argument, help) ACTION_##id,
    ACTIONS(X)
#undef X
    ACTION_COUNT
};

struct action_info {
    const char *name;
    unsigned contexts, needs;
    const char *argument;
    const char *help;
};

const struct action_info *action_info(enum action a);
bool action_parse(const char *s, size_t n, enum action *out);
/* A context's name in keymaps ("queue" "detail" "lists" … "any") -> bits; 0 when unknown. */
unsigned action_context_parse(const char *s, size_t n);
/* The i-th of these names and its bits; NULL past the end. What it is, of one context: a few words; of several: "". */
const char *action_context_at(int i, unsigned *bits);
const char *action_context_help(unsigned bits);

#endif
