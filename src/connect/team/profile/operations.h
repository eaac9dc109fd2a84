/* SPDX-License-Identifier: Apache-2.0 */
/* The words that profiles and engine share: states, operations, and what answers mean. */
#ifndef CONNECT_TEAM_PROFILE_OPERATIONS_H
#define CONNECT_TEAM_PROFILE_OPERATIONS_H

#include "base/str.h"
#include "model/plan.h"

/* What an entry of a list is. */
enum entry_state {
	ENTRY_ACTIVE,
	ENTRY_SUSPENDED, /* a member without rights */
	ENTRY_INVITED,
	ENTRY_EXPIRED,
	ENTRY_ACCEPTED, /* an invitation that has done its work */
	ENTRY_REVOKED,
	ENTRY_REFUSED,
	ENTRY_GONE, /* as if it were not listed */
	ENTRY_UNKNOWN, /* the profile has no name for it */
};
extern const char *const entry_state_names[]; /* by enum entry_state; ends with NULL */
const char *entry_state_text(enum entry_state state); /* "unknown" as well */

/* What can be done to a team. */
enum team_op {
	OP_INVITE,
	OP_INVITE_ROLE, /* the role of a pending invitation */
	OP_SET_ROLE,
	OP_REVOKE,
	OP_REMOVE,
	OP_RESEND,
	OP_COUNT,
	OP_LIST = OP_COUNT,
};
extern const char *const op_names[]; /* by enum team_op, OP_LIST included; ends with NULL */
enum team_op op_find(str name); /* OP_COUNT: there is none of that name */

/* What an operation is to the rest of the program. */
struct op_traits {
	enum change_kind change; /* that it carries out */
	bool of_invitation; /* one kind of change is two operations: of a pending invitation, or not
			     */
	bool invite_words; /* its roles are told in the words for invitations (invite_value) */
	uint32_t ability; /* of a target whose profile has it (model/ability.h) */
};
extern const struct op_traits op_traits[OP_COUNT]; /* by enum team_op */
/* The operation that carries a change out; false: a team has none for it. */
bool op_of_change(const struct change *change, enum team_op *ret);

/* What an answer means. */
enum answer_class {
	CLASS_DONE,
	CLASS_ALREADY, /* it held before */
	CLASS_GONE, /* what is to be changed is not there */
	CLASS_RETRY, /* later it may work */
	CLASS_AUTH, /* the key is not accepted: nothing will work */
	CLASS_FORBIDDEN, /* the key is good and has no right to do that: nothing will work */
	CLASS_REFUSED, /* this change will not work */
	CLASS_PERSON, /* nor ever, unless a person sees to it */
	CLASS_QUOTA, /* no seat is left, or the plan that was bought has no such thing */
};
extern const char *const class_names[]; /* by enum answer_class; ends with NULL */

#endif
