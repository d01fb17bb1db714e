/* How a text travels as SMS: 3GPP TS 23.038 (GSM 7-bit default alphabet with its extension table) where every
 * character is in it, else UCS-2; parts of a long one carry a header (TS 23.040 §9.2.3.24.1). */
#ifndef CORE_SMS_H
#define CORE_SMS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct sms_size {
    bool ucs2;
    int units;       /* septets (an extension character counts two), or UTF-16 code units */
    int segments;    /* 1 up to 160 / 70, else of 153 / 67; an escape or surrogate pair is never cut in two, so a part may stay short. 0 for no text */
    int left;        /* units that still fit the last segment */
    uint32_t first;  /* the first character that is not GSM 7-bit, 0 none: what makes it dear */
};
struct sms_size sms_measure(const char *text, size_t n);
const char *sms_encoding_name(const struct sms_size *s);   /* "GSM-7" "UCS-2" */

#endif
