/* SPDX-License-Identifier: Apache-2.0 */
/* Small searches that writing and settling need: a group by id, by mark or by name, a person's
 * member value. */
#include "connect/ldap/write/internal.h"

/* The first value of an attribute, in the arena; empty when there is none. */
static str value_of_entry(struct ldap_session *s, LDAPMessage *entry, const char *name,
			  struct arena *arena)
{
	struct berval **values = ldap_get_values_len(s->ld, entry, name);
	str value = STR("");

	if (values && values[0])
		value = arena_str(arena, str_make(values[0]->bv_val, values[0]->bv_len));
	ldap_value_free_len(values);
	return value;
}

static str dn_of_entry(struct ldap_session *s, LDAPMessage *entry, struct arena *arena)
{
	char *text = ldap_get_dn(s->ld, entry);
	str dn = arena_str(arena, str_of(text));

	ldap_memfree(text);
	return dn;
}

str id_keep(const struct ldap_connection *c, str value, struct arena *arena)
{
	struct buf text = {0};
	str id = STR("");

	if (ldap_id_text(c, value, &text))
		id = arena_str(arena, buf_str(&text));
	buf_clear(&text);
	return id;
}

static str id_of_entry(const struct ldap_connection *c, LDAPMessage *entry, struct arena *arena)
{
	return id_keep(c, value_of_entry(c->session, entry, c->id_attribute, arena), arena);
}

static const struct group_class *class_of_entry(struct ldap_session *s, LDAPMessage *entry)
{
	struct berval **values = ldap_get_values_len(s->ld, entry, "objectClass");
	const struct group_class *class = NULL;

	for (size_t i = 0; values && values[i] && !class; i++)
		class = group_class_find(str_make(values[i]->bv_val, values[i]->bv_len));
	ldap_value_free_len(values);
	return class;
}

int member_compare(struct ldap_connection *c, const struct known_group *group, str member,
		   struct ldap_result *ret, struct err *err)
{
	struct ldap_session *s = c->session;
	struct berval value = {member.n, plain_text(member.p)};
	int id;

	s->requests++;
	*ret = (struct ldap_result){.code = ldap_compare_ext(s->ld, group->dn.p,
							     group->class->members, &value, NULL,
							     NULL, &id)};
	return ret->code == LDAP_SUCCESS ? ldap_session_result(s, id, ret, err) : 0;
}

/* Whether a group of a class that may not be empty holds the member that stands for nobody. */
static int empty_member_ask(struct ldap_connection *c, struct known_group *group, struct err *err)
{
	struct ldap_result result;

	if (group_may_be_empty(c->rootdse.kind, group->class) || !group->class->members_are_dns)
		return 0;
	if (member_compare(c, group, str_of(c->settings.empty_member), &result, err) < 0)
		return -1;
	group->has_empty_member = result.code == LDAP_COMPARE_TRUE;
	return 0;
}

/* At most two entries under a base by a filter, which is cleared. */
static int filter_search(struct ldap_connection *c, const char *base, struct buf *filter,
			 const char *const *attributes, LDAPMessage **ret, struct err *err)
{
	const struct search_query query = {base, LDAP_SCOPE_SUBTREE, filter->p, attributes};
	int done = search_whole(c->session, &query, 2, ret, err);

	buf_clear(filter);
	return done;
}

/* The entry of a group by its id, else by its DN. */
static int group_search(struct ldap_connection *c, str id, str dn, LDAPMessage **ret,
			struct err *err)
{
	static const char *const attributes[] = {"objectClass", NULL};
	struct buf filter = {0}, base = {0};
	struct search_query query;
	int done;

	if (id.n) {
		server_put_id_filter(c->id_attribute, id, &filter);
		return filter_search(c, c->settings.groups.base, &filter, attributes, ret, err);
	}
	buf_put(&base, dn);
	query = (struct search_query){base.p, LDAP_SCOPE_BASE, FILTER_ANY, attributes};
	done = search_whole(c->session, &query, 2, ret, err);
	buf_clear(&base);
	return done;
}

int group_lookup(struct ldap_connection *c, str id, str dn, struct known_group *ret,
		 bool *ret_found, struct err *err)
{
	struct known_group *known = id.n ? known_groups_find(&c->groups, id) : NULL;
	LDAPMessage *m = NULL, *entry;
	int done = 0;

	*ret_found = true;
	if (known && known->class) {
		*ret = *known;
		return 0;
	}
	if (group_search(c, id, dn, &m, err) < 0)
		return -1;
	entry = ldap_first_entry(c->session->ld, m);
	*ret_found = entry != NULL;
	if (entry) {
		*ret = (struct known_group){.dn = dn_of_entry(c->session, entry, &c->arena),
					    .class = class_of_entry(c->session, entry)};
		if (ret->class && empty_member_ask(c, ret, err) < 0)
			done = -1;
		else if (id.n)
			known_groups_put(&c->groups, id, ret);
	}
	ldap_msgfree(m);
	return done;
}

/* What the entry says; kept, because the same people come again. A key goes in together with its
 * name: one without would give its place to the next person's. */
