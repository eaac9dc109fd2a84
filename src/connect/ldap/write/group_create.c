/* SPDX-License-Identifier: Apache-2.0 */
/* New groups: an entry with the mark and its first members, and what the server says to it. */
#include <string.h>

#include "base/crashpoint.h"
#include "connect/ldap/write/internal.h"

/* Global security group: MS-ADTS 2.2.12. */
#define AD_GROUP_TYPE "-2147483646"

/* An entry being put together: attributes of one or more values, all in the arena. */
struct draft {
	LDAPMod *mods[10];
	size_t count;
	struct arena arena;
};

static void draft_put(struct draft *d, const char *attribute, const str *values, size_t count)
{
	d->mods[d->count++] = mod_build(LDAP_MOD_ADD, attribute, values, count, &d->arena);
}

/* What AD does not take in an account name (MS-SAMR 3.1.1.6) becomes an underscore. */
static str ad_account_name(str name, struct arena *arena)
{
	char *text = arena_alloc(arena, name.n + 1);

	for (size_t i = 0; i < name.n; i++)
		text[i] = strchr("\"/\\[]:;|=,+*?<>", name.p[i]) ? '_' : name.p[i];
	return str_make(text, name.n);
}

/* Sink for the search below; context: the greatest gidNumber so far. */
static int gid_read(void *context, const struct entry_view *e, struct err *err)
{
	struct berval **values = ldap_get_values_len(e->session->ld, e->message, "gidNumber");
	int64_t *greatest = context, gid;

	(void)err;
	if (values && values[0] &&
	    str_to_int(str_make(values[0]->bv_val, values[0]->bv_len), &gid) && gid > *greatest)
		*greatest = gid;
	ldap_value_free_len(values);
	return 0;
}

static int gid_read_greatest(const struct ldap_connection *c, int64_t *greatest, struct err *err)
{
	static const char *const attributes[] = {"gidNumber", NULL};
	const struct search_query query = {c->settings.groups.base, LDAP_SCOPE_SUBTREE,
					   "(objectClass=posixGroup)", attributes};
	struct paged_search *q;
	bool more = true;

	if (paged_search_open(c->session, &query, ldap_connection_page_size(c), &q, err) < 0)
		return -1;
	while (more)
		if (paged_search_next(q, gid_read, greatest, &more, err) < 0)
			break;
	paged_search_close(q);
	return more ? -1 : 0;
}

/* The next free gidNumber above what the groups here have; read once a batch. */
static int gid_next(struct write_batch *w, int64_t *ret, struct err *err)
{
	int64_t greatest = w->c->settings.gid_from - 1;

	if (w->next_gid == 0) {
		if (gid_read_greatest(w->c, &greatest, err) < 0)
			return -1;
		w->next_gid = greatest + 1;
	}
	*ret = w->next_gid++;
	return 0;
}

static void draft_put_classes(struct draft *d, const struct group_op *op)
{
	const str classes[] = {STR("top"), str_of(op->class->name)};

	draft_put(d, "objectClass", classes, 2);
}

static void draft_put_names(const struct write_batch *w, const struct group_op *op, struct draft *d)
{
	str name = team_new_name(op->team, op->create);

	draft_put(d, w->c->name_attribute, &name, 1);
	if (strcasecmp(w->c->name_attribute, "cn") != 0)
		draft_put(d, "cn", &name, 1);
	if (w->c->rootdse.kind == SERVER_AD) {
		str account = ad_account_name(name, &d->arena), type = STR(AD_GROUP_TYPE);

		draft_put(d, "sAMAccountName", &account, 1);
		draft_put(d, "groupType", &type, 1);
	}
}

static void draft_put_mark(const struct write_batch *w, const struct group_op *op, struct draft *d)
{
	str mark;

	if (op->team->source_id.n == 0)
		return;
	mark = arena_printf(&d->arena, MARK_PREFIX "%.*s", STR_ARG(op->team->source_id));
	draft_put(d, w->c->mark_attribute, &mark, 1);
}

/* The first members travel with the entry. */
static void draft_put_members(struct write_batch *w, struct group_op *op, struct draft *d)
{
	size_t count = op->adds.left < op->chunk ? op->adds.left : op->chunk;
	str *values = arena_array(&d->arena, str, count + 1);

	op->in_flight.count = op->in_flight_removes = 0;
	for (size_t i = op->adds.first; op->in_flight.count < count; i++)
		if (!op->adds.items.items[i].settled)
			list_push(&op->in_flight, &op->adds.items.items[i]);
	for (size_t i = 0; i < count; i++)
		values[i] = op->in_flight.items[i]->value;
	op->puts_empty_member = count == 0 && !group_may_be_empty(w->c->rootdse.kind, op->class);
	if (op->puts_empty_member)
		values[count++] = str_of(w->c->settings.empty_member);
	if (count)
		draft_put(d, op->class->members, values, count);
}

