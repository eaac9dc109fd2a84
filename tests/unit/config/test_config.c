/* SPDX-License-Identifier: Apache-2.0 */
/* The configuration as a whole: what a good one means, and each fault a bad one can have. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "expr/filter.h"
#include "expr/template.h"
#include "unit/config/kinds.h"

/* The example of the contract, but for the kinds that these tests do not have. */
static const char contract[] =
	"version: 1\n"
	"state: /var/lib/muster/state.db\n"
	"\n"
	"systems:\n"
	"  corp:                                   # the corporate directory\n"
	"    kind: ldap\n"
	"    url: ldaps://ldap.example.com         # one or a list, tried in order\n"
	"    bind_dn: cn=muster,ou=services,dc=example,dc=com\n"
	"    password: {credential: corp-ldap}\n"
	"    tls: {ca: /etc/ssl/certs/corp.pem, starttls: false}\n"
	"    server: auto                          # openldap | 389ds | ad\n"
	"    users:\n"
	"      base: ou=people,dc=example,dc=com\n"
	"      filter: (objectClass=inetOrgPerson)\n"
	"      attributes: {userName: \"{mail|lower}\", externalId: \"{entryUUID}\"}\n"
	"    groups:\n"
	"      base: ou=groups,dc=example,dc=com\n"
	"      filter: (objectClass=groupOfNames)\n"
	"      nested: expand\n"
	"    canaries: [uid=canary,ou=people,dc=example,dc=com]\n"
	"  crm:\n"
	"    kind: scim\n"
	"    url: https://crm.example.com/scim/v2\n"
	"    token: {credential: crm-scim}\n"
	"    profile: generic\n"
	"  annotators:\n"
	"    kind: team\n"
	"    profile: scale\n"
	"    auth: {credential: scale-key}\n"
	"    key_kind: live\n"
	"    address: \"{local}+annotators@{domain}\"\n"
	"  okta:\n"
	"    kind: inbox\n"
	"    store: /var/lib/muster/inbox.db\n"
	"\n"
	"syncs:\n"
	"  crm:\n"
	"    from: corp\n"
	"    to: crm\n"
	"    users:\n"
	"      where: active eq true and groups.display eq \"staff\"\n"
	"      match: [externalId, userName, emails.value]\n"
	"      attributes: {displayName: \"{name.givenName} {name.familyName}\"}\n"
	"    teams:\n"
	"      - {where: displayName sw \"eng-\", name: \"{displayName|strip:eng-}\"}\n"
	"    roles:\n"
	"      default: member\n"
	"      rules:\n"
	"        - {role: admin, where: groups.display eq \"it-admins\"}\n"
	"        - {role: manager, where: title co \"Lead\"}\n"
	"    owns: managed\n"
	"    leavers: {first: disable, then: delete, after: 30d}\n"
	"    invitations: {resend_after: 7d, resend_at_most: 3, then: revoke}\n"
	"    guard: {}\n"
	"    pace: {in_flight: 32, per_second: 0}\n"
	"\n"
	"serve:\n"
	"  listen: 127.0.0.1:8443\n"
	"  tls: {cert: /etc/muster/serve.pem, key: {credential: serve-key}}\n";

/* A small good beginning for the tests of faults; line 3 and on are free. */
#define HEAD                                                                                       \
	"version: 1\n"                                                                             \
	"systems: {a: {kind: inbox}, b: {kind: scim, url: 'https://b.example'}, "                  \
	"c: {kind: scim, url: 'https://c.example'}}\n"

static struct config *load(const char *text)
{
	struct diagnostics diags = {0};
	struct config *config = NULL;

	if (config_parse("m.yaml", str_of(text), kinds, KINDS, &config, &diags) < 0)
		diag_print(&diags, stderr, false);
	assert_non_null(config);
	assert_int_equal(diags.errors, 0);
	diag_clear(&diags);
	return config;
}

/* Compares only "LINE:COL: error: text", one a line. */
static void expect(const char *text, const char *wanted)
{
	struct diagnostics diags = {0};
	struct config *config = NULL;
	struct buf met = {0};
	int rc = config_parse("m.yaml", str_of(text), kinds, KINDS, &config, &diags);

	list_each (const struct diag, f, &diags.items)
		buf_printf(&met, "%u:%u: %s%s\n", f->pos.line, f->pos.column,
			   f->warning ? "warning: " : "", f->text);
	assert_string_equal(met.p ? met.p : "", wanted);
	assert_int_equal(rc, diags.errors ? -1 : 0);
	buf_clear(&met);
	diag_clear(&diags);
	config_free(config);
}

