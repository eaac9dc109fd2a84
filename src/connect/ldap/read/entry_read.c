/* SPDX-License-Identifier: Apache-2.0 */
/* Entries of the directory become users and groups of a snapshot, or rejected with the reason. */
#include <string.h>

#include "base/clock.h"
#include "connect/ldap/read/read.h"
#include "connect/ldap/session/session.h"

enum { DOUBLES_LIMIT = 10000 };

/* AD gives at most so many values of an attribute at a time; asked for in words it is the same on
 * every server. */
#define FIRST_RANGE "member;range=0-1499"

static void init_user_slots(struct reading *r)
{
	const struct ldap_connection *c = r->c;
	bool ad = c->rootdse.kind == SERVER_AD;

	translation_build(&r->users, c->facts->users, c->id, c->settings.users.attributes,
			  c->settings.users.attribute_count);
	translation_take_rule(&r->users, PATH_ACTIVE, &r->user.active);
	r->user.id = translation_slot(&r->users, c->id);
	r->user.uid = r->has_posix ? translation_slot(&r->users, "uid") : SLOT_NONE;
	r->user.upn = c->self_name.n ? translation_slot(&r->users, "userPrincipalName") : SLOT_NONE;
	r->user.primary_id = ad ? translation_slot(&r->users, "primaryGroupID") : SLOT_NONE;
	for (size_t i = 0; c->facts->locks[i]; i++)
		r->user.locks[r->user.lock_count++] =
			translation_slot(&r->users, c->facts->locks[i]);
}

static void init_group_slots(struct reading *r)
{
	static const struct server_mapping nothing = {NULL, NULL, false};
	const struct ldap_connection *c = r->c;
	bool ad = c->rootdse.kind == SERVER_AD;
	const struct server_mapping in_example[] = {{PATH_DISPLAYNAME, c->name_attribute, false},
						    nothing};

	translation_build(&r->groups, in_example, c->id, c->settings.groups.attributes,
			  c->settings.groups.attribute_count);
	r->group.id = translation_slot(&r->groups, c->id);
	r->group.name = translation_slot(&r->groups, c->name_attribute);
	r->group.mark = translation_slot(&r->groups, c->mark);
	r->group.class = translation_slot(&r->groups, "objectClass");
	r->group.token = ad ? translation_slot(&r->groups, "primaryGroupToken") : SLOT_NONE;
	r->group.members[r->group.member_count++] =
		translation_slot(&r->groups, ad ? FIRST_RANGE : "member");
	if (ad)
		return;
	r->group.members[r->group.member_count++] = translation_slot(&r->groups, "uniqueMember");
	r->group.members[r->group.member_count++] = translation_slot(&r->groups, "memberUid");
}

void reading_init(struct reading *r)
{
	size_t room;

	r->now = clock_now();
	r->number_dn = intern_put(&r->into->names, STR(FIELD_DN));
	r->number_active = intern_put(&r->into->names, STR(PATH_ACTIVE));
	init_user_slots(r);
	if (r->c->settings.groups.base)
		init_group_slots(r);
	room = r->users.slot_count > r->groups.slot_count ? r->users.slot_count
							  : r->groups.slot_count;
	translation_bind(&r->users, r->into);
	translation_bind(&r->groups, r->into);
	r->slots = mem_alloc(room, sizeof(*r->slots));
}

void reading_clear(struct reading *r)
{
	translation_clear(&r->users);
	translation_clear(&r->groups);
	free(r->slots);
	list_clear(&r->rests);
	list_clear(&r->primaries);
	list_clear(&r->tokens);
	buf_clear(&r->key);
	buf_clear(&r->member_keys);
	list_clear(&r->member_spans);
	list_clear(&r->members);
	buf_clear(&r->id);
	arena_clear(&r->arena);
}

/* Sorts the attributes of an entry into slots; *ret_rest is where a cut list of members goes on, or
 * 0. */
