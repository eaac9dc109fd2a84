/* SPDX-License-Identifier: Apache-2.0 */
/* What no table can judge: names that must exist, connections that must be safe, syncs that must
 * not fight. */
#include <stdlib.h>
#include <string.h>

#include "base/url.h"
#include "config/internal.h"
#include "config/keys.h"
#include "config/policy.h"

/* "https" for "http", where the row takes both; empty for a scheme that is protected itself. */
static str protected_scheme(const struct key *key, str scheme)
{
	for (size_t i = 0; key->words && key->words[i]; i++) {
		str word = str_of(key->words[i]);

		if (word.n == scheme.n + 1 && word.p[scheme.n] == 's' &&
		    str_starts_nocase(word, scheme))
			return word;
	}
	return STR("");
}

/* A secret or a person's data may not cross a network in the clear. */
static void check_url(const struct settings *s, const struct setting *value,
		      struct diagnostics *diags)
{
	const struct setting *starttls = setting_of_role(s, KEY_ROLE_STARTTLS);
	struct url url;
	str better;

	if (!value->present || !url_parse(value->text, &url) || url_is_local(&url))
		return;
	better = protected_scheme(value->key, str_of(url.scheme));
	if (better.n == 0 || (starttls && starttls->number))
		return;
	if (setting_bool(s, "insecure"))
		diag_warn(diags, value->pos,
			  "%s: the connection to %s is not protected (insecure: true)", s->path,
			  url.host);
	else
		diag_add(diags, value->pos,
			 "%s would be reached without protection: use %.*s://%s; if it must be, "
			 "insecure: true",
			 url.host, STR_ARG(better), starttls ? ", or tls: {starttls: true}" : "");
}

static void check_system(const struct system *system, struct diagnostics *diags)
{
	const struct settings *s = system->settings;

	for (size_t i = 0; s->keys[i].name; i++) {
		const struct setting *value = &s->values[i];

		if (s->keys[i].type != KEY_URL)
			continue;
		if (s->keys[i].shape == KEY_ONE)
			check_url(s, value, diags);
		for (size_t k = 0; k < value->count; k++)
			check_url(s, &value->items[k], diags);
	}
	if (system->kind->validate)
		system->kind->validate(system, diags);
}

static void check_system_name(const struct config *c, const struct sync *sync, const char *key,
			      const struct system *system, struct diagnostics *diags)
{
	str name = setting_text(sync->settings, key);
	const struct setting *items;
	struct err err;
	size_t count;

	if (system || !setting_given(sync->settings, key))
		return;
	/* A system with a fault of its own is no missing one. */
	items = setting_items(c->settings, "systems", &count);
	for (size_t i = 0; i < count; i++)
		if (str_equal(items[i].name, name))
			return;
	config_no_system(c, name, &err);
	diag_add(diags, setting_pos(sync->settings, key), "'%s': %s", key, err.text);
}

static void check_ends(const struct config *c, const struct sync *sync, struct diagnostics *diags)
{
	const struct settings *s = sync->settings;

	check_system_name(c, sync, "from", sync->from, diags);
	check_system_name(c, sync, "to", sync->to, diags);
	if (sync->from && !sync->from->kind->reads)
		diag_add(diags, setting_pos(s, "from"),
			 "'from': '%s' is of kind %s, which cannot be read as a source",
			 sync->from->name, sync->from->kind->name);
	if (sync->to && !sync->to->kind->writes)
		diag_add(diags, setting_pos(s, "to"),
			 "'to': '%s' is of kind %s, which cannot be written", sync->to->name,
			 sync->to->kind->name);
	if (sync->from && sync->from == sync->to)
		diag_add(diags, setting_pos(s, "to"), "'to' must be another system than 'from'");
}

static void check_leavers(const struct sync *sync, struct diagnostics *diags)
{
	const struct settings *s = setting_table(sync->settings, "leavers");
	const struct policy *p = &sync->policy;
	const char *first = leaver_words[p->leaver_first];

	if (setting_given(s, "then") && p->leaver_first != LEAVER_DISABLE)
		diag_add(diags, setting_pos(s, "then"),
			 "'then' has no effect: nothing follows 'first: %s'", first);
	else if (p->leaver_then == LEAVER_DISABLE)
		diag_add(
			diags, setting_pos(s, "then"),
			"'then' must be delete, remove or keep: disabled is what they are already");
	if (setting_given(s, "after") && p->leaver_first == LEAVER_KEEP)
		diag_add(diags, setting_pos(s, "after"),
			 "'after' has no effect: nothing follows 'first: keep'");
}

