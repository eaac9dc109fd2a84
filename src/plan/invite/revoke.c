/* SPDX-License-Identifier: Apache-2.0 */
/* Taking an invitation back: by the service, or by a person where it has no call for it. */
#include "plan/internal.h"
#include "plan/invite/internal.h"

struct change *revoke_invitation(struct plan_context *w, uint32_t user, const struct invitation *i,
				 str reason)
{
	struct change *c;

	if (!plan_can(w, ABILITY_REVOKE)) {
		handoff_add(w, user, ROW_NONE, plan_text(w, "revoke %.*s", STR_ARG(i->id)),
			    plan_text(w, "revoke the invitation of %.*s (%.*s): %.*s",
				      STR_ARG(i->address), STR_ARG(reason),
				      STR_ARG(w->abilities->missing_revoke)));
		return NULL;
	}
	c = change_add(w, CHANGE_REVOKE, user, ROW_NONE);
	c->invitation = plan_copy(w, i->id);
	c->reason = reason;
	return c;
}
