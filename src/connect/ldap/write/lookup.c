/* SPDX-License-Identifier: Apache-2.0 */
/* Small searches that writing and settling need: a group by id, by mark or by name, a person's
 * member value. */
#include <stdio.h>
#include <string.h>

#include "connect/ldap/session/session.h"
#include "connect/ldap/write/write.h"

/* The first value of an attribute, in the arena; empty when there is none. */
static str attribute_value(struct ldap_session *s, LDAPMessage *entry, const char *name,
			   struct arena *arena)
{
	struct berval **values = ldap_get_values_len(s->ld, entry, name);
	str value = STR("");

	if (values && values[0])
		value = arena_str(arena, str_make(values[0]->bv_val, values[0]->bv_len));
	ldap_value_free_len(values);
	return value;
}

static str entry_dn(struct ldap_session *s, LDAPMessage *entry, struct arena *arena)
{
	char *text = ldap_get_dn(s->ld, entry);
	str dn = arena_str(arena, str_of(text));

	ldap_memfree(text);
	return dn;
}

static str id_text(const struct ldap_connection *c, str value, struct arena *arena)
{
	struct buf text = {0};
	str id = value;

	if (server_is_binary(str_of(c->id))) {
		id = server_binary_text(str_of(c->id), value, &text) ? buf_str(&text) : STR("");
		id = arena_str(arena, id);
	}
	buf_clear(&text);
	return id;
}

static const struct group_class *entry_class(struct ldap_session *s, LDAPMessage *entry)
{
	struct berval **values = ldap_get_values_len(s->ld, entry, "objectClass");
	const struct group_class *class = NULL;

	for (size_t i = 0; values && values[i] && !class; i++)
		class = group_class_find(str_make(values[i]->bv_val, values[i]->bv_len));
	ldap_value_free_len(values);
	return class;
}

int group_compare(struct ldap_connection *c, const struct known_group *group, str member,
		  struct ldap_result *ret, struct err *err)
{
	struct ldap_session *s = c->session;
	struct berval value = {member.n, plain_text(member.p)};
	LDAPMessage *m = NULL;
	int id;

	s->requests++;
	*ret = (struct ldap_result){.code = ldap_compare_ext(s->ld, group->dn.p,
							     group->class->members, &value, NULL,
							     NULL, &id)};
	if (ret->code != LDAP_SUCCESS)
		return 0;
	if (ldap_session_wait(s, id, LDAP_MSG_ALL, &m, err) < 0)
		return -1;
	ldap_result_read(s, m, false, ret);
	ldap_msgfree(m);
	return 0;
}

/* Whether a group of a class that may not be empty holds the placeholder. */
static int ask_placeholder(struct ldap_connection *c, struct known_group *group, struct err *err)
{
	struct ldap_result a;

	if (group_may_be_empty(c->rootdse.kind, group->class) || !group->class->members_are_dns)
		return 0;
	if (group_compare(c, group, str_of(c->settings.placeholder), &a, err) < 0)
		return -1;
	group->placeholder = a.code == LDAP_COMPARE_TRUE;
	return 0;
}

int group_look_up(struct ldap_connection *c, str id, str dn, struct known_group *ret,
		  bool *ret_found, struct err *err)
{
	static const char *const attributes[] = {"objectClass", NULL};
	struct known_group *known = id.n ? known_group_find(c, id) : NULL;
	struct buf filter = {0}, base = {0};
	struct search_query query;
	LDAPMessage *m = NULL, *entry;
	int done;

	*ret_found = true;
	if (known && known->class) {
		*ret = *known;
		return 0;
	}
	buf_put(&base, dn);
	if (id.n)
		server_put_id_filter(c->id, id, &filter);
	query = (struct search_query){id.n ? c->settings.groups.base : base.p,
				      id.n ? LDAP_SCOPE_SUBTREE : LDAP_SCOPE_BASE,
				      id.n ? filter.p : FILTER_ANY, attributes};
	done = search_whole(c->session, &query, 2, &m, err);
	buf_clear(&filter);
	buf_clear(&base);
	if (done < 0)
		return -1;
	entry = ldap_first_entry(c->session->ld, m);
	*ret_found = entry != NULL;
	if (entry) {
		*ret = (struct known_group){.dn = entry_dn(c->session, entry, &c->arena),
					    .class = entry_class(c->session, entry)};
		if (ret->class && ask_placeholder(c, ret, err) < 0)
			done = -1;
		else if (id.n)
			known_group_put(c, id, *ret);
	}
	ldap_msgfree(m);
	return done;
}

/* The user name of a DN: its first RDN, or what the entry says; kept, because the same people come
 * again. */
static int look_up_uid(struct ldap_connection *c, str dn, struct arena *arena, str *ret,
		       struct err *err)
{
	static const char *const attributes[] = {"uid", NULL};
	struct buf key = {0};
	LDAPMessage *m = NULL, *entry;
	uint32_t number;
	str type, value;

