/* SPDX-License-Identifier: Apache-2.0 */
/* Removals through the API that the guard holds: what they are, and a person's decision. */
#ifndef STORE_INBOX_HELD_H
#define STORE_INBOX_HELD_H

#include "model/decision.h"
#include "model/inbox_held.h"

struct arena;
struct inbox;

/* How much is held, and since when. */
struct inbox_held inbox_held(struct inbox *inbox);

/* 64 hex digits over exactly what is held, whenever it was; "" when nothing is. */
void inbox_held_checksum(struct inbox *inbox, char ret[HELD_CHECKSUM_SIZE]);

/* Users, then groups, then memberships, by name; `limit` of them at most. Texts live in the arena.
 */
int inbox_held_list(struct inbox *inbox, int64_t limit, struct arena *arena, struct held_list *ret,
		    struct err *err);

/*
 * What is held happens (approve) or did not happen: it is there again for everybody, and the
 * guard's window forgets it. decision_check says what `checksum` must be; CODE_DATA: nothing is
 * held. *ret_decided is what was decided.
 */
int inbox_decide(struct inbox *inbox, str checksum, bool approve, struct inbox_held *ret_decided,
		 struct err *err);

#endif
