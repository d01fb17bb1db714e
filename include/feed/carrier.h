/* Carriers and countries under the one name each has here. */
#ifndef FEED_CARRIER_H
#define FEED_CARRIER_H

#include <stdbool.h>
#include <stddef.h>

#define CARRIER_MOST 24

/* The carrier's code ([a-z0-9_]{1,24}) for any spelling providers use: "UPS", "FedEx",
 * "DHLExpress", "canada-post", "21051" (17TRACK's number). A name that no table knows
 * becomes itself in lower case. Returns bytes in out, terminated; 0: nothing usable. */
size_t carrier_code(const char *name, size_t n, char out[CARRIER_MOST + 1]);

/* ISO 3166 alpha-2 for an alpha-2 or alpha-3 code in any case ("UK" is GB); false: neither. */
bool carrier_country(const char *code, size_t n, char out[2]);

#endif
