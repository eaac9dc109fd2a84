/* SPDX-License-Identifier: Apache-2.0 */
/* The lines of a case that tell what the two sides show and what is remembered. */
#include <string.h>

#include "expr/path.h"
#include "plans/case_inner.h"

static const struct {
	const char *word;
	uint32_t flag;
} entry_words[] = {
	{"inactive", ENTRY_INACTIVE},       {"readonly", ENTRY_READONLY}, {"self", ENTRY_SELF},
	{"placeholder", ENTRY_PLACEHOLDER}, {"marked", ENTRY_MARKED},
};

static bool entry_flag_of(str word, uint32_t *flags)
{
	for (size_t i = 0; i < sizeof entry_words / sizeof *entry_words; i++)
		if (str_equal(word, str_of(entry_words[i].word))) {
			*flags |= entry_words[i].flag;
			return true;
		}
	return false;
}

/* name=, mail=, ext= stand for what is written most; what is no SCIM path (dn, etag, mark, login)
 * is kept. */
static int put_field(struct reader *r, str key, str value)
{
	static const char *const as_they_are[] = {FIELD_DN, FIELD_ETAG, FIELD_MARK, FIELD_LOGIN};
	str path = key;

	if (str_equal(key, STR("name")))
		path = STR(PATH_DISPLAYNAME);
	else if (str_equal(key, STR("mail")))
		path = STR(PATH_EMAILS);
	else if (str_equal(key, STR("work")))
		path = STR("emails[type eq \"work\"].value");
	else if (str_equal(key, STR("ext")))
		path = STR(PATH_EXTERNALID);
	for (size_t i = 0; i < sizeof as_they_are / sizeof *as_they_are; i++)
		if (str_equal(key, str_of(as_they_are[i]))) {
			snapshot_field(r->into, key, value);
			return 0;
		}
	if (path_canonical(path, NULL, &r->c->arena, &path, r->err) < 0)
		return -1;
	snapshot_field(r->into, path, value);
	return 0;
}

static int finish(struct reader *r, enum entry_kind kind, str id, uint32_t flags, uint32_t *ret_row)
{
	if (snapshot_end(r->into, kind, id, flags, ret_row, r->err) < 0)
		return case_error(r, "this entry cannot be", id);
	snapshot_key(
		r->into, kind, *ret_row,
		arena_printf(&r->c->arena, "%s%.*s", kind == ENTRY_GROUP ? "@" : "", STR_ARG(id)));
	return 0;
}

/* user ID USERNAME [flag|key=value]... ; USERNAME "-" for none */
static int read_user(struct reader *r, str line)
{
	uint32_t flags = 0, row;
	str id, name, word, key, value;

	if (!word_next(&line, &id) || !word_next(&line, &name))
		return case_error(r, "expected: user ID USERNAME", line);
	snapshot_begin(r->into);
	if (!str_equal(name, STR("-")))
		snapshot_field(r->into, STR(PATH_USERNAME), name);
	while (word_next(&line, &word)) {
		if (entry_flag_of(word, &flags))
			continue;
		if (!word_pair(word, &key, &value))
			return case_error(r, "expected key=value", word);
		if (put_field(r, key, value) < 0)
			return -1;
	}
	return finish(r, ENTRY_USER, id, flags, &row);
}

/* 11, 12(manager), @g2 */
static void put_member(struct reader *r, uint32_t group, str word)
{
	ptrdiff_t open = str_find(word, '(');
	str role = {"", 0};

	if (open > 0) {
		role = str_slice(word, (size_t)open + 1, word.n - 1);
		word = str_slice(word, 0, (size_t)open);
	}
	snapshot_member(r->into, group, word, role);
}

