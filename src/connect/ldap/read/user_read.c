/* SPDX-License-Identifier: Apache-2.0 */
/* People: which of their attributes are asked for, whether they are locked, who of them we are. */
#include "connect/ldap/read/internal.h"

void user_map_init(struct ldap_read *r)
{
	const struct ldap_connection *c = r->c;
	bool ad = c->rootdse.kind == SERVER_AD;

	attribute_map_init(&r->users, c->settings.users.attributes,
			   c->settings.users.attribute_count);
	attribute_map_add_default(&r->users, PATH_EXTERNALID, c->id_attribute, false);
	for (const struct server_default *d = server_user_defaults; d->path; d++) {
		const char *attribute = ad ? d->ad_attribute : d->attribute;

		if (attribute)
			attribute_map_add_default(&r->users, d->path, attribute, d->lower);
	}
	attribute_map_add_own(&r->users);
	attribute_map_remove(&r->users, PATH_ACTIVE, &r->user.active);
	r->user.id = attribute_map_slot(&r->users, c->id_attribute);
	r->user.uid = r->has_posix ? attribute_map_slot(&r->users, "uid") : SLOT_NONE;
	r->user.upn =
		c->self_name.n ? attribute_map_slot(&r->users, "userPrincipalName") : SLOT_NONE;
	r->user.primary_id = ad ? attribute_map_slot(&r->users, "primaryGroupID") : SLOT_NONE;
	for (size_t i = 0; c->facts->locks[i]; i++)
		r->user.locks[r->user.lock_count++] =
			attribute_map_slot(&r->users, c->facts->locks[i]);
}

static bool user_is_locked(struct ldap_read *r, const struct entry_values *v)
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

static uint32_t user_flags(struct ldap_read *r, const struct entry_values *v, str dn_key_text)
{
	uint32_t flags = user_is_locked(r, v) ? ENTRY_INACTIVE : 0;
	const struct ldap_connection *c = r->c;

	if (c->self_key.n && str_equal(dn_key_text, c->self_key))
		flags |= ENTRY_SELF;
	if (c->self_name.n && str_equal_nocase(value_first(v, r->user.upn), c->self_name))
		flags |= ENTRY_SELF;
	return flags;
}

/* `active` by a template of the admin's own replaces what the locks say. */
static void user_put_active(struct ldap_read *r, const struct entry_values *v, uint32_t *flags)
{
	struct buf text = {0};

	if (r->user.active.path) {
		attribute_map_text(&r->users, &r->user.active, v, &text);
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
static void user_register(struct ldap_read *r, const struct entry_values *v, uint32_t row)
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
		*list_add(&r->primaries) = (struct primary_group){row, (uint32_t)token};
}

static int user_put(struct ldap_read *r, const struct entry_values *v, struct err *err)
{
	uint32_t flags, row;
	int went;

	if (!entry_begin(r, ENTRY_USER, &r->users, v, r->user.id))
		return 0;
	entry_key(r, v->dn);
	flags = user_flags(r, v, buf_str(&r->key));
	user_put_active(r, v, &flags);
	went = entry_end(r, ENTRY_USER, v, flags, &row, err);
	if (went > 0)
		user_register(r, v, row);
	return went < 0 ? -1 : 0;
}

int user_entry_read(void *context, const struct entry_view *e, struct err *err)
{
	struct ldap_read *r = context;
	uint64_t tail;
	struct entry_values v = entry_values_read(r, &r->users, e, &tail);
	int done = user_put(r, &v, err);

	entry_values_drop(r, &r->users);
	return done;
}
