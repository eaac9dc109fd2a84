/* SPDX-License-Identifier: Apache-2.0 */
/* Words for the states of an invitation. */
#include "model/entry.h"

const char *invitation_state_text(enum invitation_state state)
{
	static const char *const texts[] = {"pending", "accepted", "expired",
					    "revoked", "refused",  "revoked by hand"};

	return texts[state];
}

enum invitation_state invitation_state_find(str text)
{
	for (int state = 0; state <= INVITATION_WITHDRAWN; state++)
		if (str_equal(text, str_of(invitation_state_text((enum invitation_state)state))))
			return (enum invitation_state)state;
	return INVITATION_PENDING;
}
