/* SPDX-License-Identifier: Apache-2.0 */
/* Groups as entries: renamed and deleted, and what becomes of any request for one. */
#include "base/clock.h"
#include "base/crashpoint.h"
#include "connect/ldap/write/internal.h"

/* Is it named in its DN by another attribute than the setting says? */
static bool group_has_other_rdn(const struct write_batch *w, str dn)
{
	struct arena arena = {0};
	str type, value;
	bool other = dn_first(dn, &arena, &type, &value) &&
		     !str_equal_nocase(type, str_of(w->c->name_attribute));

	arena_clear(&arena);
	return other;
}

/* The name stands in the DN, but for groups that are named by something else there. */
static int rename_send(struct write_batch *w, struct group_op *op)
{
	str name = team_new_name(op->team, op->rename);
	LDAP *ld = w->c->session->ld;
	struct arena arena = {0};
	struct buf rdn = {0};
	int code;

	crashpoint_pass("LDAP renaming of a group");
	if (group_has_other_rdn(w, op->dn)) {
		LDAPMod *mods[] = {
			mod_build(LDAP_MOD_REPLACE, w->c->name_attribute, &name, 1, &arena), NULL};

		code = ldap_modify_ext(ld, op->dn.p, mods, NULL, NULL, &op->message_id);
	} else {
		buf_printf(&rdn, "%s=", w->c->name_attribute);
		dn_put_value(&rdn, name);
		code = ldap_rename(ld, op->dn.p, rdn.p, NULL, 1, NULL, NULL, &op->message_id);
	}
	buf_clear(&rdn);
	arena_clear(&arena);
	return code;
}

int group_send(struct write_batch *w, struct group_op *op, struct err *err)
{
	int code;

	switch (op->step) {
	case STEP_CREATE:
		if (create_send(w, op, &code, err) < 0)
			return -1;
		break;
	case STEP_RENAME:
		code = rename_send(w, op);
		break;
	default:
		crashpoint_pass("LDAP deletion of a group");
		code = ldap_delete_ext(w->c->session->ld, op->dn.p, NULL, NULL, &op->message_id);
	}
	return code == LDAP_SUCCESS ? 0 : group_op_lost(w, op, code, err, "change");
}

/* --- results */

/* The DN of the group under its new name. */
static str renamed_dn(const struct write_batch *w, const struct group_op *op, struct arena *arena)
{
	struct buf dn = {0};
	str kept;

	buf_printf(&dn, "%s=", w->c->name_attribute);
	dn_put_value(&dn, team_new_name(op->team, op->rename));
	buf_printf(&dn, ",%.*s", STR_ARG(dn_parent(op->dn)));
	kept = buf_keep(&dn, arena);
	return kept;
}

static void rename_done(struct write_batch *w, struct group_op *op, enum outcome outcome)
{
	if (!group_has_other_rdn(w, op->dn))
		op->dn = renamed_dn(w, op, &w->arena);
	known_groups_rename(&w->c->groups, op->team->target_id, op->dn);
	op->team->dn = arena_str(&w->plan->arena, op->dn);
	outcome_tell(w, op->rename, outcome, STR(""), NULL);
	op->rename = NULL;
	group_op_advance(op);
}

static void delete_done(struct write_batch *w, struct group_op *op, enum outcome outcome)
{
	outcome_tell(w, op->remove, outcome, STR(""), NULL);
	op->remove = NULL;
	group_op_advance(op);
}

static bool result_is_transient(int code)
{
	return code == LDAP_BUSY || code == LDAP_UNAVAILABLE || code == LDAP_OTHER;
}

/* A member that the server does not take must not keep the group from being made: it is left for
 * the next step. */
static bool can_do_without_members(const struct group_op *op, int code)
{
	return op->step == STEP_CREATE && op->in_flight.count > 0 && op->chunk > 0 &&
	       code != LDAP_INSUFFICIENT_ACCESS && code != LDAP_NO_SUCH_OBJECT;
}

static void group_on_failure(struct write_batch *w, struct group_op *op,
			     const struct ldap_result *result)
{
	static const char *const what[] = {
		[STEP_CREATE] = "create the group",
		[STEP_RENAME] = "rename the group",
		[STEP_MEMBERS] = "change members",
		[STEP_DELETE] = "delete the group",
		[STEP_OVER] = "",
	};
	struct err why;

	if (result_is_transient(result->code) && ++op->tries < TRIES_MAX) {
		clock_sleep(100 << op->tries);
		return;
	}
	if (can_do_without_members(op, result->code)) {
		op->chunk = 0;
		return;
	}
	group_op_err(w, op, result, &why, what[op->step]);
	group_op_end(w, op, result_is_transient(result->code) ? OUTCOME_LATER : OUTCOME_REFUSED,
		     &why);
}

int group_on_result(struct write_batch *w, struct group_op *op, const struct ldap_result *result,
		    struct err *err)
{
	int done = 0;

	if (result->code == LDAP_SUCCESS && op->step == STEP_CREATE)
		done = create_on_success(w, op, result, err);
	else if (result->code == LDAP_SUCCESS && op->step == STEP_RENAME)
		rename_done(w, op, OUTCOME_DONE);
	else if (result->code == LDAP_SUCCESS)
		delete_done(w, op, OUTCOME_DONE);
	else if (result->code == LDAP_ALREADY_EXISTS && op->step == STEP_CREATE)
		done = create_on_existing(w, op, result, err);
	else if (result->code == LDAP_NO_SUCH_OBJECT && op->step == STEP_DELETE)
		delete_done(w, op, OUTCOME_ALREADY);
	else
		group_on_failure(w, op, result);
	return done;
}

/* Is the group there, and ours? Then the creation went well. */
static int create_recheck(struct write_batch *w, struct group_op *op, struct err *err)
{
	const struct ldap_result lost = {.code = LDAP_SERVER_DOWN};
	struct group_identity group;

	if (group_identify(w->c, op->dn.p, &w->arena, &group, err) < 0)
		return -1;
	return group.found ? create_on_existing(w, op, &lost, err) : 0;
}

int group_recheck(struct write_batch *w, struct group_op *op, struct err *err)
{
	const struct known_group forgotten = {.dn = op->dn};
	struct known_group now;
	struct arena arena = {0};
	str type, value;
	bool found;

	if (op->step == STEP_CREATE)
		return create_recheck(w, op, err);
	/* What we remember of the group may be what has just changed. */
	known_groups_put(&w->c->groups, op->team->target_id, &forgotten);
	if (group_lookup(w->c, op->team->target_id, op->dn, &now, &found, err) < 0)
		return -1;
	if (!found && op->step == STEP_DELETE) {
		delete_done(w, op, OUTCOME_DONE);
	} else if (found && op->step == STEP_RENAME) {
		op->dn = arena_str(&w->arena, now.dn);
		if (dn_first(now.dn, &arena, &type, &value) &&
		    str_equal(value, team_new_name(op->team, op->rename)))
			rename_done(w, op, OUTCOME_DONE);
	}
	arena_clear(&arena);
	return 0;
}
