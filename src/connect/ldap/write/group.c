/* SPDX-License-Identifier: Apache-2.0 */
/* Groups as entries: made with the mark and their first members, renamed, deleted. */
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/crashpoint.h"
#include "connect/ldap/session/session.h"
#include "connect/ldap/write/write.h"

#define OID_POST_READ "1.3.6.1.1.13.2"

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
	struct berval *bytes = arena_array(&d->arena, struct berval, count);
	struct berval **list = arena_array(&d->arena, struct berval *, count + 1);
	LDAPMod *mod = arena_new(&d->arena, LDAPMod);

	for (size_t i = 0; i < count; i++) {
		bytes[i] = (struct berval){values[i].n, plain_text(values[i].p)};
		list[i] = &bytes[i];
	}
	mod->mod_op = LDAP_MOD_ADD | LDAP_MOD_BVALUES;
	mod->mod_type = plain_text(attribute);
	mod->mod_bvalues = list;
	d->mods[d->count++] = mod;
}

/* What AD does not take in an account name (MS-SAMR 3.1.1.6) becomes an underscore. */
static str account_name(str name, struct arena *arena)
{
	char *text = arena_alloc(arena, name.n + 1);

	for (size_t i = 0; i < name.n; i++)
		text[i] = strchr("\"/\\[]:;|=,+*?<>", name.p[i]) ? '_' : name.p[i];
	return str_make(text, name.n);
}

static void note_gid(LDAP *ld, LDAPMessage *entry, int64_t *greatest)
{
	struct berval **values = ldap_get_values_len(ld, entry, "gidNumber");
	int64_t gid;

	if (values && values[0] &&
	    str_to_int(str_make(values[0]->bv_val, values[0]->bv_len), &gid) && gid > *greatest)
		*greatest = gid;
	ldap_value_free_len(values);
}

struct gids {
	int64_t greatest;
};

static int take_gid(void *context, const struct entry_view *e, struct err *err)
{
	struct gids *gids = context;

	(void)err;
	note_gid(e->session->ld, e->message, &gids->greatest);
	return 0;
}

/* The next free gidNumber above what the groups here have. */
static int next_gid(struct writing *w, int64_t *ret, struct err *err)
{
	static const char *const attributes[] = {"gidNumber", NULL};
	const struct ldap_connection *c = w->c;
	const struct search_query query = {c->settings.groups.base, LDAP_SCOPE_SUBTREE,
					   "(objectClass=posixGroup)", attributes};
	struct gids gids = {c->settings.gid_from - 1};
	struct paged_search *q;
	bool more = true;

	if (w->next_gid == 0) {
		if (paged_search_open(c->session, &query,
				      c->rootdse.paging ? (int)c->settings.page_size : 0, &q,
				      err) < 0)
			return -1;
		while (more)
			if (paged_search_next(q, take_gid, &gids, &more, err) < 0)
				break;
		paged_search_close(q);
		if (more)
			return -1;
		w->next_gid = gids.greatest + 1;
	}
	*ret = w->next_gid++;
	return 0;
}

static void put_classes(struct draft *d, const struct job *job)
{
	const str classes[] = {STR("top"), str_of(job->class->name)};

	draft_put(d, "objectClass", classes, 2);
}

static void put_names(const struct writing *w, const struct job *job, struct draft *d)
{
	str name = team_name(job->team, job->create);

	draft_put(d, w->c->name_attribute, &name, 1);
	if (strcasecmp(w->c->name_attribute, "cn") != 0)
		draft_put(d, "cn", &name, 1);
	if (w->c->rootdse.kind == SERVER_AD) {
		str account = account_name(name, &d->arena), type = STR(AD_GROUP_TYPE);

		draft_put(d, "sAMAccountName", &account, 1);
		draft_put(d, "groupType", &type, 1);
	}
}

static void put_mark(const struct writing *w, const struct job *job, struct draft *d)
{
	str mark;

	if (job->team->source_id.n == 0)
		return;
	mark = arena_printf(&d->arena, MARK_PREFIX "%.*s", STR_ARG(job->team->source_id));
	draft_put(d, w->c->mark, &mark, 1);
}

