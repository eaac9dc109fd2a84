/* SPDX-License-Identifier: Apache-2.0 */
/* The keys of the configuration: from these rows come its parser, its checks, its example, its
 * schema and its manual. */
#include "config/keys.h"

#include <string.h>

#include "base/url.h"
#include "config/internal.h"
#include "expr/template.h"

#define PERCENT .type = KEY_INTEGER, .min = 0, .max = 100
#define COUNT .type = KEY_INTEGER, .min = 0, .max = 1000000000
#define END                                                                                        \
	{                                                                                          \
		.name = NULL                                                                       \
	}

const char *const leaver_words[] = {
	[LEAVER_DISABLE] = "disable",
	[LEAVER_DELETE] = "delete",
	[LEAVER_REMOVE] = "remove",
	[LEAVER_KEEP] = "keep",
	NULL,
};

static const char *const invitation_words[] = {
	[INVITATION_END_REVOKE] = "revoke",
	[INVITATION_END_LEAVE] = "leave",
	NULL,
};

static const char *const owns_words[] = {"managed", "all", NULL};

/* What templates of a sync speak of: the attributes of the hub. */
static const struct parse_rules scim_paths = {0};
static const struct template_rules scim_names = {.paths = &scim_paths};

static const struct key user_keys[] = {
	{.name = "where",
	 .type = KEY_FILTER,
	 .doc = "SCIM filter over the source's users: who is wanted at the target; without it, "
		"everyone",
	 .example = "active eq true and groups.display eq \"staff\""},
	{.name = "match",
	 .type = KEY_ATTRIBUTE,
	 .shape = KEY_LIST,
	 .required = false,
	 .fallback = "[externalId, userName, emails.value]",
	 .doc = "attributes by which a first meeting is recognised, tried in order; then ids are "
		"remembered"},
	{.name = "attributes",
	 .type = KEY_TEMPLATE,
	 .shape = KEY_MAP,
	 .names = NAMES_ATTRIBUTE,
	 .rules = &scim_names,
	 .doc = "target attributes and the templates that make them from the source's; others keep "
		"the default",
	 .example = "{displayName: \"{name.givenName} {name.familyName}\"}"},
	{.name = "manage",
	 .type = KEY_BOOLEAN,
	 .doc = "whether users are created, changed and removed, or only looked up; by default as "
		"the kind of target has it: true for scim and team, false for ldap",
	 .example = "true"},
	END,
};

static const struct key team_keys[] = {
	{.name = "where",
	 .type = KEY_FILTER,
	 .doc = "SCIM filter over the source's groups: which become teams; without it, every group",
	 .example = "displayName sw \"eng-\""},
	{.name = "name",
	 .type = KEY_TEMPLATE,
	 .rules = &scim_names,
	 .doc = "template of the team's name; without it, the group's displayName",
	 .example = "\"{displayName|strip:eng-}\""},
	END,
};

static const struct key role_rule_keys[] = {
	{.name = "role",
	 .type = KEY_TEXT,
	 .required = true,
	 .doc = "the role, as the target names it",
	 .example = "admin"},
	{.name = "where",
	 .type = KEY_FILTER,
	 .required = true,
	 .doc = "SCIM filter over the source's users: who has the role",
	 .example = "groups.display eq \"it-admins\""},
	END,
};

static const struct key role_keys[] = {
	{.name = "default",
	 .type = KEY_TEXT,
	 .fallback = "member",
	 .doc = "the role of everyone whom no rule names: the least privilege"},
	{.name = "rules",
	 .type = KEY_TABLE,
	 .shape = KEY_LIST,
	 .keys = role_rule_keys,
	 .doc = "who has another role; the first rule that fits counts, or the highest role where "
		"the target ranks them"},
	END,
};

static const struct key leaver_keys[] = {
	{.name = "first",
	 .type = KEY_CHOICE,
	 .words = leaver_words,
	 .fallback = "disable",
	 .doc = "what happens at once to someone who is gone from the source: disable; delete or "
		"remove (the same); keep, and nothing follows; a target that cannot disable "
		"removes when `after` has passed"},
	{.name = "then",
	 .type = KEY_CHOICE,
	 .words = leaver_words,
	 .doc = "what follows when someone was disabled: delete, or keep; by default delete",
	 .example = "delete"},
	{.name = "after",
	 .type = KEY_DURATION,
	 .max = 3650LL * 86400,
	 .doc = "the time between the two; by default 30d, or none where the target cannot disable",
	 .example = "30d"},
	END,
};