static int uid_ask(struct ldap_connection *c, str dn, str key, str *ret, struct err *err)
{
	static const char *const attributes[] = {"uid", NULL};
	LDAPMessage *m = NULL, *entry;

	if (search_entry(c->session, dn.p, attributes, &m, err) < 0)
		return -1;
	entry = ldap_first_entry(c->session->ld, m);
	if (entry)
		*ret = value_of_entry(c->session, entry, "uid", &c->arena);
	ldap_msgfree(m);
	intern_put(&c->uid_keys, key);
	list_push(&c->uids, *ret);
	return 0;
}

/* The user name of a DN: its first RDN, or what the entry says. */
static int uid_lookup(struct ldap_connection *c, str dn, struct arena *arena, str *ret,
		      struct err *err)
{
	struct buf key = {0};
	uint32_t number;
	str type, value;
	int done = 0;

	*ret = STR("");
	if (dn_first(dn, arena, &type, &value) && str_equal_nocase(type, STR("uid"))) {
		*ret = value;
		return 0;
	}
	if (!dn_key(dn, &key))
		buf_put(&key, dn);
	number = intern_find(&c->uid_keys, buf_str(&key));
	if (number != INTERN_NONE)
		*ret = c->uids.items[number];
	else
		done = uid_ask(c, dn, buf_str(&key), ret, err);
	buf_clear(&key);
	return done;
}

/* A person whose DN nobody told us, by the immutable id. */
static int person_lookup(struct ldap_connection *c, str id, struct arena *arena, str *ret,
			 struct err *err)
{
	struct buf filter = {0};
	LDAPMessage *m = NULL, *entry;

	*ret = STR("");
	if (id.n == 0)
		return 0;
	server_put_id_filter(c->id_attribute, id, &filter);
	if (filter_search(c, c->settings.users.base, &filter, search_no_attributes, &m, err) < 0)
		return -1;
	entry = ldap_first_entry(c->session->ld, m);
	if (entry)
		*ret = dn_of_entry(c->session, entry, arena);
	ldap_msgfree(m);
	return 0;
}

int member_lookup(struct ldap_connection *c, const struct group_class *class,
		  const struct object *user, struct arena *arena, str *ret, struct err *err)
{
	str dn = user->dn;

	if (dn.n == 0 && person_lookup(c, user->target_id, arena, &dn, err) < 0)
		return -1;
	*ret = arena_str(arena, dn);
	if (dn.n == 0 || class->members_are_dns)
		return 0;
	return uid_lookup(c, *ret, arena, ret, err);
}

static str mark_of_entry(struct ldap_connection *c, LDAPMessage *entry, struct arena *arena)
{
	struct berval **values = ldap_get_values_len(c->session->ld, entry, c->mark_attribute);
	str mark = STR(""), source_id;

	for (size_t i = 0; values && values[i]; i++)
		if (mark_parse(str_make(values[i]->bv_val, values[i]->bv_len), &source_id))
			mark = arena_str(arena, source_id);
	ldap_value_free_len(values);
	return mark;
}

int group_identify(struct ldap_connection *c, const char *dn, struct arena *arena,
		   struct group_identity *ret, struct err *err)
{
	const char *const attributes[] = {c->id_attribute, c->mark_attribute, NULL};
	LDAPMessage *m = NULL, *entry;

	*ret = (struct group_identity){.id = STR(""), .mark = STR("")};
	if (search_entry(c->session, dn, attributes, &m, err) < 0)
		return -1;
	entry = ldap_first_entry(c->session->ld, m);
	if (entry)
		*ret = (struct group_identity){.found = true,
					       .id = id_of_entry(c, entry, arena),
					       .mark = mark_of_entry(c, entry, arena)};
	ldap_msgfree(m);
	return 0;
}

int group_identify_by_mark(struct ldap_connection *c, str source_id, struct arena *arena,
			   struct group_identity *ret, struct err *err)
{
	const char *const attributes[] = {c->id_attribute, NULL};
	struct buf filter = {0};
	LDAPMessage *m = NULL, *entry;

	*ret = (struct group_identity){.id = STR(""), .mark = STR("")};
	if (source_id.n == 0)
		return 0;
	buf_printf(&filter, "(%s=" MARK_PREFIX, c->mark_attribute);
	filter_put_value(&filter, source_id);
	buf_char(&filter, ')');
	if (filter_search(c, c->settings.groups.base, &filter, attributes, &m, err) < 0)
		return -1;
	entry = ldap_first_entry(c->session->ld, m);
	if (entry)
		*ret = (struct group_identity){
			.found = true, .id = id_of_entry(c, entry, arena), .mark = source_id};
	ldap_msgfree(m);
	return 0;
}

str group_new_dn(const struct ldap_connection *c, str name, struct arena *arena)
{
	struct buf dn = {0};
	str kept;

	buf_printf(&dn, "%s=", c->name_attribute);
	dn_put_value(&dn, name);
	buf_printf(&dn, ",%s", c->settings.new_base);
	kept = buf_keep(&dn, arena);
	return kept;
}

str team_new_name(const struct object *team, const struct change *change)
{
	for (size_t i = 0; change && i < change->edit_count; i++)
		if (str_equal(change->edits[i].path, STR(PATH_DISPLAYNAME)) &&
		    change->edits[i].after.n)
			return change->edits[i].after;
	for (size_t i = 0; i < team->field_count; i++)
		if (str_equal(team->fields[i].name, STR(PATH_DISPLAYNAME)))
			return team->fields[i].value;
	return team->label;
}