/* group ID NAME [flag|key=value]...: MEMBER... */
static int read_group(struct reader *r, str line)
{
	uint32_t flags = 0, row;
	bool last = false;
	str id, name, word, key, value;

	if (!word_next(&line, &id) || !word_next(&line, &name))
		return case_error(r, "expected: group ID NAME: MEMBERS", line);
	snapshot_begin(r->into);
	last = str_ends(name, STR(":"));
	name = last ? str_slice(name, 0, name.n - 1) : name;
	if (name.n >= 2 && name.p[0] == '"')
		name = str_slice(name, 1, name.n - 1);
	if (!str_equal(name, STR("-")))
		snapshot_field(r->into, STR(PATH_DISPLAYNAME), name);
	while (!last && word_next(&line, &word)) {
		last = str_ends(word, STR(":"));
		word = last ? str_slice(word, 0, word.n - 1) : word;
		if (entry_flag_of(word, &flags))
			continue;
		if (!word_pair(word, &key, &value))
			return case_error(r, "expected key=value or ':'", word);
		if (put_field(r, key, value) < 0)
			return -1;
	}
	if (finish(r, ENTRY_GROUP, id, flags, &row) < 0)
		return -1;
	while (word_next(&line, &word))
		put_member(r, row, word);
	return 0;
}

static enum invitation_state state_of(str word)
{
	for (int s = INVITATION_PENDING; s <= INVITATION_WITHDRAWN; s++)
		if (str_equal(word, str_of(invitation_state_text((enum invitation_state)s))))
			return (enum invitation_state)s;
	return INVITATION_PENDING;
}

/* invitation ID ADDRESS [state=] [role=] [sent=] [expires=] */
static int read_invitation(struct reader *r, str line)
{
	struct invitation *i = list_add(&r->into->invitations);
	str word, key, value;

	*i = (struct invitation){.state = INVITATION_PENDING};
	word_next(&line, &i->id);
	word_next(&line, &i->address);
	while (word_next(&line, &word)) {
		if (str_equal(word, STR("fixed"))) {
			i->is_fixed = true;
			continue;
		}
		if (!word_pair(word, &key, &value))
			return case_error(r, "expected key=value", word);
		if (str_equal(key, STR("state")))
			i->state = state_of(value);
		else if (str_equal(key, STR("role")))
			i->role = value;
		else if (str_equal(key, STR("sent")))
			i->sent_at = word_time(value);
		else if (str_equal(key, STR("expires")))
			i->expires_at = word_time(value);
		else
			return case_error(r, "unknown word of an invitation", key);
	}
	return 0;
}

static int group_row(struct reader *r, str id, uint32_t *ret)
{
	uint32_t number = intern_find(&r->into->ids, id);

	for (uint32_t row = 0; row < r->into->groups.count; row++)
		if (r->into->groups.items[row].id == number) {
			*ret = row;
			return 0;
		}
	return case_error(r, "no such group above", id);
}

/* Entries first, for other lines speak of them. */
static int read_entry_line(struct reader *r, str line)
{
	str word;

	word_next(&line, &word);
	if (str_equal(word, STR("user")))
		return read_user(r, line);
	if (str_equal(word, STR("group")))
		return read_group(r, line);
	if (str_equal(word, STR("invitation")))
		return read_invitation(r, line);
	return 0;
}

static int read_world_line(struct reader *r, str line)
{
	struct snapshot *s = r->into;
	str word, id, name;
	uint32_t row;
	int64_t number;

	word_next(&line, &word);
	if (str_equal(word, STR("user")) || str_equal(word, STR("group")) ||
	    str_equal(word, STR("invitation")))
		return 0;
	if (str_equal(word, STR("incomplete"))) {
		s->complete = false;
		s->why_not = line;
	} else if (str_equal(word, STR("canary"))) {
		list_push(&s->canaries_missing, line);
	} else if (str_equal(word, STR("scope")) && str_to_int(line, &number)) {
		s->scope = (uint64_t)number;
	} else if (str_equal(word, STR("odd"))) {
		word_next(&line, &id);
		word_next(&line, &name);
		snapshot_reject(s, ENTRY_USER, name, str_equal(id, STR("-")) ? STR("") : id, "%.*s",
				STR_ARG(line));
	} else if (str_equal(word, STR("cut")) || str_equal(word, STR("blind"))) {
		if (group_row(r, line, &row) < 0)
			return -1;
		if (word.n == 3)
			list_push(&s->cut_groups, row);
		else
			list_push(&s->opaque_groups, row);
	} else {
		return case_error(r, "unknown line", word);
	}
	return 0;
}

