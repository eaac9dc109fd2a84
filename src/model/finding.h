/* SPDX-License-Identifier: Apache-2.0 */
/* What a look at a system found: a list of good and bad news for a person. */
#ifndef MODEL_FINDING_H
#define MODEL_FINDING_H

#include "base/list.h"
#include "base/str.h"

struct finding {
	bool bad;
	str text; /* "OpenLDAP 2.5, 1,204 users, 38 groups", "may not read member of cn=hr,..." */
};
/* Texts live in the arena. */
struct findings {
	struct arena *arena;
	LIST(struct finding) items;
};
void finding_add(struct findings *f, bool bad, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

#endif
