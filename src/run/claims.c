/* SPDX-License-Identifier: Apache-2.0 */
/* Who is, or is to be, in another team of a service where nobody can be in two: what the other
 * syncs remember, and whom those want that come first in the configuration. */
#include "base/log.h"
#include "run/internal.h"

static bool is_same_service(const struct system *a, const struct system *b)
{
	return a != b && a->kind == b->kind && a->kind->same_service && a->kind->same_service(a, b);
}

static bool is_claiming(enum invitation_state state)
{
	return state == INVITATION_PENDING || state == INVITATION_ACCEPTED;
}

/* The claims of one other sync. */
struct claimant {
	struct session *s;
	const struct sync *other;
	bool same_people; /* both know people by the same ids, and give none a second address */
};

static void claim_add(const struct claimant *c, str source, str address, enum claim_kind kind)
{
	struct memory *memory = &c->s->memory;

	*list_add(&memory->claims) = (struct claim){
		.address = arena_str(&memory->arena, address),
		.source = arena_str(&memory->arena, c->same_people ? source : STR("")),
		.system = arena_str(&memory->arena, str_of(c->other->to->name)),
		.kind = kind,
	};
}

/* A member who was there before muster has a link, and no invitation. Where the service knows
 * people by their address, the id is the address. */
static void claim_member(void *context, str source, str target)
{
	claim_add(context, source, str_find(target, '@') > 0 ? target : STR(""), CLAIM_HELD);
}

static void claim_wanted(void *context, str source, str address)
{
	claim_add(context, source, address, CLAIM_WANTED);
}

static void claim_invited(const struct claimant *c, const struct memory *memory)
{
	list_each (const struct sent_invitation, i, &memory->invitations)
		if (is_claiming(i->state))
			claim_add(c, i->source, i->address, CLAIM_HELD);
}

/* Whom the other sync wants of a source that was read. */
static int claim_of_read(struct claimant *c, const struct snapshot *source,
			 const struct memory *memory, struct err *err)
{
	struct snapshot nobody;
	struct plan_input input = {
		.policy = &c->other->policy,
		.abilities = &c->s->abilities,
		.source = source,
		.target = &nobody,
		.memory = memory,
		.now = c->s->options->now,
	};
	int rc;

	if (snapshot_open(&nobody, NULL, err) < 0)
		return -1;
	rc = snapshot_seal(&nobody, err);
	if (rc == 0)
		rc = plan_wanted(&input, claim_wanted, c, err);
	snapshot_close(&nobody);
	return rc;
}

static int claim_read_source(const struct system *system, const struct connect_options *options,
			     struct snapshot *into, struct err *err)
{
	const struct connector *connector = connector_find(str_of(system->kind->name));
	struct wanted wanted = {.as_source = true, .groups = true};
	struct connection *connection;
	int rc;

	if (connector->open(system, options, &connection, err) < 0)
		return -1;
	rc = connector->snapshot(connection, &wanted, into, err);
	connector->close(connection);
	return rc;
}

/* Another source is read for it; when that fails, what is remembered has to do. */
static int claim_of_other_source(struct claimant *c, const struct memory *memory, struct err *err)
{
	const struct system *from = c->other->from;
	struct connect_options options = {.name = from->name, .stop = c->s->options->stop};
	struct snapshot read;
	struct err why;
	int rc;

	if (snapshot_open(&read, NULL, err) < 0)
		return -1;
	rc = claim_read_source(from, &options, &read, &why);
	if (rc == 0)
		rc = claim_of_read(c, &read, memory, &why);
	if (rc < 0)
		log_warn(c->s->options->sync->name,
			 "whom %s wants first, from %s, is not known: %s", c->other->name,
			 from->name, why.text);
	snapshot_close(&read);
	return 0;
}

static int claims_of(struct claimant *c, bool comes_first, struct err *err)
{
	const struct run_options *o = c->s->options;
	struct memory memory = {0};
	int rc = state_memory_brief(o->state, c->other->policy.sync, o->now,
				    o->sync->policy.guard.window, &memory, err);

	if (rc == 0)
		claim_invited(c, &memory);
	if (rc == 0)
		rc = state_links_each(o->state, c->other->policy.sync, claim_member, c, err);
	if (rc == 0 && comes_first)
		rc = c->other->from == o->sync->from
			     ? claim_of_read(c, &c->s->source_read, &memory, err)
			     : claim_of_other_source(c, &memory, err);
	memory_clear(&memory);
	return rc;
}

static bool has_own_address(const struct sync *sync)
{
	return sync->policy.address;
}

int claims_load(struct session *s, struct err *err)
{
	const struct run_options *o = s->options;
	bool comes_first = true;

	if (!s->abilities.one_team_each)
		return 0;
	list_each (const struct sync, other, &o->config->syncs) {
		struct claimant c = {.s = s, .other = other};

		comes_first = comes_first && other != o->sync;
		if (other == o->sync || !other->to || !is_same_service(o->sync->to, other->to))
			continue;
		c.same_people = other->from == o->sync->from && !has_own_address(other) &&
				!has_own_address(o->sync);
		if (claims_of(&c, comes_first, err) < 0)
			return -1;
	}
	return 0;
}
