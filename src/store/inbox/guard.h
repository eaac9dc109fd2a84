/* SPDX-License-Identifier: Apache-2.0 */
/* Removals through the API: for good, or held for the connector until someone decides (held.h). */
#ifndef STORE_INBOX_GUARD_H
#define STORE_INBOX_GUARD_H

#include "store/inbox/resource.h"

/* All of them inside a transaction but for those that only read. Times: seconds since 1970. */

/* Gone, its memberships on both sides too; a tombstone stays. Addresses are the caller's to take.
 */
void inbox_delete(struct inbox *inbox, const struct inbox_resource *resource);
/* Takes a member that is nobody out of all groups; does nothing to a user or group. */
void inbox_forget(struct inbox *inbox, str id);

/* Deleted for everybody but the connector, since a time. */
void inbox_hold(struct inbox *inbox, struct inbox_resource *resource, int64_t since);
/* A held one is there again; the version is that of the put or touch that follows. */
void inbox_unhold(struct inbox *inbox, struct inbox_resource *resource);
/* All memberships of a user or group, on both sides, stay for the connector alone, since then. */
void inbox_memberships_hold(struct inbox *inbox, int64_t row, int64_t since);

/* The guard's window: how many users or memberships were removed since a time, held ones too. */
int64_t inbox_removals_since(struct inbox *inbox, enum inbox_kind kind, int64_t since);
/* Notes a removal, and which token did it. held: since when, for what did not happen yet; else 0.
 */
void inbox_removal_add(struct inbox *inbox, enum inbox_kind kind, int64_t count, str token,
		       int64_t held);
/* Forgets what happened before a time; what is held stays known until it is decided. */
void inbox_removals_forget(struct inbox *inbox, int64_t before);
/* Another number after another connection changed the file. */
int64_t inbox_stamp(struct inbox *inbox);

#endif
