/* Customers who get in touch: what it is about, and by which way they came. */
#ifndef CORE_CONTACT_H
#define CORE_CONTACT_H

#include <stdbool.h>
#include <stddef.h>

/* What a person logs. X(ID, name, letter in the menu, label); table contact_driver holds the same. */
#define CONTACT_DRIVERS(X)                                                     \
    X(WISMO,        "wismo",        'w', "where is my parcel")                 \
    X(ADDRESS,      "address",      'a', "new or wrong address")               \
    X(RESCHEDULE,   "reschedule",   'd', "another day or time")                \
    X(PICKUP,       "pickup",       'p', "collect it elsewhere")               \
    X(NOT_RECEIVED, "not_received", 'n', "delivered, but not received")        \
    X(DAMAGED,      "damaged",      'b', "it arrived damaged")                 \
    X(MISSING_ITEM, "missing_item", 'm', "something is missing")               \
    X(REFUND,       "refund",       'r', "wants the money back")               \
    X(CANCEL,       "cancel",       'x', "wants to cancel")                    \
    X(PAYMENT,      "payment",      't', "duty, tax or payment")               \
    X(COMPLAINT,    "complaint",    'c', "a complaint")                        \
    X(OTHER,        "other",        'o', "something else")

/* Ways to get in touch, as contact.via has them. X(ID, name, label) */
#define CONTACT_WAYS(X)                                                        \
    X(EMAIL, "email", "e-mail") X(SMS, "sms", "SMS") X(WHATSAPP, "whatsapp", "WhatsApp") X(PHONE, "phone", "phone") X(CHAT, "chat", "chat") \
    X(SOCIAL, "social", "social") X(FORM, "form", "form") X(IN_PERSON, "in_person", "in person") X(OTHER, "other", "other")

enum contact_driver {
#define X(id, name, key, label) CONTACT_##id,
    CONTACT_DRIVERS(X)
#undef X
    CONTACT_DRIVER_COUNT
};
enum contact_way {
#define X(id, name, label) CONTACT_BY_##id,
    CONTACT_WAYS(X)
#undef X
    CONTACT_WAY_COUNT
};

const char *contact_driver_name(enum contact_driver d);
const char *contact_driver_label(enum contact_driver d);
char contact_driver_key(enum contact_driver d);              /* '\0' past the end */
bool contact_driver_parse(const char *s, size_t n, enum contact_driver *out);
const char *contact_way_name(enum contact_way w);
const char *contact_way_label(enum contact_way w);
bool contact_way_parse(const char *s, size_t n, enum contact_way *out);

#endif