static const struct key invitation_keys[] = {
	{.name = "resend_after",
	 .type = KEY_DURATION,
	 .min = 3600,
	 .max = 3650LL * 86400,
	 .fallback = "7d",
	 .doc = "when an invitation that nobody answered is sent again"},
	{.name = "resend_at_most",
	 .type = KEY_INTEGER,
	 .max = 100,
	 .fallback = "3",
	 .doc = "how many times"},
	{.name = "then",
	 .type = KEY_CHOICE,
	 .words = invitation_words,
	 .fallback = "revoke",
	 .doc = "what follows: the invitation is revoked, or left as it is"},
	END,
};

static const struct key guard_removal_keys[] = {
	{.name = "count", COUNT, .fallback = "5", .doc = "as many may always go"},
	{.name = "percent", PERCENT, .fallback = "10", .doc = "of all of them"},
	END,
};

static const struct key guard_team_keys[] = {
	{.name = "percent", PERCENT, .fallback = "20", .doc = "of the team's members"},
	{.name = "from",
	 COUNT,
	 .fallback = "5",
	 .doc = "members that a team must have for the limit to hold"},
	END,
};

static const struct key guard_rewrite_keys[] = {
	{.name = "percent", PERCENT, .fallback = "30", .doc = "of the users"},
	{.name = "from", COUNT, .fallback = "10", .doc = "users whose change is never held"},
	END,
};

static const struct key guard_keys[] = {
	{.name = "removals",
	 .type = KEY_TABLE,
	 .keys = guard_removal_keys,
	 .fallback = "{}",
	 .doc = "users disabled or deleted, and memberships lost, each: held above the larger of "
		"the two"},
	{.name = "team",
	 .type = KEY_TABLE,
	 .keys = guard_team_keys,
	 .fallback = "{}",
	 .doc = "members that any one team may lose"},
	{.name = "rewrites",
	 .type = KEY_TABLE,
	 .keys = guard_rewrite_keys,
	 .fallback = "{}",
	 .doc = "users whose attributes change"},
	{.name = "invitations", COUNT, .fallback = "50", .doc = "invitations sent in one run"},
	{.name = "window",
	 .type = KEY_DURATION,
	 .min = 60,
	 .max = 31 * 86400,
	 .fallback = "24h",
	 .doc = "the same limits hold over this time, all runs together"},
	{.name = "shrink",
	 PERCENT,
	 .fallback = "10",
	 .doc = "percent that a source may shrink against its last trusted read"},
	{.name = "min_admins",
	 .type = KEY_INTEGER,
	 .max = 1000,
	 .fallback = "1",
	 .doc = "admins that must stay whatever anyone approves; where there are two, two stay"},
	{.name = "protect",
	 .type = KEY_FILTER,
	 .shape = KEY_LIST,
	 .fallback = "[]",
	 .doc = "SCIM filters over the target's entries: what they match is never changed",
	 .example = "['userName eq \"root@example.com\"']"},
	END,
};

static const struct key pace_keys[] = {
	{.name = "in_flight",
	 .type = KEY_INTEGER,
	 .min = 1,
	 .max = 1000,
	 .fallback = "32",
	 .doc = "requests to the target that may be under way at once"},
	{.name = "per_second",
	 .type = KEY_INTEGER,
	 .max = 100000,
	 .fallback = "0",
	 .doc = "requests a second; 0: as many as it takes"},
	END,
};

