/* SPDX-License-Identifier: Apache-2.0 */
/* Time: the wall clock that tests can set, the steady one for time-outs, and ISO 8601. */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include "base/str.h"

int64_t clock_now(void); /* seconds since 1970, UTC; what clock_set said, if it was called */
/* tests only: from here on the wall clock stands at this time; 0 gives it back */
void clock_set(int64_t seconds);
int64_t clock_ticks(void); /* milliseconds that only grow: for time-outs and rates */
void clock_sleep(int64_t milliseconds);

#define CLOCK_ISO_SIZE 21
void clock_iso(int64_t seconds, char ret[CLOCK_ISO_SIZE]); /* 2026-11-20T08:15:00Z */
void clock_date(int64_t seconds, char ret[11]); /* 2026-11-20 */
/* Reads an xsd:dateTime with zone, fraction allowed (cut), or LDAP generalized time; false when it
 * is neither. */
bool clock_parse(str text, int64_t *ret);

#endif