static void the_contract_is_understood(void **unused)
{
	struct config *c = load(contract);
	const struct sync *sync = config_sync(c, STR("crm"));
	const struct settings *corp = config_system(c, STR("corp"))->settings;
	const struct setting *items;
	size_t count;

	(void)unused;
	assert_string_equal(c->state, "/var/lib/muster/state.db");
	assert_int_equal(c->systems.count, 4);
	assert_string_equal(c->systems.items[2].name, "annotators");
	assert_ptr_equal(c->systems.items[3].kind, &kinds[3]);
	items = setting_items(corp, "url", &count);
	assert_int_equal(count, 1);
	assert_string_equal(items[0].text.p, "ldaps://ldap.example.com");
	assert_string_equal(setting_secret(corp, "password")->name, "corp-ldap");
	items = setting_items(corp, "canaries", &count);
	assert_int_equal(count, 1);
	assert_string_equal(items[0].text.p, "uid=canary,ou=people,dc=example,dc=com");
	assert_int_equal(setting_number(corp, "timeout"), 30);
	assert_false(setting_given(corp, "timeout"));
	assert_int_equal(setting_number(corp, "page_size"), 500);
	assert_string_equal(setting_text(setting_table(corp, "users"), "base").p,
			    "ou=people,dc=example,dc=com");
	assert_string_equal(
		setting_extra(config_system(c, STR("annotators"))->settings, STR("key_kind"))
			->text.p,
		"live");
	assert_ptr_equal(sync->from, config_system(c, STR("corp")));
	assert_ptr_equal(sync->to, config_system(c, STR("crm")));
	assert_null(config_sync(c, STR("corp")));
	assert_int_equal(config_system(c, STR("crm"))->settings->pos.line, 22);
	config_free(c);
}

static void the_policy_is_filled(void **unused)
{
	struct config *c = load(contract);
	const struct policy *p = &config_sync(c, STR("crm"))->policy;

	(void)unused;
	assert_true(str_equal(p->sync, STR("crm")));
	assert_true(str_equal(p->from, STR("corp")));
	assert_true(str_equal(p->to, STR("crm")));
	assert_true(p->manage_users);
	assert_string_equal(p->users_where->text.p,
			    "active eq true and groups.display eq \"staff\"");
	assert_string_equal(p->users.items[0].value->text.p, "{name.givenName} {name.familyName}");
	assert_non_null(p->teams.items[0].where);
	assert_string_equal(p->teams.items[0].name->text.p, "{displayName|strip:eng-}");
	assert_int_equal(p->match.count, 3);
	assert_true(str_equal(p->match.items[2], STR("emails.value")));
	assert_int_equal(p->users.count, 1);
	assert_true(str_equal(p->users.items[0].path, STR("displayName")));
	assert_int_equal(p->teams.count, 1);
	assert_true(str_equal(p->teams.items[0].label, STR("teams[0]")));
	assert_false(p->no_teams);
	assert_true(p->expand_nested);
	assert_true(str_equal(p->role_default, STR("member")));
	assert_int_equal(p->roles.count, 2);
	assert_true(str_equal(p->roles.items[1].role, STR("manager")));
	assert_true(str_equal(p->roles.items[1].label, STR("roles.rules[1]")));
	assert_false(p->owns_all);
	assert_int_equal(p->leaver_first, LEAVER_DISABLE);
	assert_int_equal(p->leaver_then, LEAVER_DELETE);
	assert_int_equal(p->leaver_after, 30 * 86400);
	assert_int_equal(p->invitations.resend_after, 7 * 86400);
	assert_int_equal(p->invitations.resend_max, 3);
	assert_int_equal(p->invitations.then, INVITATION_END_REVOKE);
	assert_int_equal(p->pace.in_flight, 32);
	assert_null(p->address);
	config_free(c);
}