const struct key sync_keys[] = {
	{.name = "from",
	 .type = KEY_TEXT,
	 .required = true,
	 .doc = "the system that says who belongs where",
	 .example = "corp"},
	{.name = "to",
	 .type = KEY_TEXT,
	 .required = true,
	 .doc = "the system that is made to agree with it",
	 .example = "crm"},
	{.name = "users",
	 .type = KEY_TABLE,
	 .keys = user_keys,
	 .fallback = "{}",
	 .doc = "which people, how they are recognised, what they get"},
	{.name = "teams",
	 .type = KEY_TABLE,
	 .shape = KEY_LIST,
	 .keys = team_keys,
	 .doc = "which groups become teams; the first rule that fits a group names it; without "
		"this every group does; []: none, only users",
	 .example = "[{where: 'displayName sw \"eng-\"', name: \"{displayName|strip:eng-}\"}]"},
	{.name = "roles",
	 .type = KEY_TABLE,
	 .keys = role_keys,
	 .doc = "who has which role; without this roles are left alone"},
	{.name = "owns",
	 .type = KEY_CHOICE,
	 .words = owns_words,
	 .fallback = "managed",
	 .doc = "managed: only what muster created or adopted is ever changed; all: the source is "
		"the whole truth"},
	{.name = "leavers",
	 .type = KEY_TABLE,
	 .keys = leaver_keys,
	 .fallback = "{}",
	 .doc = "what becomes of people who are gone from the source"},
	{.name = "invitations",
	 .type = KEY_TABLE,
	 .keys = invitation_keys,
	 .fallback = "{}",
	 .doc = "what becomes of invitations that nobody answers"},
	{.name = "guard",
	 .type = KEY_TABLE,
	 .keys = guard_keys,
	 .fallback = "{}",
	 .doc = "limits above which a plan is held until a person approves it"},
	{.name = "pace",
	 .type = KEY_TABLE,
	 .keys = pace_keys,
	 .fallback = "{}",
	 .doc = "how fast the target is written"},
	END,
};

/* HOST:PORT, [ADDRESS]:PORT, or the path of a unix socket. */
static int validate_listen(str value, struct err *err)
{
	struct url url;
	struct buf b = {0};
	bool good;

	if (value.p[0] == '/')
		return 0;
	buf_printf(&b, "http://%.*s", STR_ARG(value));
	good = url_parse(buf_str(&b), &url) && !url.has_user && url.has_port && *url.host &&
	       str_find(value, '/') < 0;
	buf_clear(&b);
	if (good)
		return 0;
	return err_set(
		err, REACH_RUN, CODE_CONFIG,
		"expected HOST:PORT, [ADDRESS]:PORT or the /path of a unix socket, not '%.*s'",
		STR_ARG(value));
}

static const struct key serve_tls_keys[] = {
	{.name = "cert",
	 .type = KEY_PATH,
	 .required = true,
	 .doc = "certificate and its chain, PEM",
	 .example = "/etc/muster/serve.pem"},
	{.name = "key",
	 .type = KEY_SECRET,
	 .required = true,
	 .doc = "private key of the certificate, PEM",
	 .example = "{credential: serve-key}"},
	END,
};

static const struct key serve_guard_keys[] = {
	{.name = "count",
	 .type = KEY_INTEGER,
	 .fallback = "5",
	 .doc = "removals that go through in any case; 0 together with percent: 0 holds nothing"},
	{.name = "percent",
	 .type = KEY_INTEGER,
	 .fallback = "10",
	 .max = 100,
	 .doc = "held above the larger of the two; users and memberships each"},
	{.name = "window",
	 .type = KEY_DURATION,
	 .fallback = "24h",
	 .min = 60,
	 .max = 366 * 86400,
	 .doc = "the time over which removals are counted"},
	END,
};

static const struct key serve_keys[] = {
	{.name = "listen",
	 .type = KEY_TEXT,
	 .fallback = "127.0.0.1:8443",
	 .validate = validate_listen,
	 .doc = "HOST:PORT or the path of a unix socket; a socket that systemd hands over wins"},
	{.name = "tls",
	 .type = KEY_TABLE,
	 .keys = serve_tls_keys,
	 .doc = "certificate of the service; needed unless it listens on loopback or a unix "
		"socket"},
	{.name = "store",
	 .type = KEY_PATH,
	 .fallback = "/var/lib/muster/inbox.db",
	 .doc = "file of what identity providers push; an `inbox` system reads it"},
	{.name = "insecure",
	 .type = KEY_BOOLEAN,
	 .fallback = "false",
	 .doc = "allows an address beyond loopback without TLS, behind a proxy that brings it"},
	{.name = "url",
	 .type = KEY_TEXT,
	 .doc = "address under which clients reach the service, for `location`; without it the "
		"Host header of the request counts",
	 .example = "https://scim.example.com/scim/v2"},
	{.name = "strict",
	 .type = KEY_BOOLEAN,
	 .fallback = "false",
	 .doc = "refuses what identity providers send beside the standard"},
	{.name = "threads",
	 .type = KEY_INTEGER,
	 .fallback = "1",
	 .min = 1,
	 .max = 64,
	 .doc = "threads that read requests and answer quick ones"},
	{.name = "per_second",
	 .type = KEY_INTEGER,
	 .fallback = "1000",
	 .min = 1,
	 .max = 1000000,
	 .doc = "requests of one token a second, on average; 429 beyond"},
	{.name = "body_max",
	 .type = KEY_INTEGER,
	 .fallback = "2097152",
	 .min = 65536,
	 .max = 268435456,
	 .doc = "bytes of one request; 413 beyond"},
	{.name = "guard",
	 .type = KEY_TABLE,
	 .keys = serve_guard_keys,
	 .fallback = "{}",
	 .doc = "what identity providers may delete before it is held for a person to decide"},
	END,
};

