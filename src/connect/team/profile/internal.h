/* SPDX-License-Identifier: Apache-2.0 */
/* How a profile is made: its keys, its reading, its judging, and those that are in the program. */
#ifndef CONNECT_TEAM_PROFILE_INTERNAL_H
#define CONNECT_TEAM_PROFILE_INTERNAL_H

#include "connect/team/profile/profile.h"

extern const struct key profile_keys[];

/* Fills a profile from its settings and judges what the table of keys cannot (read.c). */
void profile_read(struct profile *p, struct arena *arena, struct diagnostics *diags);
/* Every {name} is one that is known where it stands (check.c). */
void profile_check(const struct profile *p, struct diagnostics *diags);

/* The names of the profiles in the program; ends with NULL. */
extern const char *const profile_names[];

#endif