static void the_guard_is_on_by_default(void **unused)
{
	struct config *c = load(HEAD "syncs: {s: {from: a, to: b}}\n");
	const struct policy *p = &c->syncs.items[0].policy;

	(void)unused;
	assert_int_equal(p->guard.removals_count, 5);
	assert_int_equal(p->guard.removals_percent, 10);
	assert_int_equal(p->guard.team_percent, 20);
	assert_int_equal(p->guard.team_from, 5);
	assert_int_equal(p->guard.rewrites_percent, 30);
	assert_int_equal(p->guard.rewrites_from, 10);
	assert_int_equal(p->guard.invitations, 50);
	assert_int_equal(p->guard.window, 86400);
	assert_int_equal(p->guard.shrink, 10);
	assert_int_equal(p->guard.min_admins, 1);
	assert_int_equal(p->guard.protect.count, 0);
	assert_int_equal(p->match.count, 3);
	assert_int_equal(p->leaver_first, LEAVER_DISABLE);
	assert_int_equal(p->leaver_then, LEAVER_DELETE);
	assert_int_equal(p->leaver_after, LEAVER_AFTER_UNSET);
	assert_int_equal(p->pace.in_flight, 32);
	assert_true(str_equal(p->role_default, STR("")));
	assert_null(p->users_where);
	assert_false(p->no_teams);
	config_free(c);
}

static void choices_of_a_sync_are_followed(void **unused)
{
	struct config *c =
		load("version: 1\n"
		     "systems:\n"
		     "  corp: {kind: ldap, url: [ldapi:///, 'ldap://127.0.0.1:389'], users: {base: "
		     "dc=x}, groups: {base: dc=x, nested: direct}}\n"
		     "  team: {kind: team, profile: scale, auth: {credential: x}, address: "
		     "'{local}@x'}\n"
		     "syncs:\n"
		     "  up: {from: corp, to: team, teams: [], owns: all, leavers: {first: keep},\n"
		     "       guard: {removals: {percent: 0}, protect: ['userName eq \"root\"']}}\n"
		     "  down: {from: team, to: corp, users: {match: [userName]}, leavers: {first: "
		     "remove, after: 2d}}\n"
		     "  both: {from: team, to: corp, users: {manage: true}}\n");
	const struct policy *up = &config_sync(c, STR("up"))->policy;
	const struct policy *down = &config_sync(c, STR("down"))->policy;

	(void)unused;
	assert_true(up->no_teams);
	assert_true(up->owns_all);
	assert_string_equal(up->address->text.p, "{local}@x");
	assert_int_equal(up->guard.protect.count, 1);
	assert_false(up->expand_nested);
	assert_true(up->manage_users);
	assert_int_equal(up->leaver_first, LEAVER_KEEP);
	assert_int_equal(up->leaver_then, LEAVER_KEEP);
	assert_int_equal(up->guard.removals_percent, 0);
	assert_int_equal(up->guard.removals_count, 5);
	assert_false(down->manage_users);
	assert_true(down->expand_nested);
	assert_int_equal(down->match.count, 1);
	assert_int_equal(down->leaver_then, LEAVER_REMOVE);
	assert_int_equal(down->leaver_after, 2 * 86400);
	assert_true(config_sync(c, STR("both"))->policy.manage_users);
	config_free(c);
}

static uint64_t fingerprint(const char *text)
{
	struct config *c = load(text);
	uint64_t result = c->syncs.items[0].policy.fingerprint;

	config_free(c);
	return result;
}

static void the_fingerprint_follows_the_meaning(void **unused)
{
	uint64_t plain = fingerprint(HEAD "syncs: {s: {from: a, to: b}}\n");

	(void)unused;
	assert_true(
		plain ==
		fingerprint(HEAD "# moved\nsyncs: {s: {to: b, from: a, guard: {shrink: 5}}}\n"));
	assert_true(
		plain !=
		fingerprint(HEAD "syncs: {s: {from: a, to: b, users: {where: active eq true}}}\n"));
	assert_true(plain != fingerprint(HEAD "syncs: {s: {from: a, to: b, teams: []}}\n"));
	assert_true(plain !=
		    fingerprint(HEAD "syncs: {s: {from: a, to: b, roles: {default: x}}}\n"));
}

