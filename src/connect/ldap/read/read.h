/* SPDX-License-Identifier: Apache-2.0 */
/* The door to reading a directory: users and groups become a snapshot. */
#ifndef CONNECT_LDAP_READ_READ_H
#define CONNECT_LDAP_READ_READ_H

#include "connect/connect.h"

/*
 * The verb `snapshot` of the connector. Users are read over the connection's session, groups at the
 * same time over a second one of their own, and what belongs to them afterwards: further ranges of
 * members and, in Active Directory, primary groups. Read as a target, the groups are also
 * remembered by the connection. After a failure the session is given up.
 */
int ldap_snapshot(struct connection *connection, const struct wanted *wanted, struct snapshot *into,
		  struct err *err);

#endif
