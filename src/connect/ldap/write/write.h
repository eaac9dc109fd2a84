/* SPDX-License-Identifier: Apache-2.0 */
/* The door to writing groups in a directory, and to finding out what became of a write. */
#ifndef CONNECT_LDAP_WRITE_WRITE_H
#define CONNECT_LDAP_WRITE_WRITE_H

#include "connect/connect.h"

/*
 * The verb `apply` of the connector: teams become groups with the mark of ownership, memberships
 * values of their member attribute; changes of people are refused. Many groups are under way on one
 * connection, each with at most one request. A lost connection is taken up again, and what was
 * under way is looked up before anything of it is sent again.
 */
int ldap_apply(struct connection *connection, struct plan *plan, struct change **batch,
	       size_t count, outcome_sink *sink, void *context, struct err *err);

/*
 * The verb `find`: a new group is found by its mark, or by its name when it carries the mark; a
 * membership or a group is FOUND when it is there, a rename when the group goes by its new name.
 */
int ldap_find(struct connection *connection, const struct plan *plan, const struct change *change,
	      enum found *ret, struct arena *arena, str *ret_id, struct err *err);

#endif