static void every_fault_comes_in_one_run(void **unused)
{
	(void)unused;
	expect("systems:\n"
	       "  corp:\n"
	       "    kind: ldap\n"
	       "    url: ldap://ldap.example.com\n"
	       "    bnid_dn: cn=muster\n"
	       "    page_size: 0\n"
	       "    server: openldp\n"
	       "    users:\n"
	       "      attribtes: {}\n"
	       "    timeout: 30\n"
	       "  crm: {kind: scm}\n"
	       "syncs:\n"
	       "  crm: {from: corpo, to: crm, usrs: {}}\n"
	       "serve: {listen: nowhere}\n",
	       "1:1: the configuration misses the key 'version': version of this format\n"
	       "4:10: ldap.example.com would be reached without protection: use ldaps://, or tls: "
	       "{starttls: true}; if it must be, insecure: true\n"
	       "5:5: unknown key 'bnid_dn'; did you mean 'bind_dn'?\n"
	       "6:16: 'page_size' must be 1 to 10000, not 0\n"
	       "7:13: 'server' must be one of auto, openldap, 389ds, ad, not 'openldp'; did you "
	       "mean 'openldap'?\n"
	       "9:7: unknown key 'attribtes'; did you mean 'attributes'?\n"
	       "9:7: 'corp.users' misses the key 'base': where to search\n"
	       "10:14: 'timeout' must be a duration such as 30s, 15m, 12h or 7d, not '30'\n"
	       "11:15: unknown kind 'scm'; did you mean 'scim'?\n"
	       "13:15: 'from': no system 'corpo'; did you mean 'corp'?\n"
	       "13:31: unknown key 'usrs'; did you mean 'users'?\n"
	       "14:17: 'listen': expected HOST:PORT, [ADDRESS]:PORT or the /path of a unix socket, "
	       "not 'nowhere'\n");
}

static void keys_are_known_or_guessed(void **unused)
{
	(void)unused;
	expect(HEAD "sync: {}\n", "3:1: unknown key 'sync'; did you mean 'syncs'?\n");
	expect(HEAD "xyz: 1\n", "3:1: unknown key 'xyz'; known here: version, state, keep_runs, "
				"lock, systems, syncs, serve\n");
	expect(HEAD "syncs: {s: {from: a, to: b, removals: {}}}\n",
	       "3:29: unknown key 'removals'; it belongs under 'guard'\n");
	expect(HEAD "syncs: {s: {from: a, to: b, where: active eq true}}\n",
	       "3:29: unknown key 'where'; it belongs under 'users'\n");
	expect(HEAD "state: /a\nstate: /b\n",
	       "4:1: duplicate key 'state': it is at line 3 already\n");
	expect(HEAD "syncs: {2x: {from: a, to: b}}\n",
	       "3:9: '2x' is no name: it must be a letter, then letters, digits, '-' and '_'\n");
}

static void kinds_of_values_are_checked(void **unused)
{
	(void)unused;
	expect("version: one\n", "1:10: 'version' must be a whole number, not 'one'\n");
	expect("version: '1'\n", "1:10: 'version' must be a whole number, not '1'\n");
	expect("version: 2\n", "1:10: 'version' must be 1, not 2\n");
	expect("[]\n",
	       "1:1: the configuration must be a table of keys (version, state, keep_runs, lock, "
	       "systems, syncs, serve), not a list\n"
	       "1:1: the configuration misses the key 'version': version of this format\n");
	expect("version: 1\nsystems: [a]\n",
	       "2:10: 'systems' must be a table of names, each with a table of keys, not a list\n");
	expect("version: 1\nsystems: {a: ldap}\n",
	       "2:14: 'a' must be a table of keys with a 'kind'\n");
	expect("version: 1\nsystems: {a: {kind: [ldap]}}\n",
	       "2:21: unknown kind a list; there are: ldap, scim, team, inbox\n");
	expect("version: 1\nstate: true\n",
	       "2:8: 'state' must be the path of a file: put true in quotes if it is meant\n");
	expect("version: 1\nstate:\n", "2:7: 'state' must be the path of a file, not nothing\n");
	expect("version: 1\nstate: ''\n", "2:8: 'state' must be the path of a file, not empty\n");
	expect("version: 1\nstate: \"/a\\nb\"\n",
	       "2:8: 'state' must be one line without control characters\n");
	expect("version: 1\nstate: ~/x\n",
	       "2:8: 'state' must be written out: '~' is not expanded\n");
	expect(HEAD "syncs: {s: {from: a, to: b, users: {manage: yes}}}\n",
	       "3:45: 'manage' must be true or false, not 'yes'\n");
	expect(HEAD "syncs: {s: {from: a, to: b, users: {match: userName}}}\n",
	       "3:44: 'match' must be a list, [...], of a SCIM attribute, not 'userName'\n");
	expect(HEAD "syncs: {s: {from: a, to: b, roles: {rules: {role: x}}}}\n",
	       "3:44: 'rules' must be a list, [...], of a table of keys, not a table of keys\n");
	expect(HEAD "syncs: {s: {from: a, to: b, guard: 5}}\n",
	       "3:36: 'syncs.s.guard' must be a table of keys (removals, team, rewrites, "
	       "invitations, window, shrink, min_admins, protect), not '5'\n");
}

