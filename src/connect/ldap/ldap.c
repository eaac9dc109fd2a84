/* SPDX-License-Identifier: Apache-2.0 */
/* The LDAP connector's table, and its connection from open to close. */
#include "connect/ldap/ldap.h"

#include <assert.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/unicode.h"
#include "connect/ldap/internal.h"
#include "connect/ldap/session/session.h"

enum {
	IDLE_TRUST = 30 * 1000
}; /* milliseconds for which an unused connection is taken to be alive */

void connection_drop(struct ldap_connection *c)
{
	ldap_session_close(c->session);
	c->session = NULL;
}

static bool is_alive(struct ldap_connection *c)
{
	LDAPMessage *m = NULL;
	struct err ignored;

	if (clock_ticks() - c->used_at < IDLE_TRUST)
		return true;
	if (search_entry(c->session, "", search_no_attributes, &m, &ignored) < 0)
		return false;
	ldap_msgfree(m);
	return true;
}

int connection_ready(struct ldap_connection *c, struct err *err)
{
	if (c->session && !is_alive(c))
		connection_drop(c);
	if (!c->session &&
	    ldap_session_open(&c->settings, c->base.options.stop, &c->session, err) < 0)
		return -1;
	c->used_at = clock_ticks();
	return 0;
}

void known_group_put(struct ldap_connection *c, str id, struct known_group group)
{
	uint32_t number = intern_put(&c->group_ids, id);

	while (c->groups.count <= number)
		list_add(&c->groups);
	group.dn = arena_str(&c->group_arena, group.dn);
	c->groups.items[number] = group;
}

void known_groups_clear(struct ldap_connection *c)
{
	intern_clear(&c->group_ids);
	list_clear(&c->groups);
	arena_clear(&c->group_arena);
}

struct known_group *known_group_find(struct ldap_connection *c, str id)
{
	uint32_t number = intern_find(&c->group_ids, id);

	return number == INTERN_NONE || number >= c->groups.count || !c->groups.items[number].dn.p
		       ? NULL
		       : &c->groups.items[number];
}

/* Who we are for the server (RFC 4532), when the settings do not say it. */
static void ask_self(struct ldap_connection *c, struct buf *key)
{
	struct berval *who = NULL;
	str text;

	if (ldap_whoami_s(c->session->ld, &who, NULL, NULL) != LDAP_SUCCESS || !who)
		return;
	text = str_make(who->bv_val, who->bv_len);
	if (str_starts_nocase(text, STR("dn:")))
		dn_key(str_slice(text, 3, text.n), key);
	ber_bvfree(who);
}

static void find_self(struct ldap_connection *c)
{
	str bind_dn = str_of(c->settings.bind_dn);
	struct buf key = {0};

	if (!bind_dn.n)
		ask_self(c, &key);
	else if (!dn_key(bind_dn, &key) && str_find(bind_dn, '@') > 0)
		c->self_name = bind_dn;
	c->self_key = arena_str(&c->arena, buf_str(&key));
	buf_clear(&key);
}

static void find_names(struct ldap_connection *c)
{
	struct buf key = {0};

	c->facts = server_facts_get(c->rootdse.kind);
	c->id = c->settings.id ? c->settings.id : c->facts->id;
	c->mark = c->settings.mark ? c->settings.mark : c->facts->mark;
	c->name_attribute = c->settings.name_attribute ? c->settings.name_attribute : "cn";
	if (c->settings.placeholder)
		dn_key(str_of(c->settings.placeholder), &key);
	c->placeholder_key = arena_str(&c->arena, buf_str(&key));
	buf_clear(&key);
}

static void ldap_close(struct connection *connection)
{
	struct ldap_connection *c = connection_own(ldap_connection, connection);

	if (!c)
		return;
	ldap_session_close(c->session);
	ldap_settings_clear(&c->settings);
	rootdse_clear(&c->rootdse);
	known_groups_clear(c);
	intern_clear(&c->names);
	list_clear(&c->uids);
	arena_clear(&c->arena);
	free(c);
}

/* A write to a server that is gone would end the process. main sees to it; a program that forgot
 * finds out here. */
static bool sigpipe_is_ignored(void)
{
	struct sigaction now;

	return sigaction(SIGPIPE, NULL, &now) == 0 && now.sa_handler == SIG_IGN;
}

static int ldap_open(const struct system *system, const struct connect_options *options,
		     struct connection **ret, struct err *err)
{
	struct ldap_connection *c = mem_alloc(1, sizeof *c);

	assert(sigpipe_is_ignored());
	/* Else ldap.conf, ~/.ldaprc and LDAP* variables would have a say in what we connect to and
	 * trust. */
	setenv("LDAPNOINIT", "1", 1);
	*c = (struct ldap_connection){.base = {*options}};
	if (ldap_settings_load(system, &c->settings, err) < 0 || connection_ready(c, err) < 0 ||
	    rootdse_read(c->session, &c->arena, &c->rootdse, err) < 0) {
		ldap_close(&c->base);
		return -1;
	}
	find_names(c);
	find_self(c);
	*ret = &c->base;
	return 0;
}

const struct connector ldap_connector = {
	.kind = "ldap",
	.summary = "an LDAP directory: OpenLDAP, 389 Directory Server, Active Directory",
	.can = CAN_READ | CAN_WRITE,
	.example = "corp",
	.settings = ldap_keys,
	.judge = ldap_judge,
	.open = ldap_open,
	.check = ldap_check,
	.abilities = ldap_abilities,
	.snapshot = ldap_snapshot,
	.find = ldap_find,
	.apply = ldap_apply,
	.close = ldap_close,
};