/* Whoever owns a target as a whole removes what another sync put there. */
static void check_owners(const struct config *c, const struct sync *sync, struct diagnostics *diags)
{
	if (!sync->to || !sync->policy.owns_all)
		return;
	list_each (const struct sync, other, &c->syncs)
		if (other != sync && other->to == sync->to)
			diag_add(diags, setting_pos(sync->settings, "owns"),
				 "'owns: all' would remove what the sync '%s' puts into '%s': use "
				 "'managed' where several syncs have one target",
				 other->name, sync->to->name);
}

static void check_sync(const struct config *c, const struct sync *sync, struct diagnostics *diags)
{
	check_ends(c, sync, diags);
	check_leavers(sync, diags);
	check_owners(c, sync, diags);
}

static void check_serve(const struct config *c, struct diagnostics *diags)
{
	str listen = setting_text(c->serve, "listen");
	struct buf b = {0};
	struct url url;
	bool local;

	if (!setting_find(c->serve, "listen"))
		return;

	buf_printf(&b, "http://%.*s", STR_ARG(listen));
	local = str_starts(listen, STR("/")) || !url_parse(buf_str(&b), &url) || url_is_local(&url);
	buf_clear(&b);
	if (local || setting_table(c->serve, "tls"))
		return;
	if (setting_bool(c->serve, "insecure"))
		diag_warn(diags, setting_pos(c->serve, "listen"),
			  "the service is not protected (insecure: true)");
	else
		diag_add(diags, setting_pos(c->serve, "listen"),
			 "beyond loopback the service needs tls: {cert: FILE, key: ...}; behind a "
			 "proxy that brings TLS, insecure: true");
}

/* One file cannot be two databases. */
static void check_files(const struct config *c, struct diagnostics *diags)
{
	str state = setting_text(c->settings, "state");
	struct source_pos pos = setting_pos(c->settings, "state");

	if (state.n == 0)
		return;
	if (str_equal(state, setting_text(c->serve, "store")))
		diag_add(diags, pos, "'state' must be another file than the 'store' of 'serve'");
	list_each (const struct system, system, &c->systems) {
		const struct setting *inbox = setting_of_role(system->settings, KEY_ROLE_INBOX);

		if (inbox && str_equal(state, inbox->text))
			diag_add(diags, pos, "'state' must be another file than the '%s' of '%s'",
				 inbox->key->name, system->name);
	}
}

void config_check(const struct config *c, struct diagnostics *diags)
{
	list_each (const struct system, system, &c->systems)
		if (system->kind)
			check_system(system, diags);
	list_each (const struct sync, sync, &c->syncs)
		check_sync(c, sync, diags);
	check_serve(c, diags);
	check_files(c, diags);
}

static void check_secret(const struct setting *value, bool commands, struct diagnostics *diags)
{
	struct secret_source source = *value->secret;
	struct secret *secret;
	struct err err;

	if (source.form == SECRET_COMMAND && !commands)
		return;
	source.pos = (struct source_pos){0}; /* the fault has its own */
	if (secret_fetch(&source, &secret, &err) == 0)
		secret_free(secret);
	else if (source.form == SECRET_CREDENTIAL && !getenv("CREDENTIALS_DIRECTORY"))
		diag_warn(
			diags, value->pos,
			"'%s': whether there is a credential '%s' can only be seen in the systemd "
			"unit",
			value->key->name, source.name);
	else
		diag_add(diags, value->pos, "'%s': %s", value->key->name, err.text);
}

static void check_secrets(const struct settings *s, bool commands, struct diagnostics *diags);

static void check_value_secrets(const struct setting *value, bool commands,
				struct diagnostics *diags)
{
	if (value->secret)
		check_secret(value, commands, diags);
	if (value->table)
		check_secrets(value->table, commands, diags);
	for (size_t i = 0; i < value->count; i++)
		check_value_secrets(&value->items[i], commands, diags);
}

static void check_secrets(const struct settings *s, bool commands, struct diagnostics *diags)
{
	for (size_t i = 0; s->keys[i].name; i++)
		check_value_secrets(&s->values[i], commands, diags);
	for (size_t i = 0; i < s->extra_count; i++)
		check_value_secrets(&s->extras[i], commands, diags);
}

void config_check_secrets(const struct config *c, bool commands, struct diagnostics *diags)
{
	diag_source(diags, c->file, c->text);
	check_secrets(c->settings, commands, diags);
}