static struct entry_values collect(struct reading *r, const struct translation *t,
				   const struct entry_view *e, uint64_t *ret_rest)
{
	size_t slot = SLOT_NONE;
	struct berval *values;
	str name;

	memset(r->slots, 0, t->slot_count * sizeof *r->slots);
	*ret_rest = 0;
	while (entry_next(e, &name, &values)) {
		/* Servers answer mostly in the order of the question. */
		slot = translation_find(t, name, slot == SLOT_NONE ? 0 : slot + 1);
		if (slot == SLOT_NONE && t == &r->groups && range_parse(name, ret_rest))
			slot = r->group.members[0];
		else if (slot != SLOT_NONE && t == &r->groups)
			range_parse(name, ret_rest);
		if (slot == SLOT_NONE || r->slots[slot])
			ber_memfree(values);
		else
			r->slots[slot] = values;
	}
	return (struct entry_values){e->dn, r->slots};
}

static void drop_values(struct reading *r, const struct translation *t)
{
	for (size_t i = 0; i < t->slot_count; i++)
		ber_memfree(r->slots[i]);
}

/* The id as text, in r->id; false when there is none. */
static bool read_id(struct reading *r, const struct entry_values *v, size_t slot)
{
	str value = value_first(v, slot);

	buf_reset(&r->id);
	if (value.n == 0 || value.n > 256)
		return false;
	if (server_is_binary(str_of(r->c->id)))
		return server_binary_text(str_of(r->c->id), value, &r->id);
	buf_put(&r->id, value);
	return str_is_utf8(value);
}

static void note_oddity(struct reading *r, enum entry_kind kind, str dn, str id, const char *why)
{
	snapshot_reject(r->into, kind, str_is_utf8(dn) ? dn : STR("(a DN that is not UTF-8)"), id,
			"%s", why);
}

/* A server that sends its pages over and over would never end. */
static int count_double(struct reading *r, struct err *err)
{
	if (intern_find(&r->into->ids, buf_str(&r->id)) == INTERN_NONE ||
	    ++r->doubles < DOUBLES_LIMIT)
		return 0;
	return err_set(err, REACH_SYSTEM, CODE_DATA,
		       "%s: %d entries came twice: the server's paging runs in circles; try "
		       "page_size: 0",
		       r->c->session->url, DOUBLES_LIMIT);
}

static bool is_locked(struct reading *r, const struct entry_values *v)
{
	for (size_t i = 0; i < r->user.lock_count; i++) {
		size_t slot = r->user.locks[i];
		str value = value_first(v, slot);

		if (value.n && server_says_locked(r->c->rootdse.kind,
						  str_of(r->users.attributes[slot]), value, r->now))
			return true;
	}
	return false;
}

static uint32_t user_flags(struct reading *r, const struct entry_values *v, str dn_key_text)
{
	uint32_t flags = is_locked(r, v) ? ENTRY_INACTIVE : 0;
	const struct ldap_connection *c = r->c;

	if (c->self_key.n && str_equal(dn_key_text, c->self_key))
		flags |= ENTRY_SELF;
	if (c->self_name.n && str_equal_nocase(value_first(v, r->user.upn), c->self_name))
		flags |= ENTRY_SELF;
	return flags;
}

/* `active` by a template of the admin's own replaces what the locks say. */
static void put_active(struct reading *r, const struct entry_values *v, uint32_t *flags)
{
	struct buf text = {0};

	if (r->user.active.path) {
		translation_text(&r->users, &r->user.active, v, &text);
		*flags &= ~(uint32_t)ENTRY_INACTIVE;
		if (str_equal_nocase(buf_str(&text), STR("false")) ||
		    str_equal(buf_str(&text), STR("0")))
			*flags |= ENTRY_INACTIVE;
		buf_clear(&text);
	}
	snapshot_field_number(r->into, r->number_active,
			      *flags & ENTRY_INACTIVE ? STR("false") : STR("true"));
}

/* Its key is in r->key. */
static void register_user(struct reading *r, const struct entry_values *v, uint32_t row)
{
	str uid = value_first(v, r->user.uid), primary = value_first(v, r->user.primary_id);
	int64_t token;

	snapshot_key(r->into, ENTRY_USER, row, buf_str(&r->key));
	if (uid.n && uid.n < 256) {
		buf_reset(&r->key);
		buf_printf(&r->key, "uid %.*s", STR_ARG(uid));
		snapshot_key(r->into, ENTRY_USER, row, buf_str(&r->key));
	}
	if (primary.n && str_to_int(primary, &token) && token > 0 && token <= UINT32_MAX)
		*list_add(&r->primaries) = (struct primary){row, (uint32_t)token};
}