int read_snapshot(struct reader *r, struct snapshot *into, str text)
{
	r->into = into;
	into->complete = true;
	into->scope = 1;
	if (each_line_either_way(r, text, read_entry_line) < 0 ||
	    each_line(r, text, read_world_line) < 0)
		return -1;
	return snapshot_seal(into, r->err);
}

/* -- what is remembered -- */

/* SOURCE -> TARGET [created|adopted] [disabled] [hand] [applied] [gone=DATE] */
static int read_link(struct reader *r, str line)
{
	struct plan_case *c = r->c;
	struct link link = {.flags = LINK_CREATED};
	bool group = false, applied = false;
	str source, arrow, target, word, key, value;

	word_next(&line, &source);
	if (str_equal(source, STR("team"))) {
		group = true;
		word_next(&line, &source);
	}
	if (!word_next(&line, &arrow) || !str_equal(arrow, STR("->")) || !word_next(&line, &target))
		return case_error(r, "expected: [team] SOURCE -> TARGET", line);
	while (word_next(&line, &word)) {
		if (str_equal(word, STR("adopted")))
			link.flags &= ~(uint32_t)LINK_CREATED;
		else if (str_equal(word, STR("disabled")))
			link.flags |= LINK_DISABLED;
		else if (str_equal(word, STR("hand")))
			link.flags |= LINK_BY_HAND;
		else if (str_equal(word, STR("applied")))
			applied = true;
		else if (word_pair(word, &key, &value) && str_equal(key, STR("gone")))
			link.gone_since = (uint32_t)word_time(value);
		else if (!str_equal(word, STR("created")))
			return case_error(r, "unknown word of a link", word);
	}
	link.source = intern_put(&c->source.ids, source);
	link.target = intern_put(&c->target.ids, target);
	if (group) {
		list_push(&c->memory.groups, link);
	} else {
		if (c->memory.users.count < sizeof r->applied)
			r->applied[c->memory.users.count] = applied;
		list_push(&c->memory.users, link);
	}
	return 0;
}

static int read_sent(struct reader *r, str line)
{
	struct sent_invitation *i = list_add(&r->c->memory.invitations);
	str word, key, value;
	int64_t number = 0;

	*i = (struct sent_invitation){.state = INVITATION_PENDING};
	word_next(&line, &i->source);
	word_next(&line, &i->address);
	while (word_next(&line, &word)) {
		if (!word_pair(word, &key, &value))
			return case_error(r, "expected key=value", word);
		str_to_int(value, &number);
		if (str_equal(key, STR("role")))
			i->role = value;
		else if (str_equal(key, STR("id")))
			i->target = value;
		else if (str_equal(key, STR("state")))
			i->state = state_of(value);
		else if (str_equal(key, STR("sent")))
			i->first_sent = i->last_sent = word_time(value);
		else if (str_equal(key, STR("expires")))
			i->expires_at = word_time(value);
		else if (str_equal(key, STR("resent")))
			i->resent = (uint32_t)number;
		else
			return case_error(r, "unknown word of a sent invitation", key);
	}
	return 0;
}