static const struct key lock_keys[] = {
	{.name = "wait",
	 .type = KEY_DURATION,
	 .max = 86400,
	 .fallback = "0s",
	 .doc = "how long a run waits for another one to end before it gives up (exit code 11)"},
	END,
};

const struct key system_keys[] = {
	{.name = "kind", .type = KEY_TEXT, .required = true, .doc = "what kind of system this is"},
	{.name = "timeout",
	 .type = KEY_DURATION,
	 .min = 1,
	 .max = 3600,
	 .fallback = "30s",
	 .doc = "how long an answer may take"},
	{.name = "connect_timeout",
	 .type = KEY_DURATION,
	 .min = 1,
	 .max = 3600,
	 .fallback = "10s",
	 .doc = "how long a connection may take to be made"},
	{.name = "insecure",
	 .type = KEY_BOOLEAN,
	 .fallback = "false",
	 .doc = "allows http:// and ldap:// without StartTLS beyond loopback; `check` says so each "
		"time"},
	END,
};

const struct key top_keys[] = {
	{.name = "version",
	 .type = KEY_INTEGER,
	 .required = true,
	 .min = CONFIG_VERSION,
	 .max = CONFIG_VERSION,
	 .doc = "version of this format",
	 .example = "1"},
	{.name = "state",
	 .type = KEY_PATH,
	 .fallback = "/var/lib/muster/state.db",
	 .doc = "file of what muster remembers: links, runs, invitations, the audit trail"},
	{.name = "keep_runs",
	 .type = KEY_DURATION,
	 .min = 31 * 86400,
	 .fallback = "365d",
	 .doc = "how long past runs and their changes are kept; each sync's newest always is"},
	{.name = "lock",
	 .type = KEY_TABLE,
	 .keys = lock_keys,
	 .fallback = "{}",
	 .doc = "only one run at a time works with a state file"},
	{.name = "systems",
	 .type = KEY_TABLE,
	 .shape = KEY_MAP,
	 .names = NAMES_PLAIN,
	 .doc = "the systems that people and teams are in, each under a name of your choice"},
	{.name = "syncs",
	 .type = KEY_TABLE,
	 .shape = KEY_MAP,
	 .names = NAMES_PLAIN,
	 .keys = sync_keys,
	 .doc = "which system is made to agree with which, each under a name of your choice"},
	{.name = "serve",
	 .type = KEY_TABLE,
	 .keys = serve_keys,
	 .fallback = "{}",
	 .doc = "the SCIM service that identity providers call (muster serve)"},
	END,
};

const struct key *kind_keys(const struct kind *kind, struct arena *arena)
{
	size_t common = sizeof system_keys / sizeof *system_keys - 1, own = 0;
	struct key *keys;

	while (kind->keys && kind->keys[own].name)
		own++;
	keys = arena_array(arena, struct key, common + own + 1);
	/* `kind` first, then its own keys, then the common ones: the order of the example and the
	 * manual. */
	keys[0] = system_keys[0];
	if (own)
		memcpy(keys + 1, kind->keys, own * sizeof *keys);
	memcpy(keys + 1 + own, system_keys + 1, (common - 1) * sizeof *keys);
	return keys;
}

struct kind_table *kind_tables(const struct kind *kinds, size_t count, struct arena *arena)
{
	struct kind_table *tables = arena_array(arena, struct kind_table, count);

	for (size_t i = 0; i < count; i++)
		tables[i] = (struct kind_table){kinds[i].name, kind_keys(&kinds[i], arena)};
	return tables;
}