	*ret = STR("");
	if (dn_first(dn, arena, &type, &value) && str_equal_nocase(type, STR("uid"))) {
		*ret = value;
		return 0;
	}
	if (!dn_key(dn, &key))
		buf_put(&key, dn);
	number = intern_put(&c->names, buf_str(&key));
	buf_clear(&key);
	if (number < c->uids.count) {
		*ret = c->uids.items[number];
		return 0;
	}
	if (search_entry(c->session, dn.p, attributes, &m, err) < 0)
		return -1;
	entry = ldap_first_entry(c->session->ld, m);
	if (entry)
		*ret = attribute_value(c->session, entry, "uid", &c->arena);
	ldap_msgfree(m);
	list_push(&c->uids, *ret);
	return 0;
}

/* A person whose DN nobody told us, by the immutable id. */
static int look_up_person(struct ldap_connection *c, str id, struct arena *arena, str *ret,
			  struct err *err)
{
	struct search_query query;
	struct buf filter = {0};
	LDAPMessage *m = NULL, *entry;
	int done;

	*ret = STR("");
	if (id.n == 0)
		return 0;
	server_put_id_filter(c->id, id, &filter);
	query = (struct search_query){c->settings.users.base, LDAP_SCOPE_SUBTREE, filter.p,
				      search_no_attributes};
	done = search_whole(c->session, &query, 2, &m, err);
	buf_clear(&filter);
	if (done < 0)
		return -1;
	entry = ldap_first_entry(c->session->ld, m);
	if (entry)
		*ret = entry_dn(c->session, entry, arena);
	ldap_msgfree(m);
	return 0;
}

int member_value(struct ldap_connection *c, const struct group_class *class,
		 const struct object *user, struct arena *arena, str *ret, struct err *err)
{
	str dn = user->dn;

	if (dn.n == 0 && look_up_person(c, user->target_id, arena, &dn, err) < 0)
		return -1;
	*ret = arena_str(arena, dn);
	if (dn.n == 0 || class->members_are_dns)
		return 0;
	return look_up_uid(c, *ret, arena, ret, err);
}

static str entry_mark(struct ldap_connection *c, LDAPMessage *entry, struct arena *arena)
{
	struct berval **values = ldap_get_values_len(c->session->ld, entry, c->mark);
	const str prefix = STR(MARK_PREFIX);
	str mark = STR("");

	for (size_t i = 0; values && values[i]; i++) {
		str value = str_make(values[i]->bv_val, values[i]->bv_len);

		if (str_starts(value, prefix))
			mark = arena_str(arena, str_slice(value, prefix.n, value.n));
	}
	ldap_value_free_len(values);
	return mark;
}

int group_identify(struct ldap_connection *c, const char *dn, struct arena *arena, bool *ret_found,
		   str *ret_id, str *ret_pos, struct err *err)
{
	const char *const attributes[] = {c->id, c->mark, NULL};
	LDAPMessage *m = NULL, *entry;

	*ret_id = *ret_pos = STR("");
	if (search_entry(c->session, dn, attributes, &m, err) < 0)
		return -1;
	entry = ldap_first_entry(c->session->ld, m);
	*ret_found = entry != NULL;
	if (entry) {
		*ret_id = id_text(c, attribute_value(c->session, entry, c->id, arena), arena);
		*ret_pos = entry_mark(c, entry, arena);
	}
	ldap_msgfree(m);
	return 0;
}

int group_by_mark(struct ldap_connection *c, str source_id, struct arena *arena, str *ret_dn,
		  str *ret_id, struct err *err)
{
	const char *const attributes[] = {c->id, NULL};
	struct search_query query;
	struct buf filter = {0};
	LDAPMessage *m = NULL, *entry;
	int done;

	*ret_dn = *ret_id = STR("");
	if (source_id.n == 0)
		return 0;
	buf_printf(&filter, "(%s=" MARK_PREFIX, c->mark);
	filter_put_value(&filter, source_id);
	buf_char(&filter, ')');
	query = (struct search_query){c->settings.groups.base, LDAP_SCOPE_SUBTREE, filter.p,
				      attributes};
	done = search_whole(c->session, &query, 2, &m, err);
	buf_clear(&filter);
	if (done < 0)
		return -1;
	entry = ldap_first_entry(c->session->ld, m);
	if (entry) {
		*ret_dn = entry_dn(c->session, entry, arena);
		*ret_id = id_text(c, attribute_value(c->session, entry, c->id, arena), arena);
	}
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
	kept = arena_str(arena, buf_str(&dn));
	buf_clear(&dn);
	return kept;
}

/* A new name is in the edits of a rename, in the fields of a new team, else in its label. */
str team_name(const struct object *team, const struct change *change)
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
