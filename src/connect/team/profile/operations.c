/* SPDX-License-Identifier: Apache-2.0 */
/* The tables of words: how a profile writes states, operations and classes, and what they are. */
#include "connect/team/profile/operations.h"

#include "model/ability.h"

const char *const entry_state_names[] = {
	[ENTRY_ACTIVE] = "active",   [ENTRY_SUSPENDED] = "suspended", [ENTRY_INVITED] = "invited",
	[ENTRY_EXPIRED] = "expired", [ENTRY_ACCEPTED] = "accepted",   [ENTRY_REVOKED] = "revoked",
	[ENTRY_REFUSED] = "refused", [ENTRY_GONE] = "gone",           [ENTRY_UNKNOWN] = NULL,
};

const char *entry_state_text(enum entry_state state)
{
	return state == ENTRY_UNKNOWN ? "unknown" : entry_state_names[state];
}

const char *const op_names[] = {
	[OP_INVITE] = "invite",     [OP_INVITE_ROLE] = "invite_role",
	[OP_SET_ROLE] = "set_role", [OP_REVOKE] = "revoke",
	[OP_REMOVE] = "remove",     [OP_RESEND] = "resend",
	[OP_LIST] = "list",         NULL,
};

enum team_op op_find(str name)
{
	enum team_op op = 0;

	while (op < OP_COUNT && !str_equal(name, str_of(op_names[op])))
		op++;
	return op;
}

const struct op_traits op_traits[OP_COUNT] = {
	[OP_INVITE] = {CHANGE_INVITE, .invite_words = true, .ability = ABILITY_INVITE},
	[OP_INVITE_ROLE] = {CHANGE_SET_ROLE, .of_invitation = true, .invite_words = true,
			    .ability = ABILITY_INVITE_ROLE},
	[OP_SET_ROLE] = {CHANGE_SET_ROLE, .ability = ABILITY_SET_ROLE},
	[OP_REVOKE] = {CHANGE_REVOKE, .of_invitation = true, .ability = ABILITY_REVOKE},
	[OP_REMOVE] = {CHANGE_DELETE_USER, .ability = ABILITY_DELETE_USERS},
	[OP_RESEND] = {CHANGE_RESEND, .of_invitation = true, .invite_words = true,
		       .ability = ABILITY_RESEND},
};

bool op_of_change(const struct change *change, enum team_op *ret)
{
	for (enum team_op op = 0; op < OP_COUNT; op++) {
		const struct op_traits *traits = &op_traits[op];
		bool fits = traits->of_invitation == (change->invitation.n > 0);

		/* Only a change of roles is two operations. */
		if (traits->change == change->kind && (fits || change->kind != CHANGE_SET_ROLE)) {
			*ret = op;
			return true;
		}
	}
	return false;
}

const char *const class_names[] = {
	[CLASS_DONE] = "done",       [CLASS_ALREADY] = "already",
	[CLASS_GONE] = "gone",       [CLASS_RETRY] = "retry",
	[CLASS_AUTH] = "auth",       [CLASS_FORBIDDEN] = "forbidden",
	[CLASS_REFUSED] = "refused", [CLASS_PERSON] = "person",
	[CLASS_QUOTA] = "quota",     NULL,
};