static void numbers_have_their_range(void **unused)
{
	(void)unused;
	expect(HEAD "syncs: {s: {from: a, to: b, guard: {shrink: 101, window: 5s, removals: "
		    "{count: -1}}}}\n",
	       "3:45: 'shrink' must be 0 to 100, not 101\n"
	       "3:58: 'window' must be 1m to 31d, not 5s\n"
	       "3:80: 'count' must be 0 to 1000000000, not -1\n");
	expect(HEAD "lock: {wait: 99999999999999999999d}\n",
	       "3:14: 'wait' must be a duration such as 30s, 15m, 12h or 7d, not "
	       "'99999999999999999999d'\n");
	expect(HEAD "lock: {wait: 1.5h}\n",
	       "3:14: 'wait' must be a duration such as 30s, 15m, 12h or 7d, not '1.5h'\n");
	expect(HEAD "lock: {wait: 2m}\n", "");
}

static void addresses_are_checked(void **unused)
{
#define AT "version: 1\nsystems: {a: {kind: scim, url: "
	(void)unused;
	expect(AT "crm.example.com}}\n", "2:32: 'url' must be a URL, not 'crm.example.com'\n");
	expect(AT "'ftp://x'}}\n", "2:32: 'url' must begin with one of https, http, not 'ftp'\n");
	expect(AT "'https:///x'}}\n", "2:32: 'url' names no host\n");
	expect(AT "'https://x:99999'}}\n", "2:32: 'url' must be a URL, not 'https://x:99999'\n");
	expect(AT "'https://u:p@x'}}\n",
	       "2:32: 'url' must not hold a user name or password: there are keys for them\n");
	expect(AT "'http://x'}}\n", "2:32: x would be reached without protection: use https://; if "
				    "it must be, insecure: true\n");
	expect(AT "'http://127.evil.example'}}\n",
	       "2:32: 127.evil.example would be reached without protection: use https://; if it "
	       "must be, insecure: true\n");
	expect(AT "'http://x', insecure: true}}\n",
	       "2:32: warning: a: the connection to x is not protected (insecure: true)\n");
	expect(AT "'http://127.0.0.1:80/a'}}\n", "");
	expect(AT "'http://[::1]:80/a'}}\n", "");
	expect(AT "'http://localhost'}}\n", "");
	expect("version: 1\nsystems: {a: {kind: ldap, url: 'ldap://x', tls: {starttls: true}, "
	       "users: {base: nonsense}}}\n",
	       "2:81: 'base' must be a distinguished name such as cn=muster,dc=example,dc=com, not "
	       "'nonsense'\n");
	expect("version: 1\nserve: {listen: '0.0.0.0:80'}\n",
	       "2:17: beyond loopback the service needs tls: {cert: FILE, key: ...}; behind a "
	       "proxy that brings TLS, insecure: true\n");
	expect("version: 1\nserve: {listen: '[::]:80', insecure: true}\n",
	       "2:17: warning: the service is not protected (insecure: true)\n");
	expect("version: 1\nserve: {listen: /run/muster.sock}\n", "");
}