/* Begins an entry and puts its fields; r->id is its id. False: it was rejected. */
static bool begin_entry(struct reading *r, enum entry_kind kind, const struct translation *t,
			const struct entry_values *v, size_t id_slot)
{
	struct err why = {0};

	if (!read_id(r, v, id_slot)) {
		err_set(&why, REACH_ENTRY, CODE_DATA,
			"it has no usable %s: muster may lack the right to read it", r->c->id);
		note_oddity(r, kind, v->dn, STR(""), why.text);
		return false;
	}
	snapshot_begin(r->into);
	if (!str_is_utf8(v->dn)) {
		err_set(&why, REACH_ENTRY, CODE_DATA, "its DN is not UTF-8");
	} else if (translation_put(t, v, r->into, &why) == 0) {
		snapshot_field_number(r->into, r->number_dn, v->dn);
		return true;
	}
	snapshot_abandon(r->into);
	note_oddity(r, kind, v->dn, buf_str(&r->id), why.text);
	return false;
}

/* 1: *ret_row is its row. 0: it was rejected. -1: the read fails. */
static int end_entry(struct reading *r, enum entry_kind kind, const struct entry_values *v,
		     uint32_t flags, uint32_t *ret_row, struct err *err)
{
	struct err why = {0};

	if (snapshot_end(r->into, kind, buf_str(&r->id), flags, ret_row, &why) == 0)
		return 1;
	if (why.reach == REACH_ENTRY) {
		note_oddity(r, kind, v->dn, buf_str(&r->id), why.text);
		return count_double(r, err);
	}
	if (err)
		*err = why;
	return -1;
}

static int put_user(struct reading *r, const struct entry_values *v, struct err *err)
{
	uint32_t flags, row;
	int went;

	if (!begin_entry(r, ENTRY_USER, &r->users, v, r->user.id))
		return 0;
	buf_reset(&r->key);
	if (!dn_key(v->dn, &r->key))
		buf_put(&r->key, v->dn);
	flags = user_flags(r, v, buf_str(&r->key));
	put_active(r, v, &flags);
	went = end_entry(r, ENTRY_USER, v, flags, &row, err);
	if (went > 0)
		register_user(r, v, row);
	return went < 0 ? -1 : 0;
}

int take_user(void *context, const struct entry_view *e, struct err *err)
{
	struct reading *r = context;
	uint64_t rest;
	struct entry_values v = collect(r, &r->users, e, &rest);
	int done = put_user(r, &v, err);

	drop_values(r, &r->users);
	return done;
}

/* Of several names the one in the DN is the group's: a rename changes that one. */
static void prefer_name_of_dn(struct reading *r, const struct entry_values *v)
{
	struct berval *names = v->slots[r->group.name];
	struct arena arena = {0};
	str type, name;

	if (!names || !names[0].bv_val || !names[1].bv_val ||
	    !dn_first(v->dn, &arena, &type, &name))
		return;
	for (size_t i = 1; names[i].bv_val; i++) {
		if (str_equal_nocase(name, str_make(names[i].bv_val, names[i].bv_len))) {
			struct berval first = names[0];

			names[0] = names[i];
			names[i] = first;
		}
	}
	arena_clear(&arena);
}

/* The source id that the group was made for; empty when muster did not make it. */
static str pos_of(struct reading *r, const struct entry_values *v)
{
	const str prefix = STR(MARK_PREFIX);

	for (const struct berval *b = v->slots[r->group.mark]; b && b->bv_val; b++) {
		str value = str_make(b->bv_val, b->bv_len);

		if (str_starts(value, prefix) && str_is_utf8(value) && value.n < 1024)
			return str_slice(value, prefix.n, value.n);
	}
	return (str){NULL, 0};
}

/* The class that says where members are; the one with the attribute that the entry shows wins over
 * `top`. */
static const struct group_class *class_of(struct reading *r, const struct entry_values *v)
{
	for (const struct berval *b = v->slots[r->group.class]; b && b->bv_val; b++) {
		const struct group_class *class = group_class_find(str_make(b->bv_val, b->bv_len));

		if (class)
			return class;
	}
	return NULL;
}