static int read_numbers(struct reader *r, str line, bool window)
{
	struct memory *m = &r->c->memory;
	str word, key, value;
	int64_t number;

	while (word_next(&line, &word)) {
		if (!word_pair(word, &key, &value))
			return case_error(r, "expected key=value", word);
		number = 0;
		str_to_int(value, &number);
		if (str_equal(key, STR("users")))
			*(window ? &m->window.users_removed : &m->trusted_users) = (uint64_t)number;
		else if (str_equal(key, STR("memberships")))
			*(window ? &m->window.memberships_removed : &m->trusted_edges) =
				(uint64_t)number;
		else if (str_equal(key, STR("groups")))
			m->trusted_groups = (uint64_t)number;
		else if (str_equal(key, STR("invitations")))
			m->window.invitations = (uint64_t)number;
		else if (str_equal(key, STR("rewrites")))
			m->window.rewrites = (uint64_t)number;
		else if (str_equal(key, STR("scope")))
			m->trusted_scope = (uint64_t)number;
		else if (str_equal(key, STR("mapping")))
			m->trusted_mapping = str_equal(value, STR("same"))
						     ? r->c->policy->fingerprint
						     : r->c->policy->fingerprint + 1;
		else
			return case_error(r, "unknown number", key);
	}
	return 0;
}

static int read_window_team(struct reader *r, str line)
{
	struct window_team *t = list_add(&r->c->memory.window.teams);
	str number;
	int64_t removed = 0;

	word_next(&line, &t->team);
	word_next(&line, &number);
	str_to_int(number, &removed);
	t->removed = (uint64_t)removed;
	return 0;
}

static int read_memory_line(struct reader *r, str line)
{
	struct plan_case *c = r->c;
	struct memory *m = &c->memory;
	str word, first;

	word_next(&line, &word);
	if (str_equal(word, STR("fresh")))
		m->fresh = true;
	else if (str_equal(word, STR("trusted")))
		return read_numbers(r, line, false);
	else if (str_equal(word, STR("window")))
		return read_numbers(r, line, true);
	else if (str_equal(word, STR("window-team")))
		return read_window_team(r, line);
	else if (str_equal(word, STR("invited")))
		return read_sent(r, line);
	else if (str_equal(word, STR("handoff")))
		*list_add(&m->handoffs) = (struct handoff){.key = line, .what = line, .opened = 1};
	else if (word_next(&line, &first) && str_equal(word, STR("alias")))
		*list_add(&m->aliases) = (struct alias){first, line};
	else if (str_equal(word, STR("claim")))
		*list_add(&m->claims) = (struct claim){.address = first, .system = line};
	else if (str_equal(word, STR("claim-first")))
		*list_add(&m->claims) =
			(struct claim){.address = first, .system = line, .kind = CLAIM_WANTED};
	else if (str_equal(word, STR("unseen")))
		*list_add(&m->unlisted_members) = (struct unlisted_member){
			intern_put(&c->target.ids, first), intern_put(&c->target.ids, line)};
	else
		return case_error(r, "unknown line of @memory", word);
	return 0;
}

/* "applied" links know what was written last: as much as is wanted now, which only a plan can tell.
 */
static int fill_digests(struct reader *r)
{
	struct plan_case *c = r->c;
	struct plan_input in = case_input(c);
	struct plan plan;
	char space[37];

	if (plan_build(&in, &plan, r->err) < 0)
		return -1;
	for (size_t i = 0; i < c->memory.users.count; i++) {
		struct link *l = &c->memory.users.items[i];

		list_each (struct object, o, &plan.objects)
			if (i < sizeof r->applied && r->applied[i] && o->kind == ENTRY_USER &&
			    str_equal(o->source_id, intern_text(&c->source.ids, l->source, space)))
				l->digest = o->digest;
	}
	plan_clear(&plan);
	return 0;
}

int read_memory(struct reader *r, const struct sections *s)
{
	r->c->memory.key = (struct hash_key){1, 2};
	if (each_line_either_way(r, s->links, read_link) < 0 ||
	    each_line(r, s->memory, read_memory_line) < 0)
		return -1;
	r->c->memory.fresh =
		r->c->memory.fresh || (!str_trim(s->links).n && !str_trim(s->memory).n);
	return fill_digests(r);
}
