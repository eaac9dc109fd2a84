/* SPDX-License-Identifier: Apache-2.0 */
/* Looking up what became of a change. */
#include "connect/ldap/write/write.h"

#include "connect/ldap/write/internal.h"

/* By its mark, else by its name if that one carries the mark. */
static int created_group_find(struct ldap_connection *c, const struct object *team,
			      const struct change *change, struct arena *arena, str *ret_id,
			      struct err *err)
{
	struct group_identity group;
	str dn;

	if (group_identify_by_mark(c, team->source_id, arena, &group, err) < 0)
		return -1;
	if (group.id.n == 0) {
		dn = group_new_dn(c, team_new_name(team, change), arena);
		if (group_identify(c, dn.p, arena, &group, err) < 0)
			return -1;
		if (!group.mark.n || !str_equal(group.mark, team->source_id))
			group.id = STR("");
	}
	*ret_id = group.id;
	return 0;
}

static int group_member_find(struct ldap_connection *c, const struct known_group *group,
			     const struct object *user, struct arena *arena, enum found *ret,
			     struct err *err)
{
	struct ldap_result result;
	str member;

	if (member_lookup(c, group->class, user, arena, &member, err) < 0)
		return -1;
	*ret = FOUND_NOT;
	if (member.n == 0)
		return 0;
	if (member_compare(c, group, member, &result, err) < 0)
		return -1;
	if (result.code == LDAP_COMPARE_TRUE)
		*ret = FOUND;
	else if (result.code != LDAP_COMPARE_FALSE && result.code != LDAP_NO_SUCH_ATTRIBUTE &&
		 result.code != LDAP_NO_SUCH_OBJECT)
		return ldap_result_err(c->session, &result, err, "compare members of %.*s",
				       STR_ARG(group->dn));
	return 0;
}

/* Does the group go by its new name? */
static bool group_has_name(const struct known_group *group, str name)
{
	struct arena arena = {0};
	str type, value;
	bool same = dn_first(group->dn, &arena, &type, &value) && str_equal(value, name);

	arena_clear(&arena);
	return same;
}

int ldap_find(struct connection *connection, const struct plan *plan, const struct change *change,
	      enum found *ret, struct arena *arena, str *ret_id, struct err *err)
{
	struct ldap_connection *c = connection_own(ldap_connection, connection);
	const struct object *team =
		change->team == ROW_NONE ? NULL : &plan->objects.items[change->team];
	struct known_group group;
	bool found;

	*ret_id = STR("");
	*ret = FOUND_NOT;
	if (!team || !c->settings.groups.base)
		return 0;
	if (ldap_connection_ready(c, err) < 0)
		return -1;
	if (change->kind == CHANGE_CREATE_TEAM) {
		if (created_group_find(c, team, change, arena, ret_id, err) < 0)
			return -1;
		*ret = ret_id->n ? FOUND : FOUND_NOT;
		return 0;
	}
	if (group_lookup(c, team->target_id, team->dn, &group, &found, err) < 0)
		return -1;
	if (!found || !group.class)
		return 0;
	if (change->kind == CHANGE_ADD_MEMBER || change->kind == CHANGE_REMOVE_MEMBER)
		return group_member_find(c, &group, &plan->objects.items[change->user], arena, ret,
					 err);
	if (change->kind != CHANGE_UPDATE_TEAM ||
	    group_has_name(&group, team_new_name(team, change)))
		*ret = FOUND;
	return 0;
}
