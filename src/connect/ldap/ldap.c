/* SPDX-License-Identifier: Apache-2.0 */
/* The LDAP connector's table, and its connection from open to close. */
#include "connect/ldap/ldap.h"

#include <assert.h>
#include <signal.h>
#include <stdlib.h>

#include "connect/ldap/internal.h"
#include "connect/ldap/read/read.h"
#include "connect/ldap/write/write.h"

/* Who we are for the server (RFC 4532), when the settings do not say it. */
static void self_ask(struct ldap_connection *c, struct buf *key)
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

static void self_learn(struct ldap_connection *c)
{
	str bind_dn = str_of(c->settings.bind_dn);
	struct buf key = {0};

	if (!bind_dn.n)
		self_ask(c, &key);
	else if (!dn_key(bind_dn, &key) && str_find(bind_dn, '@') > 0)
		c->self_name = bind_dn;
	c->self_key = buf_keep(&key, &c->arena);
}

static void attributes_choose(struct ldap_connection *c)
{
	struct buf key = {0};

	c->facts = server_facts_get(c->rootdse.kind);
	c->id_attribute = c->settings.id ? c->settings.id : c->facts->id;
	c->mark_attribute = c->settings.mark ? c->settings.mark : c->facts->mark;
	c->name_attribute = c->settings.name_attribute ? c->settings.name_attribute : "cn";
	if (c->settings.empty_member)
		dn_key(str_of(c->settings.empty_member), &key);
	c->empty_member_key = buf_keep(&key, &c->arena);
}

static void ldap_close(struct connection *connection)
{
	struct ldap_connection *c = connection_own(ldap_connection, connection);

	if (!c)
		return;
	ldap_session_close(c->session);
	ldap_settings_clear(&c->settings);
	rootdse_clear(&c->rootdse);
	known_groups_clear(&c->groups);
	intern_clear(&c->uid_keys);
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
	if (ldap_settings_load(system, &c->settings, err) < 0 ||
	    ldap_connection_ready(c, err) < 0 ||
	    rootdse_read(c->session, &c->arena, &c->rootdse, err) < 0) {
		ldap_close(&c->base);
		return -1;
	}
	attributes_choose(c);
	self_learn(c);
	*ret = &c->base;
	return 0;
}

static int ldap_abilities(struct connection *connection, struct arena *arena, struct abilities *ret,
			  struct err *err)
{
	const struct ldap_connection *c = connection_own(ldap_connection, connection);

	(void)err;
	*ret = (struct abilities){0};
	if (c->settings.groups.base)
		ret->flags = ABILITY_GROUPS | ABILITY_MEMBERS;
	if (c->settings.empty == EMPTY_DELETE)
		ret->flags |= ABILITY_NO_EMPTY_GROUPS;
	ret->removal = STR("the person is not touched, only memberships are");
	if (c->settings.roles) {
		ret->role_style = ROLE_GROUP;
		ret->role_group = arena_str(arena, str_of(c->settings.roles));
	}
	return 0;
}

const struct connector ldap_connector = {
	.kind = "ldap",
	.summary = "an LDAP directory: OpenLDAP, 389 Directory Server, Active Directory",
	.can = CAN_READ | CAN_WRITE,
	.example = "corp",
	.settings = ldap_keys,
	.validate = ldap_validate,
	.policy = ldap_policy,
	.open = ldap_open,
	.check = ldap_check,
	.abilities = ldap_abilities,
	.snapshot = ldap_snapshot,
	.find = ldap_find,
	.apply = ldap_apply,
	.close = ldap_close,
};