/* The first members travel with the entry. */
static void put_first_members(struct writing *w, struct job *job, struct draft *d)
{
	size_t count = job->adds.left < job->chunk ? job->adds.left : job->chunk;
	str *values = arena_array(&d->arena, str, count + 1);

	job->flight.count = job->flight_removes = 0;
	for (size_t i = job->adds.first; job->flight.count < count; i++)
		if (!job->adds.items.items[i].settled)
			list_push(&job->flight, &job->adds.items.items[i]);
	for (size_t i = 0; i < count; i++)
		values[i] = job->flight.items[i]->value;
	job->puts_placeholder = count == 0 && !group_may_be_empty(w->c->rootdse.kind, job->class);
	if (job->puts_placeholder)
		values[count++] = str_of(w->c->settings.placeholder);
	if (count)
		draft_put(d, job->class->members, values, count);
}

/* Asks for the id of what is created in the same breath (RFC 4527), where the server can. */
static LDAPControl *post_read_control(const struct ldap_connection *c)
{
	BerElement *ber = ber_alloc_t(LBER_USE_DER);
	struct berval value = {0, NULL};
	LDAPControl *control = NULL;

	if (ber && ber_printf(ber, "{s}", c->id) != -1 && ber_flatten2(ber, &value, 0) != -1)
		ldap_control_create(OID_POST_READ, 0, &value, 1, &control);
	ber_free(ber, 1);
	return control;
}

static int send_create(struct writing *w, struct job *job, struct err *err)
{
	struct ldap_connection *c = w->c;
	LDAPControl *post_read = c->rootdse.post_read ? post_read_control(c) : NULL,
		    *controls[] = {post_read, NULL};
	struct draft d = {.count = 0};
	int64_t gid;
	int code;

	put_classes(&d, job);
	put_names(w, job, &d);
	put_mark(w, job, &d);
	if (strcmp(job->class->name, "posixGroup") == 0) {
		str text;

		if (next_gid(w, &gid, err) < 0) {
			ldap_control_free(post_read);
			arena_clear(&d.arena);
			return -1;
		}
		text = arena_printf(&d.arena, "%lld", (long long)gid);
		draft_put(&d, "gidNumber", &text, 1);
	}
	put_first_members(w, job, &d);
	crashpoint_pass("LDAP creation of a group");
	code = ldap_add_ext(c->session->ld, job->dn.p, d.mods, controls, NULL, &job->id);
	ldap_control_free(post_read);
	arena_clear(&d.arena);
	return code;
}

/* The name stands in the DN, but for groups that are named by something else there. */
static int send_rename(struct writing *w, struct job *job)
{
	str name = team_name(job->team, job->rename), type, value;
	struct arena arena = {0};
	struct buf rdn = {0};
	int code;

	crashpoint_pass("LDAP renaming of a group");
	if (dn_first(job->dn, &arena, &type, &value) &&
	    !str_equal_nocase(type, str_of(w->c->name_attribute))) {
		struct berval bytes = {name.n, plain_text(name.p)}, *values[] = {&bytes, NULL};
		LDAPMod mod = {.mod_op = LDAP_MOD_REPLACE | LDAP_MOD_BVALUES,
			       .mod_type = plain_text(w->c->name_attribute)},
			*mods[] = {&mod, NULL};

		mod.mod_bvalues = values;
		code = ldap_modify_ext(w->c->session->ld, job->dn.p, mods, NULL, NULL, &job->id);
	} else {
		buf_printf(&rdn, "%s=", w->c->name_attribute);
		dn_put_value(&rdn, name);
		code = ldap_rename(w->c->session->ld, job->dn.p, rdn.p, NULL, 1, NULL, NULL,
				   &job->id);
	}
	buf_clear(&rdn);
	arena_clear(&arena);
	return code;
}