void take_member(struct reading *r, uint32_t row, bool is_dn, str value)
{
	buf_reset(&r->key);
	if (!is_dn) {
		buf_printf(&r->key, "uid %.*s", STR_ARG(value));
	} else if (!dn_key(value, &r->key)) {
		r->into->foreign_members++;
		return;
	} else if (is_placeholder(r->c, buf_str(&r->key))) {
		return;
	}
	snapshot_member(r->into, row, buf_str(&r->key), STR(""));
}

/* uniqueMember may end with a bit string that tells namesakes apart (RFC 4517 3.3.21):
 * dc=x#'0101'B. */
static str without_bits(str value)
{
	ptrdiff_t hash = str_find_last(value, '#');

	if (hash > 0 && str_ends(value, STR("'B")) && value.p[hash + 1] == '\'')
		return str_slice(value, 0, (size_t)hash);
	return value;
}

/* The key of a member's DN onto the list; true when it is the placeholder, which is nobody. */
static bool key_member(struct reading *r, str value)
{
	size_t from = r->member_keys.n;
	str key;

	if (!dn_key(value, &r->member_keys)) {
		r->into->foreign_members++;
		return false;
	}
	key = str_slice(buf_str(&r->member_keys), from, r->member_keys.n);
	if (is_placeholder(r->c, key))
		return true;
	list_push(&r->member_spans, ((struct key_span){from, key.n}));
	return false;
}

static void put_members(struct reading *r, uint32_t row)
{
	r->members.count = 0;
	list_each (struct key_span, span, &r->member_spans)
		list_push(&r->members, str_make(r->member_keys.p + span->from, span->n));
	snapshot_members(r->into, row, r->members.items, r->members.count);
}

static void take_members(struct reading *r, const struct entry_values *v, uint32_t row,
			 bool *ret_placeholder)
{
	*ret_placeholder = false;
	buf_reset(&r->member_keys);
	r->member_spans.count = 0;
	for (size_t i = 0; i < r->group.member_count; i++) {
		for (const struct berval *b = v->slots[r->group.members[i]]; b && b->bv_val; b++) {
			str value = str_make(b->bv_val, b->bv_len);

			if (i == 2)
				take_member(r, row, false, value);
			else
				*ret_placeholder |= key_member(r, i ? without_bits(value) : value);
		}
	}
	put_members(r, row);
}

static void register_group(struct reading *r, const struct entry_values *v, uint32_t row,
			   uint64_t rest)
{
	struct known_group known = {.dn = v->dn, .class = class_of(r, v)};
	str token = value_first(v, r->group.token);
	int64_t number;

	buf_reset(&r->key);
	if (!dn_key(v->dn, &r->key))
		buf_put(&r->key, v->dn);
	snapshot_key(r->into, ENTRY_GROUP, row, buf_str(&r->key));
	take_members(r, v, row, &known.placeholder);
	if (!r->as_source)
		known_group_put(r->c, buf_str(&r->id), known);
	if (rest)
		*list_add(&r->rests) = (struct rest){row, arena_str(&r->arena, v->dn), rest};
	if (token.n && str_to_int(token, &number) && number > 0 && number <= UINT32_MAX)
		*list_add(&r->tokens) = (struct group_token){row, (uint32_t)number};
}

static int put_group(struct reading *r, const struct entry_values *v, uint64_t rest,
		     struct err *err)
{
	uint32_t row, flags = 0;
	str mark;
	int went;

	prefer_name_of_dn(r, v);
	if (!begin_entry(r, ENTRY_GROUP, &r->groups, v, r->group.id))
		return 0;
	mark = pos_of(r, v);
	if (mark.p) {
		snapshot_field(r->into, STR(FIELD_MARK), mark);
		flags |= ENTRY_MARKED;
	}
	went = end_entry(r, ENTRY_GROUP, v, flags, &row, err);
	if (went > 0)
		register_group(r, v, row, rest);
	return went < 0 ? -1 : 0;
}

int take_group(void *context, const struct entry_view *e, struct err *err)
{
	struct reading *r = context;
	uint64_t rest;
	struct entry_values v = collect(r, &r->groups, e, &rest);
	int done = put_group(r, &v, rest, err);

	drop_values(r, &r->groups);
	return done;
}
