/* SPDX-License-Identifier: Apache-2.0 */
/* What is true of every kind of change, and its words. */
#include "model/change.h"

struct kind_facts {
	const char *text;
	bool sends, removes;
};

static const struct kind_facts facts[] = {
	[CHANGE_ADOPT_USER] = {"adopt user", false, false},
	[CHANGE_ADOPT_TEAM] = {"adopt team", false, false},
	[CHANGE_CREATE_USER] = {"create user", true, false},
	[CHANGE_CREATE_TEAM] = {"create team", true, false},
	[CHANGE_UPDATE_USER] = {"update user", true, false},
	[CHANGE_UPDATE_TEAM] = {"update team", true, false},
	[CHANGE_INVITE] = {"invite", true, false},
	[CHANGE_RESEND] = {"resend invitation", true, false},
	[CHANGE_ADD_MEMBER] = {"add member", true, false},
	[CHANGE_SET_ROLE] = {"set role", true, false},
	[CHANGE_REMOVE_MEMBER] = {"remove member", true, true},
	[CHANGE_REVOKE] = {"revoke invitation", true, true},
	[CHANGE_DISABLE_USER] = {"disable user", true, true},
	[CHANGE_DELETE_USER] = {"delete user", true, true},
	[CHANGE_DELETE_TEAM] = {"delete team", true, true},
	[CHANGE_HANDOFF] = {"hand-off", false, false},
	[CHANGE_MISS] = {"miss", false, false},
	[CHANGE_FORGET] = {"forget", false, false},
};

const char *change_kind_text(enum change_kind kind)
{
	return facts[kind].text;
}

bool change_sends(enum change_kind kind)
{
	return facts[kind].sends;
}

bool change_removes(enum change_kind kind)
{
	return facts[kind].removes;
}

const char *outcome_text(enum outcome outcome)
{
	static const char *const texts[] = {
		[OUTCOME_DONE] = "done",
		[OUTCOME_ALREADY] = "already",
		[OUTCOME_REFUSED] = "refused",
		[OUTCOME_LATER] = "later",
		[OUTCOME_UNKNOWN] = "unknown",
		[OUTCOME_SKIPPED] = "skipped",
		[OUTCOME_REFUSED_FOR_GOOD] = "refused",
	};

	return texts[outcome];
}

static const char *const revoke_whys[] = {
	[REVOKE_UNWANTED] = "unwanted",
	[REVOKE_REPLACED] = "replaced",
	[REVOKE_BY_HAND] = "by hand",
};

const char *revoke_why_text(enum revoke_why why)
{
	return revoke_whys[why];
}

enum revoke_why revoke_why_find(str text)
{
	for (int why = 0; why <= REVOKE_BY_HAND; why++)
		if (str_equal(text, str_of(revoke_whys[why])))
			return (enum revoke_why)why;
	return REVOKE_UNWANTED;
}

int change_kind_find(str text)
{
	for (int kind = 0; kind <= CHANGE_FORGET; kind++)
		if (str_equal(text, str_of(change_kind_text((enum change_kind)kind))))
			return kind;
	return -1;
}

enum outcome outcome_find(str text, enum outcome fallback)
{
	for (int outcome = 0; outcome <= OUTCOME_SKIPPED; outcome++)
		if (str_equal(text, str_of(outcome_text((enum outcome)outcome))))
			return (enum outcome)outcome;
	return fallback;
}
