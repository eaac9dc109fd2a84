/* SPDX-License-Identifier: Apache-2.0 */
/* What a group directory can do as a target, and looking up what became of a change. */
#include <string.h>

#include "connect/ldap/session/session.h"
#include "connect/ldap/write/write.h"

int ldap_abilities(struct connection *connection, struct arena *arena, struct abilities *ret,
		   struct err *err)
{
	struct ldap_connection *c = connection_own(ldap_connection, connection);
	(void)err;
	*ret = (struct abilities){0};
	if (c->settings.groups.base)
		ret->flags = ABILITY_GROUPS | ABILITY_MEMBERS;
	if (c->settings.empty == EMPTY_DELETE)
		ret->flags |= ABILITY_NO_EMPTY_GROUPS;
	ret->removal = STR("the person is not touched, only memberships are");
	if (c->settings.roles) {
		ret->role_style = ROLE_GROUP;
		ret->role_group = arena_str(arena, str_of(c->settings.roles));
	}
	return 0;
}

/* A new group: by its mark, else by its name if that one carries the mark. */
static int find_created(struct ldap_connection *c, const struct object *team,
			const struct change *change, struct arena *arena, enum found *ret,
			str *ret_id, struct err *err)
{
	str dn, mark;
	bool found = false;

	if (group_by_mark(c, team->source_id, arena, &dn, ret_id, err) < 0)
		return -1;
	if (ret_id->n == 0) {
		dn = group_new_dn(c, team_name(team, change), arena);
		if (group_identify(c, dn.p, arena, &found, ret_id, &mark, err) < 0)
			return -1;
		if (!found || !mark.n || !str_equal(mark, team->source_id))
			*ret_id = STR("");
	}
	*ret = ret_id->n ? FOUND : FOUND_NOT;
	return 0;
}

static int find_member(struct ldap_connection *c, const struct known_group *group,
		       const struct object *user, struct arena *arena, enum found *ret,
		       struct err *err)
{
	struct ldap_result a;
	str member;

	if (member_value(c, group->class, user, arena, &member, err) < 0)
		return -1;
	*ret = FOUND_NOT;
	if (member.n == 0)
		return 0;
	if (group_compare(c, group, member, &a, err) < 0)
		return -1;
	if (a.code == LDAP_COMPARE_TRUE)
		*ret = FOUND;
	else if (a.code != LDAP_COMPARE_FALSE && a.code != LDAP_NO_SUCH_ATTRIBUTE &&
		 a.code != LDAP_NO_SUCH_OBJECT)
		return ldap_result_err(c->session, &a, err, "compare members of %.*s",
				       STR_ARG(group->dn));
	return 0;
}

/* Does the group go by its new name? */
static bool has_name(const struct known_group *group, str name)
{
	struct arena arena = {0};
	str type, value;
	bool same = dn_first(group->dn, &arena, &type, &value) && str_equal(value, name);

	arena_clear(&arena);
	return same;
}

/*
 * A new group, a membership or a group is FOUND when it is there; a rename when the group goes by
 * its new name.
 */
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
	if (connection_ready(c, err) < 0)
		return -1;
	if (change->kind == CHANGE_CREATE_TEAM)
		return find_created(c, team, change, arena, ret, ret_id, err);
	if (group_look_up(c, team->target_id, team->dn, &group, &found, err) < 0)
		return -1;
	if (!found || !group.class)
		return 0;
	if (change->kind == CHANGE_ADD_MEMBER || change->kind == CHANGE_REMOVE_MEMBER)
		return find_member(c, &group, &plan->objects.items[change->user], arena, ret, err);
	if (change->kind != CHANGE_UPDATE_TEAM || has_name(&group, team_name(team, change)))
		*ret = FOUND;
	return 0;
}
