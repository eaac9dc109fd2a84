/* SPDX-License-Identifier: Apache-2.0 */
/* The table of verbs of the team connector, and the short ones: open, abilities, close. */
#include <stdlib.h>

#include "connect/team/internal.h"
#include "connect/team/read/read.h"
#include "connect/team/team.h"
#include "connect/team/write/write.h"

static void team_close(struct connection *connection)
{
	struct team_connection *c = connection_own(team_connection, connection);

	if (!c)
		return;
	http_close(c->http);
	secret_free(c->key);
	secret_free(c->second_key);
	lookup_close(c);
	last_read_clear(&c->last_read);
	list_clear(&c->catalogue);
	list_clear(&c->parameters.items);
	profile_clear(c->profile);
	diag_clear(&c->diags);
	arena_clear(&c->arena);
	free(c);
}

static int team_open(const struct system *system, const struct connect_options *options,
		     struct connection **ret, struct err *err)
{
	struct team_connection *c = mem_alloc(1, sizeof *c);

	c->base.options = *options;
	if (team_settings_read(system, c, err) < 0 || http_open(&c->settings, &c->http, err) < 0) {
		team_close(&c->base);
		return -1;
	}
	*ret = &c->base;
	return 0;
}

static uint32_t ability_flags(const struct team_connection *c)
{
	uint32_t flags = 0;

	for (enum team_op op = 0; op < OP_COUNT; op++)
		if (c->profile->operations[op].steps.count)
			flags |= op_traits[op].ability;
	return flags;
}

static str missing_text(const struct team_connection *c, enum team_op op, struct arena *arena)
{
	return arena_str(arena, c->profile->operations[op].missing);
}

/* What a team API shows of a person; nothing of it is written but the role. */
static const char *const shown_attributes[] = {
	PATH_USERNAME,     PATH_EMAILS, PATH_DISPLAYNAME, "name.formatted", "name.givenName",
	"name.familyName", NULL,
};

static int team_abilities(struct connection *connection, struct arena *arena, struct abilities *ret,
			  struct err *err)
{
	struct team_connection *c = connection_own(team_connection, connection);

	if (catalogue_read(c, err) < 0)
		return -1;
	*ret = (struct abilities){
		.flags = ability_flags(c),
		.role_style = ROLE_USER,
		.single_team = true,
		.one_team_each = c->profile->one_team_each,
		.eventual = c->profile->eventual > 0,
		.eventual_grace = c->profile->eventual,
		.removal = arena_str(arena, c->profile->removal),
		.missing_invite = missing_text(c, OP_INVITE, arena),
		.missing_remove = missing_text(c, OP_REMOVE, arena),
		.missing_revoke = missing_text(c, OP_REVOKE, arena),
		.missing_resend = missing_text(c, OP_RESEND, arena),
		.missing_role = missing_text(c, OP_SET_ROLE, arena),
		.refused_invite = arena_str(arena, c->profile->operations[OP_INVITE].refused),
	};
	roles_put(c, arena, ret);
	for (size_t i = 0; shown_attributes[i]; i++)
		list_push(&ret->attributes, str_of(shown_attributes[i]));
	return 0;
}

const struct connector team_connector = {
	.kind = "team",
	.summary = "a team API with invitations, by a profile (a source or a target)",
	.can = CAN_READ | CAN_WRITE | CAN_MANAGE,
	.example = "annotators",
	.settings = team_keys,
	.validate = team_validate,
	.policy = team_policy,
	.same_service = team_same_service,
	.open = team_open,
	.check = team_check,
	.profile_test = team_profile_test,
	.abilities = team_abilities,
	.snapshot = team_snapshot,
	.find = team_find,
	.apply = team_apply,
	.close = team_close,
};
