/* SPDX-License-Identifier: Apache-2.0 */
/* Groups: their name, the mark of ownership, and their members by whatever attribute their class
 * keeps them in. */
#include "connect/ldap/read/internal.h"

/* AD gives at most so many values of an attribute at a time; asked for in words it is the same on
 * every server. */
#define FIRST_RANGE "member;range=0-1499"

enum { MEMBER_UID = 2 }; /* in group.members: the values there are user names */

void group_map_init(struct ldap_read *r)
{
	const struct ldap_connection *c = r->c;
	bool ad = c->rootdse.kind == SERVER_AD;

	attribute_map_init(&r->groups, c->settings.groups.attributes,
			   c->settings.groups.attribute_count);
	attribute_map_add_default(&r->groups, PATH_EXTERNALID, c->id_attribute, false);
	attribute_map_add_default(&r->groups, PATH_DISPLAYNAME, c->name_attribute, false);
	attribute_map_add_own(&r->groups);
	r->group.id = attribute_map_slot(&r->groups, c->id_attribute);
	r->group.name = attribute_map_slot(&r->groups, c->name_attribute);
	r->group.mark = attribute_map_slot(&r->groups, c->mark_attribute);
	r->group.class = attribute_map_slot(&r->groups, "objectClass");
	r->group.token = ad ? attribute_map_slot(&r->groups, "primaryGroupToken") : SLOT_NONE;
	r->group.members[r->group.member_count++] =
		attribute_map_slot(&r->groups, ad ? FIRST_RANGE : "member");
	if (ad)
		return;
	r->group.members[r->group.member_count++] = attribute_map_slot(&r->groups, "uniqueMember");
	r->group.members[r->group.member_count++] = attribute_map_slot(&r->groups, "memberUid");
}

/* Of several names the one in the DN is the group's: a rename changes that one. */
static void group_prefer_name_of_dn(struct ldap_read *r, const struct entry_values *v)
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
static str group_mark_of(struct ldap_read *r, const struct entry_values *v)
{
	for (const struct berval *b = v->slots[r->group.mark]; b && b->bv_val; b++) {
		str value = str_make(b->bv_val, b->bv_len), source_id;

		if (mark_parse(value, &source_id) && str_is_utf8(value) && value.n < 1024)
			return source_id;
	}
	return (str){NULL, 0};
}

/* The first class that is known says where members are. */
static const struct group_class *group_class_of(struct ldap_read *r, const struct entry_values *v)
{
	for (const struct berval *b = v->slots[r->group.class]; b && b->bv_val; b++) {
		const struct group_class *class = group_class_find(str_make(b->bv_val, b->bv_len));

		if (class)
			return class;
	}
	return NULL;
}

/* Is it the member that stands for nobody? Of any name by which muster has ever put one. */
static bool is_empty_member(const struct ldap_connection *c, str key)
{
	return key.n == 0 || str_equal(key, c->empty_member_key) ||
	       str_equal(key, STR("cn=empty-membership-placeholder")) ||
	       str_starts(key, STR("cn=empty-membership-placeholder,"));
}

void member_read_dn(struct ldap_read *r, uint32_t row, str value)
{
	buf_reset(&r->key);
	if (!dn_key(value, &r->key))
		r->into->foreign_members++;
	else if (!is_empty_member(r->c, buf_str(&r->key)))
		snapshot_member(r->into, row, buf_str(&r->key), STR(""));
}

static void member_read_uid(struct ldap_read *r, uint32_t row, str value)
{
	buf_reset(&r->key);
	buf_printf(&r->key, "uid %.*s", STR_ARG(value));
	snapshot_member(r->into, row, buf_str(&r->key), STR(""));
}

/* uniqueMember may end with a bit string that tells namesakes apart (RFC 4517 3.3.21):
 * dc=x#'0101'B. */
static str unique_member_without_bits(str value)
{
	ptrdiff_t hash = str_find_last(value, '#');

	if (hash > 0 && str_ends(value, STR("'B")) && value.p[hash + 1] == '\'')
		return str_slice(value, 0, (size_t)hash);
	return value;
}

/* The key of a member's DN onto the list; true when it is the empty member, which is nobody. */
static bool member_key_add(struct ldap_read *r, str value)
{
	size_t from = r->member_keys.n;
	str key;

	if (!dn_key(value, &r->member_keys)) {
		r->into->foreign_members++;
		return false;
	}
	key = str_slice(buf_str(&r->member_keys), from, r->member_keys.n);
	if (is_empty_member(r->c, key))
		return true;
	list_push(&r->member_spans, ((struct key_span){from, key.n}));
	return false;
}

static void members_put(struct ldap_read *r, uint32_t row)
{
	r->members.count = 0;
	list_each (struct key_span, span, &r->member_spans)
		list_push(&r->members, str_make(r->member_keys.p + span->from, span->n));
	snapshot_members(r->into, row, r->members.items, r->members.count);
}

static void group_read_members(struct ldap_read *r, const struct entry_values *v, uint32_t row,
			       bool *ret_empty_member)
{
	*ret_empty_member = false;
	buf_reset(&r->member_keys);
	r->member_spans.count = 0;
	for (size_t i = 0; i < r->group.member_count; i++) {
		for (const struct berval *b = v->slots[r->group.members[i]]; b && b->bv_val; b++) {
			str value = str_make(b->bv_val, b->bv_len);

			if (i == MEMBER_UID)
				member_read_uid(r, row, value);
			else
				*ret_empty_member |= member_key_add(
					r, i ? unique_member_without_bits(value) : value);
		}
	}
	members_put(r, row);
}

static void group_register(struct ldap_read *r, const struct entry_values *v, uint32_t row,
			   uint64_t tail)
{
	struct known_group known = {.dn = v->dn, .class = group_class_of(r, v)};
	str token = value_first(v, r->group.token);
	int64_t number;

	entry_key(r, v->dn);
	snapshot_key(r->into, ENTRY_GROUP, row, buf_str(&r->key));
	group_read_members(r, v, row, &known.has_empty_member);
	if (!r->as_source)
		known_groups_put(&r->c->groups, buf_str(&r->id), &known);
	if (tail)
		*list_add(&r->range_tails) =
			(struct range_tail){row, arena_str(&r->arena, v->dn), tail};
	if (token.n && str_to_int(token, &number) && number > 0 && number <= UINT32_MAX)
		*list_add(&r->tokens) = (struct group_token){row, (uint32_t)number};
}

static int group_put(struct ldap_read *r, const struct entry_values *v, uint64_t tail,
		     struct err *err)
{
	uint32_t row, flags = 0;
	str mark;
	int went;

	group_prefer_name_of_dn(r, v);
	if (!entry_begin(r, ENTRY_GROUP, &r->groups, v, r->group.id))
		return 0;
	mark = group_mark_of(r, v);
	if (mark.p) {
		snapshot_field(r->into, STR(FIELD_MARK), mark);
		flags |= ENTRY_MARKED;
	}
	went = entry_end(r, ENTRY_GROUP, v, flags, &row, err);
	if (went > 0)
		group_register(r, v, row, tail);
	return went < 0 ? -1 : 0;
}

int group_entry_read(void *context, const struct entry_view *e, struct err *err)
{
	struct ldap_read *r = context;
	uint64_t tail;
	struct entry_values v = entry_values_read(r, &r->groups, e, &tail);
	int done = group_put(r, &v, tail, err);

	entry_values_drop(r, &r->groups);
	return done;
}
