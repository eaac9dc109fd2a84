/* SPDX-License-Identifier: Apache-2.0 */
/* Words for the states of an invitation. */
#include "model/entry.h"

const char *invitation_state_text(enum invitation_state state)
{
	static const char *const texts[] = {"pending", "accepted", "expired",
					    "revoked", "refused",  "revoked by hand"};

	return texts[state];
}