static void secrets_are_never_written_out(void **unused)
{
	static const char text[] =
		"version: 1\n"
		"systems:\n"
		"  a: {kind: scim, url: 'https://x', token: hunter2, tokn: hunter2}\n"
		"  b: {kind: scim, url: 'https://x', token: {env: hunter2}}\n"
		"  c:\n"
		"    kind: scim\n"
		"    url: https://u:hunter2@x\n"
		"    token: >\n"
		"      hunter2\n"
		"  d: {kind: scim, url: 'https://x', token: [hunter2]}\n"
		"  e: {kind: scim, url: 'https://x', token: {credential: a/b}}\n"
		"  f: {kind: scim, url: 'https://x', token: {command: cat x}}\n"
		"  g: {kind: scim, url: 'https://x', token: }\n"
		"  h: {kind: scim, url: 'https://x', proof: hunter2}\n"
		"  i: {kind: scim, url: 'https://x', prof: hunter2}\n"
		"  j: {kind: scim, url: 'https://x', proof: {hunter2: x}}\n";
	struct diagnostics diags = {0};
	struct config *config = NULL;
	char *printed = NULL;
	size_t n = 0;
	FILE *to = open_memstream(&printed, &n);

	(void)unused;
	assert_int_equal(config_parse("m.yaml", str_of(text), kinds, KINDS, &config, &diags), -1);
	diag_print(&diags, to, false);
	fclose(to);
	assert_null(strstr(printed, "hunter2"));
	assert_null(strstr(printed, "unter"));
	assert_non_null(strstr(printed,
			       "m.yaml:3:44: error: 'token' must not be written here; write "
			       "{credential: NAME}, {file: PATH} or {command: [PROGRAM, "));
	assert_non_null(strstr(printed, "m.yaml:4:44: error: 'token' must be exactly one of"));
	assert_non_null(strstr(printed, "m.yaml:8:12: error: 'token' must not be written here"));
	assert_non_null(strstr(printed, "m.yaml:10:44: error: 'token' must not be written here"));
	assert_non_null(strstr(printed, "'credential' must be the name of a systemd credential"));
	assert_non_null(strstr(printed, "'command' must be a list"));
	assert_non_null(strstr(printed, "'token' is empty; write"));
	free(printed);
	diag_clear(&diags);
}

static void syncs_must_make_sense_together(void **unused)
{
	(void)unused;
	expect(HEAD "syncs: {s: {from: b, to: a}}\n",
	       "3:26: 'to': 'a' is of kind inbox, which cannot be written\n");
	expect(HEAD "syncs: {s: {from: b, to: b}}\n",
	       "3:26: 'to' must be another system than 'from'\n");
	expect(HEAD "syncs: {s: {from: x, to: b}}\n",
	       "3:19: 'from': no system 'x'; there are: a, b, c\n");
	expect(HEAD "syncs: {s: {from: a, to: b, owns: all}, t: {from: c, to: b}}\n",
	       "3:35: 'owns: all' would remove what the sync 't' puts into 'b': use 'managed' "
	       "where several syncs have one target\n");
	expect(HEAD "syncs: {s: {from: a, to: b}, t: {from: c, to: b}}\n", "");
	expect(HEAD "syncs: {s: {from: a, to: b, leavers: {first: delete, then: disable}}}\n",
	       "3:60: 'then' has no effect: nothing follows 'first: delete'\n");
	expect(HEAD "syncs: {s: {from: a, to: b, leavers: {then: disable}}}\n",
	       "3:45: 'then' must be delete, remove or keep: disabled is what they are already\n");
	expect(HEAD "syncs: {s: {from: a, to: b, leavers: {first: keep, after: 3d}}}\n",
	       "3:59: 'after' has no effect: nothing follows 'first: keep'\n");
	expect(HEAD "state: /var/lib/muster/inbox.db\n",
	       "3:8: 'state' must be another file than the 'store' of 'serve'\n"
	       "3:8: 'state' must be another file than the 'store' of 'a'\n");
}

static void names_in_a_list_need_no_quotes(void **unused)
{
	struct config *c = load(
		"version: 1\nsystems: {a: {kind: ldap, url: 'ldapi:///', users: {base: 'dc=x'}, "
		"canaries: [uid=a,dc=x, uid=b,dc=y,\n  'uid=c,dc=z',uid=d,dc=w]}}\n");
	size_t count;
	const struct setting *items =
		setting_items(c->systems.items[0].settings, "canaries", &count);

	(void)unused;
	assert_int_equal(count, 4);
	assert_string_equal(items[0].text.p, "uid=a,dc=x");
	assert_string_equal(items[1].text.p, "uid=b,dc=y");
	assert_string_equal(items[2].text.p, "uid=c,dc=z");
	assert_string_equal(items[3].text.p, "uid=d,dc=w");
	config_free(c);
	expect("version: 1\nsystems: {a: {kind: ldap, url: 'ldapi:///', users: {base: 'dc=x'}, "
	       "canaries: [uid=a,dc]}}\n",
	       "2:79: 'canaries' must be a distinguished name such as cn=muster,dc=example,dc=com, "
	       "not 'uid=a,dc'\n");
}