int group_send(struct writing *w, struct job *job, struct err *err)
{
	struct ldap_result a = {0};

	switch (job->step) {
	case STEP_CREATE:
		a.code = send_create(w, job, err);
		break;
	case STEP_RENAME:
		a.code = send_rename(w, job);
		break;
	default:
		crashpoint_pass("LDAP deletion of a group");
		a.code = ldap_delete_ext(w->c->session->ld, job->dn.p, NULL, NULL, &job->id);
	}
	if (a.code == LDAP_SUCCESS)
		return 0;
	job->id = 0;
	job->uncertain = true;
	return ldap_result_err(w->c->session, &a, err, "change %.*s", STR_ARG(job->dn));
}

/* --- answers */

/* From the post-read control: an entry of the one attribute we asked for. */
static str id_of_control(const struct ldap_connection *c, const struct ldap_result *a,
			 struct arena *arena)
{
	LDAPControl *control = ldap_control_find(OID_POST_READ, a->controls, NULL);
	struct berval dn, name, *values = NULL;
	ber_len_t size = sizeof *values;
	struct buf text = {0};
	BerElement *ber;
	str id = STR("");

	if (!control || !(ber = ber_init(&control->ldctl_value)))
		return id;
	/* SearchResultEntry (RFC 4511 4.5.2), the values as views. */
	if (ber_scanf(ber, "{m{{mM", &dn, &name, &values, &size, (ber_len_t)0) != LBER_ERROR &&
	    values && values[0].bv_val) {
		str value = str_make(values[0].bv_val, values[0].bv_len);

		if (!server_is_binary(str_of(c->id)))
			id = arena_str(arena, value);
		else if (server_binary_text(str_of(c->id), value, &text))
			id = arena_str(arena, buf_str(&text));
	}
	buf_clear(&text);
	ber_memfree(values);
	ber_free(ber, 1);
	return id;
}

/* The group is there, made by us now or before: tells so, and goes on to its other members. */
static void created(struct writing *w, struct job *job, enum outcome outcome, str id)
{
	known_group_put(w->c, id,
			(struct known_group){.dn = job->dn,
					     .class = job->class,
					     .placeholder = job->has_placeholder});
	job->team->dn = arena_str(&w->plan->arena, job->dn);
	job->team->target_id = arena_str(&w->plan->arena, id);
	job_tell(w, job->create, outcome, id, NULL);
	job->create = NULL;
}

static int take_created(struct writing *w, struct job *job, const struct ldap_result *a,
			struct err *err)
{
	str id = id_of_control(w->c, a, &w->arena), mark;
	bool found = true;

	job->has_placeholder = job->puts_placeholder;
	if (id.n == 0 && group_identify(w->c, job->dn.p, &w->arena, &found, &id, &mark, err) < 0)
		return -1;
	created(w, job, OUTCOME_DONE, id);
	members_arrived(w, job);
	job_advance(job);
	return 0;
}

/* An entry of this name exists: ours from before, or somebody's. */
static int take_exists(struct writing *w, struct job *job, const struct ldap_result *a,
		       struct err *err)
{
	struct err why;
	str id, mark;
	bool found, gone;

	if (group_identify(w->c, job->dn.p, &w->arena, &found, &id, &mark, err) < 0)
		return -1;
	if (found && id.n && mark.n && str_equal(mark, job->team->source_id)) {
		created(w, job, OUTCOME_ALREADY, id);
		job->flight.count = 0;
		job_advance(job);
		return members_compare(w, job, &gone, err);
	}
	if (!found) {
		job_err(w, job, a, &why, "create the group");
	} else {
		err_set(&why, REACH_ENTRY, CODE_REFUSED,
			"%.*s: an entry of this name exists and does not carry muster's mark; "
			"rename it, or give the team another name",
			STR_ARG(job->dn));
	}
	job_end(w, job, OUTCOME_REFUSED, &why);
	return 0;
}