/* Asks for the id of what is created in the same breath (RFC 4527), where the server can. */
static LDAPControl *post_read_control(const struct ldap_connection *c)
{
	BerElement *ber = ber_alloc_t(LBER_USE_DER);
	struct berval value = {0, NULL};
	LDAPControl *control = NULL;

	if (ber && ber_printf(ber, "{s}", c->id_attribute) != -1 &&
	    ber_flatten2(ber, &value, 0) != -1)
		ldap_control_create(LDAP_CONTROL_POST_READ, 0, &value, 1, &control);
	ber_free(ber, 1);
	return control;
}

static int draft_put_gid(struct write_batch *w, struct draft *d, struct err *err)
{
	int64_t gid;
	str text;

	if (gid_next(w, &gid, err) < 0)
		return -1;
	text = arena_printf(&d->arena, "%lld", (long long)gid);
	draft_put(d, "gidNumber", &text, 1);
	return 0;
}

int create_send(struct write_batch *w, struct group_op *op, int *ret, struct err *err)
{
	LDAPControl *post_read = NULL, *controls[] = {NULL, NULL};
	struct draft d = {.count = 0};

	draft_put_classes(&d, op);
	draft_put_names(w, op, &d);
	draft_put_mark(w, op, &d);
	if (strcmp(op->class->name, "posixGroup") == 0 && draft_put_gid(w, &d, err) < 0) {
		arena_clear(&d.arena);
		return -1;
	}
	draft_put_members(w, op, &d);
	if (w->c->rootdse.post_read)
		controls[0] = post_read = post_read_control(w->c);
	crashpoint_pass("LDAP creation of a group");
	*ret = ldap_add_ext(w->c->session->ld, op->dn.p, d.mods, controls, NULL, &op->message_id);
	ldap_control_free(post_read);
	arena_clear(&d.arena);
	return 0;
}

/* --- results */

/* From the post-read control: an entry of the one attribute we asked for. */
static str post_read_id(const struct ldap_connection *c, const struct ldap_result *result,
			struct arena *arena)
{
	LDAPControl *control = ldap_control_find(LDAP_CONTROL_POST_READ, result->controls, NULL);
	struct berval dn, name, *values = NULL;
	ber_len_t size = sizeof *values;
	BerElement *ber;
	str id = STR("");

	if (!control || !(ber = ber_init(&control->ldctl_value)))
		return id;
	/* SearchResultEntry (RFC 4511 4.5.2), the values as views. */
	if (ber_scanf(ber, "{m{{mM", &dn, &name, &values, &size, (ber_len_t)0) != LBER_ERROR &&
	    values && values[0].bv_val)
		id = id_keep(c, str_make(values[0].bv_val, values[0].bv_len), arena);
	ber_memfree(values);
	ber_free(ber, 1);
	return id;
}

/* The group is there, made by us now or before: tells so, and goes on to its other members. */
static void create_done(struct write_batch *w, struct group_op *op, enum outcome outcome, str id)
{
	const struct known_group group = {op->dn, op->class, op->has_empty_member};

	known_groups_put(&w->c->groups, id, &group);
	op->team->dn = arena_str(&w->plan->arena, op->dn);
	op->team->target_id = arena_str(&w->plan->arena, id);
	outcome_tell(w, op->create, outcome, id, NULL);
	op->create = NULL;
}

int create_on_success(struct write_batch *w, struct group_op *op, const struct ldap_result *result,
		      struct err *err)
{
	struct group_identity group;
	str id = post_read_id(w->c, result, &w->arena);

	op->has_empty_member = op->puts_empty_member;
	if (id.n == 0) {
		if (group_identify(w->c, op->dn.p, &w->arena, &group, err) < 0)
			return -1;
		id = group.id;
	}
	create_done(w, op, OUTCOME_DONE, id);
	in_flight_settle(w, op, OUTCOME_DONE, NULL);
	group_op_advance(op);
	return 0;
}

int create_on_existing(struct write_batch *w, struct group_op *op, const struct ldap_result *result,
		       struct err *err)
{
	struct group_identity group;
	struct err why;

	if (group_identify(w->c, op->dn.p, &w->arena, &group, err) < 0)
		return -1;
	if (group.id.n && group.mark.n && str_equal(group.mark, op->team->source_id)) {
		create_done(w, op, OUTCOME_ALREADY, group.id);
		op->in_flight.count = 0;
		group_op_advance(op);
		return members_compare(w, op, err);
	}
	if (!group.found) {
		group_op_err(w, op, result, &why, "create the group");
	} else {
		err_set(&why, REACH_ENTRY, CODE_REFUSED,
			"%.*s: an entry of this name exists and does not carry muster's mark; "
			"rename it, or give the team another name",
			STR_ARG(op->dn));
	}
	group_op_end(w, op, OUTCOME_REFUSED, &why);
	return 0;
}