static void faults_inside_filters_and_paths_are_pointed_at(void **unused)
{
	(void)unused;
	expect(HEAD "syncs:\n  s:\n    from: a\n    to: b\n    users:\n"
		    "      where: grops.display eq \"x\"\n"
		    "      match: [userNaem, 'emails.valeu', department]\n"
		    "      attributes: {displyName: '{x}', title: \"{titel} a{\"}\n"
		    "    roles: {rules: [{role: x, where: 'active eq true and ('}]}\n"
		    "    guard: {protect: [\"title \\x65q\"]}\n",
	       "8:14: 'where': unknown attribute 'grops'; did you mean 'groups'?\n"
	       "9:15: 'match': unknown attribute 'userNaem'; did you mean 'userName'?\n"
	       "9:33: 'match': unknown sub-attribute 'valeu' of 'emails'; did you mean 'value'?\n"
	       "10:20: 'attributes': unknown attribute 'displyName'; did you mean 'displayName'?\n"
	       "10:48: 'title': unknown attribute 'titel'; did you mean 'title'?\n"
	       "11:59: 'where': expected an attribute name, met the end\n"
	       "12:23: 'protect': column 9: expected a value (a text in double quotes, a number, "
	       "true, false or null), met the end\n");
}

static void connectors_have_a_say(void **unused)
{
	(void)unused;
	expect("version: 1\nsystems: {a: {kind: team, profile: scael, auth: {credential: x}}}\n",
	       "2:36: no profile 'scael'\n");
	expect("version: 1\nsystems: {a: {kind: team, profile: scale, auth: {credential: x}, site: "
	       "[1]}}\n",
	       "2:72: 'site' must be text, not a list\n");
}

static void clever_yaml_and_further_faults_come_together(void **unused)
{
	(void)unused;
	expect("version: &v 1\nstate: *v\nxyz: 1\nserve: *v\nsystems: {a: *v}\n",
	       "1:10: anchors ('&v') are not taken: write the value out\n"
	       "2:8: aliases ('*v') are not taken: write the value out\n"
	       "3:1: unknown key 'xyz'; known here: version, state, keep_runs, lock, systems, "
	       "syncs, serve\n"
	       "4:8: aliases ('*v') are not taken: write the value out\n"
	       "5:14: aliases ('*v') are not taken: write the value out\n");
	expect(HEAD "syncs: {s: {from: a, to: b, users: *x, guard: *x, teams: [*x], roles: *x}, t: "
		    "*x}\n",
	       "3:36: aliases ('*x') are not taken: write the value out\n"
	       "3:47: aliases ('*x') are not taken: write the value out\n"
	       "3:59: aliases ('*x') are not taken: write the value out\n"
	       "3:71: aliases ('*x') are not taken: write the value out\n"
	       "3:79: aliases ('*x') are not taken: write the value out\n");
}

static void names_are_guessed_for_commands_too(void **unused)
{
	struct config *c = load(HEAD "syncs: {crm: {from: a, to: b}}\n");
	struct err err;

	(void)unused;
	assert_int_equal(config_no_sync(c, STR("crn"), &err), -1);
	assert_string_equal(err.text, "no sync 'crn'; did you mean 'crm'?");
	assert_int_equal(err.code, CODE_USAGE);
	config_no_system(c, STR("zzz"), &err);
	assert_string_equal(err.text, "no system 'zzz'; there are: a, b, c");
	config_free(c);
	c = load("version: 1\n");
	config_no_sync(c, STR("zzz"), &err);
	assert_string_equal(err.text, "no sync 'zzz': the configuration has none");
	config_free(c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_contract_is_understood),
		cmocka_unit_test(the_policy_is_filled),
		cmocka_unit_test(the_guard_is_on_by_default),
		cmocka_unit_test(choices_of_a_sync_are_followed),
		cmocka_unit_test(the_fingerprint_follows_the_meaning),
		cmocka_unit_test(every_fault_comes_in_one_run),
		cmocka_unit_test(keys_are_known_or_guessed),
		cmocka_unit_test(kinds_of_values_are_checked),
		cmocka_unit_test(numbers_have_their_range),
		cmocka_unit_test(addresses_are_checked),
		cmocka_unit_test(secrets_are_never_written_out),
		cmocka_unit_test(syncs_must_make_sense_together),
		cmocka_unit_test(names_in_a_list_need_no_quotes),
		cmocka_unit_test(faults_inside_filters_and_paths_are_pointed_at),
		cmocka_unit_test(connectors_have_a_say),
		cmocka_unit_test(clever_yaml_and_further_faults_come_together),
		cmocka_unit_test(names_are_guessed_for_commands_too),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
