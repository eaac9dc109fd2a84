/* SPDX-License-Identifier: Apache-2.0 */
/* The health of a sync at a glance, as data. */
#ifndef MODEL_STATUS_H
#define MODEL_STATUS_H

#include <stdint.h>

struct sync_status {
	int64_t last_run, last_run_at; /* the newest run; 0: none */
	int last_code; /* of the newest run that ended */
	int64_t last_success; /* when a run last ended with code 0 */
	int64_t last_complete; /* when the source was last read to its end */
	uint64_t users, groups; /* links */
	uint64_t held_plans, pending_invitations, open_handoffs, unsettled;
	int64_t oldest_handoff; /* when it was opened; 0: there is none */
	int64_t running; /* the process that holds the lock; 0: nobody */
	int64_t running_since;
};

#endif
