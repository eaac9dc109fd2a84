/* SPDX-License-Identifier: Apache-2.0 */
/* How a read fills what it leaves behind. */
#ifndef CONNECT_TEAM_READ_INTERNAL_H
#define CONNECT_TEAM_READ_INTERNAL_H

#include "connect/team/read/read.h"

/* Takes the record over, its values too. False, and nothing taken, when there is one already. */
bool last_read_put(struct team_connection *c, enum record_kind kind, struct entry_record *record);

#endif