static void renamed(struct writing *w, struct job *job, enum outcome outcome)
{
	struct arena arena = {0};
	struct known_group *known;
	str type, value;

	if (dn_first(job->dn, &arena, &type, &value) &&
	    str_equal_nocase(type, str_of(w->c->name_attribute))) {
		struct buf dn = {0};

		buf_printf(&dn, "%s=", w->c->name_attribute);
		dn_put_value(&dn, team_name(job->team, job->rename));
		buf_printf(&dn, ",%.*s", STR_ARG(dn_parent(job->dn)));
		job->dn = arena_str(&w->arena, buf_str(&dn));
		buf_clear(&dn);
	}
	arena_clear(&arena);
	known = known_group_find(w->c, job->team->target_id);
	if (known)
		known->dn = arena_str(&w->c->group_arena, job->dn);
	job->team->dn = arena_str(&w->plan->arena, job->dn);
	job_tell(w, job->rename, outcome, STR(""), NULL);
	job->rename = NULL;
	job_advance(job);
}

static void deleted(struct writing *w, struct job *job, enum outcome outcome)
{
	job_tell(w, job->remove, outcome, STR(""), NULL);
	job->remove = NULL;
	job_advance(job);
}

static bool is_transient(int code)
{
	return code == LDAP_BUSY || code == LDAP_UNAVAILABLE || code == LDAP_OTHER;
}

/* A member that the server does not take must not keep the group from being made: it is left for
 * the next step. */
static bool can_do_without_members(const struct job *job, int code)
{
	return job->step == STEP_CREATE && job->flight.count > 0 && job->chunk > 0 &&
	       code != LDAP_INSUFFICIENT_ACCESS && code != LDAP_NO_SUCH_OBJECT;
}

static void take_failure(struct writing *w, struct job *job, const struct ldap_result *a)
{
	static const char *const what[] = {
		[STEP_CREATE] = "create the group",
		[STEP_RENAME] = "rename the group",
		[STEP_MEMBERS] = "change members",
		[STEP_DELETE] = "delete the group",
		[STEP_OVER] = "",
	};
	struct err why;

	if (is_transient(a->code) && ++job->tries < TRIES_MAX) {
		clock_sleep(100 << job->tries);
		return;
	}
	if (can_do_without_members(job, a->code)) {
		job->chunk = 0;
		return;
	}
	job_err(w, job, a, &why, what[job->step]);
	job_end(w, job, is_transient(a->code) ? OUTCOME_LATER : OUTCOME_REFUSED, &why);
}

int group_take(struct writing *w, struct job *job, struct ldap_result *a, struct err *err)
{
	int done = 0;

	if (a->code == LDAP_SUCCESS && job->step == STEP_CREATE)
		done = take_created(w, job, a, err);
	else if (a->code == LDAP_SUCCESS && job->step == STEP_RENAME)
		renamed(w, job, OUTCOME_DONE);
	else if (a->code == LDAP_SUCCESS)
		deleted(w, job, OUTCOME_DONE);
	else if (a->code == LDAP_ALREADY_EXISTS && job->step == STEP_CREATE)
		done = take_exists(w, job, a, err);
	else if (a->code == LDAP_NO_SUCH_OBJECT && job->step == STEP_DELETE)
		deleted(w, job, OUTCOME_ALREADY);
	else
		take_failure(w, job, a);
	return done;
}

int group_recheck(struct writing *w, struct job *job, struct err *err)
{
	struct ldap_result lost = {.code = LDAP_SERVER_DOWN};
	struct known_group now;
	struct arena arena = {0};
	str id, mark, type, value;
	bool found;

	if (job->step == STEP_CREATE) {
		if (group_identify(w->c, job->dn.p, &w->arena, &found, &id, &mark, err) < 0)
			return -1;
		return found ? take_exists(w, job, &lost, err) : 0;
	}
	/* What we remember of the group may be what has just changed. */
	known_group_put(w->c, job->team->target_id, (struct known_group){.dn = job->dn});
	if (group_look_up(w->c, job->team->target_id, job->dn, &now, &found, err) < 0)
		return -1;
	if (!found && job->step == STEP_DELETE) {
		deleted(w, job, OUTCOME_DONE);
	} else if (found && job->step == STEP_RENAME) {
		job->dn = arena_str(&w->arena, now.dn);
		if (dn_first(now.dn, &arena, &type, &value) &&
		    str_equal(value, team_name(job->team, job->rename)))
			renamed(w, job, OUTCOME_DONE);
	}
	arena_clear(&arena);
	return 0;
}
