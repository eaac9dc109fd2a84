/* SPDX-License-Identifier: Apache-2.0 */
/* The settings of one sync become the policy that plan reads. */
#include "config/policy.h"

#include <string.h>

#include "base/hash.h"

static uint64_t setting_count(const struct settings *s, const char *name)
{
	return (uint64_t)setting_number(s, name);
}

static void fill_users(struct policy *p, const struct settings *s)
{
	const struct setting *items;
	size_t count;

	p->users_where = setting_filter(s, "where");
	items = setting_items(s, "match", &count);
	for (size_t i = 0; i < count; i++)
		list_push(&p->match, items[i].text);
	items = setting_items(s, "attributes", &count);
	for (size_t i = 0; i < count; i++)
		*list_add(&p->users) = (struct mapping){items[i].name, items[i].template};
	p->users_default = true;
}

static void fill_teams(struct policy *p, const struct settings *s, struct arena *arena)
{
	size_t count;
	const struct setting *items = setting_items(s, "teams", &count);

	p->no_teams = setting_given(s, "teams") && count == 0;
	for (size_t i = 0; i < count; i++)
		if (items[i].table)
			*list_add(&p->teams) = (struct team_rule){
				setting_filter(items[i].table, "where"),
				setting_template(items[i].table, "name"),
				arena_printf(arena, "teams[%zu]", i),
			};
}

static void fill_roles(struct policy *p, const struct settings *s, struct arena *arena)
{
	const struct setting *items;
	size_t count;

	p->role_default = STR("");
	if (!s)
		return;
	p->role_default = setting_text(s, "default");
	items = setting_items(s, "rules", &count);
	for (size_t i = 0; i < count; i++)
		if (items[i].table)
			*list_add(&p->roles) = (struct role_rule){
				setting_text(items[i].table, "role"),
				setting_filter(items[i].table, "where"),
				arena_printf(arena, "roles.rules[%zu]", i),
			};
}

static void fill_leavers(struct policy *p, const struct settings *s)
{
	p->leaver_first = (enum leaver_step)setting_choice(s, "first");
	/* Whoever writes `first: keep` alone does not ask for a deletion a month later. */
	p->leaver_then = p->leaver_first == LEAVER_DISABLE ? LEAVER_DELETE : p->leaver_first;
	if (setting_given(s, "then"))
		p->leaver_then = (enum leaver_step)setting_choice(s, "then");
	p->leaver_after =
		setting_given(s, "after") ? setting_number(s, "after") : LEAVER_AFTER_UNSET;
}

static void fill_guard(struct guard_policy *g, const struct settings *s)
{
	const struct setting *items;
	size_t count;

	g->removals_count = setting_count(setting_table(s, "removals"), "count");
	g->removals_percent = setting_count(setting_table(s, "removals"), "percent");
	g->team_percent = setting_count(setting_table(s, "team"), "percent");
	g->team_from = setting_count(setting_table(s, "team"), "from");
	g->rewrites_percent = setting_count(setting_table(s, "rewrites"), "percent");
	g->rewrites_from = setting_count(setting_table(s, "rewrites"), "from");
	g->invitations = setting_count(s, "invitations");
	g->window = setting_number(s, "window");
	g->shrink = setting_count(s, "shrink");
	g->min_admins = setting_count(s, "min_admins");
	items = setting_items(s, "protect", &count);
	for (size_t i = 0; i < count; i++)
		if (items[i].filter)
			list_push(&g->protect, items[i].filter);
}

static void fill_from_system(struct policy *p, const struct system *system, enum sync_end end)
{
	*(end == SYNC_FROM ? &p->from : &p->to) = str_of(system->name);
	if (end == SYNC_TO)
		p->manage_users = system->kind->manages;
	if (system->kind->policy)
		system->kind->policy(system, end, p);
}

static void print_scope(const struct system *source, struct buf *b)
{
	const struct settings *s = source->settings;

	for (size_t i = 0; s->keys[i].name; i++)
		if (s->keys[i].role == KEY_ROLE_SCOPE)
			print_setting(&s->values[i], b);
}

/* Of everything that says what a read of the source means; guard compares it with that of the last
 * trusted read. */
static uint64_t fingerprint_of(const struct sync *sync)
{
	static const char *const meaning[] = {"users", "teams", "roles", NULL};
	struct buf b = {0};
	uint8_t digest[32];
	uint64_t result;

	for (size_t i = 0; meaning[i]; i++)
		print_setting(setting_find(sync->settings, meaning[i]), &b);
	if (sync->from)
		print_scope(sync->from, &b);
	sha256(buf_str(&b), digest);
	buf_clear(&b);
	memcpy(&result, digest, sizeof result);
	return result;
}

void policy_fill(struct sync *sync, struct arena *arena)
{
	const struct settings *s = sync->settings, *users = setting_table(s, "users");
	const struct settings *pace = setting_table(s, "pace");
	const struct settings *invitations = setting_table(s, "invitations");
	struct policy *p = &sync->policy;

	p->sync = str_of(sync->name);
	p->expand_nested = true;
	if (sync->from)
		fill_from_system(p, sync->from, SYNC_FROM);
	if (sync->to)
		fill_from_system(p, sync->to, SYNC_TO);
	fill_users(p, users);
	if (setting_given(users, "manage"))
		p->manage_users = setting_bool(users, "manage");
	fill_teams(p, s, arena);
	fill_roles(p, setting_table(s, "roles"), arena);
	p->owns_all = str_equal(setting_text(s, "owns"), STR("all"));
	fill_leavers(p, setting_table(s, "leavers"));
	p->invitations.resend_after = setting_number(invitations, "resend_after");
	p->invitations.resend_max = setting_count(invitations, "resend_at_most");
	p->invitations.then = (enum invitation_end)setting_choice(invitations, "then");
	fill_guard(&p->guard, setting_table(s, "guard"));
	p->pace.in_flight = setting_count(pace, "in_flight");
	p->pace.per_second = setting_count(pace, "per_second");
	p->fingerprint = fingerprint_of(sync);
}

void policy_clear(struct policy *p)
{
	list_clear(&p->match);
	list_clear(&p->users);
	list_clear(&p->teams);
	list_clear(&p->roles);
	list_clear(&p->guard.protect);
}
