/* SPDX-License-Identifier: Apache-2.0 */
/* The connector of roster files: opened by path, read whole, never written. */
#include "connect/file/file.h"

#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/hash.h"
#include "connect/file/roster.h"

struct file_connection {
	struct connection base;
	const char *path;
	bool csv;
};

static const char *const formats[] = {"auto", "yaml", "csv", NULL};

static const struct key file_settings[] = {
	{.name = "path",
	 .type = KEY_PATH,
	 .required = true,
	 .doc = "the roster: YAML with users and teams, or CSV with one membership a row",
	 .example = "/etc/muster/staff.yaml"},
	{.name = "format",
	 .type = KEY_CHOICE,
	 .words = formats,
	 .fallback = "auto",
	 .doc = "how it is written; auto goes by the name's end, .csv or else YAML"},
	{.name = NULL},
};

static int file_open(const struct system *system, const struct connect_options *options,
		     struct connection **ret, struct err *err)
{
	struct file_connection *c = mem_alloc(1, sizeof *c);
	str path = setting_text(system->settings, "path");
	size_t format = setting_choice(system->settings, "format");

	(void)err;
	*c = (struct file_connection){
		.base = {*options},
		.path = path.p,
		.csv = format == 2 || (format == 0 && str_ends(path, STR(".csv"))),
	};
	*ret = &c->base;
	return 0;
}

static void file_close(struct connection *c)
{
	free(connection_own(file_connection, c));
}

static int read_roster(struct file_connection *c, struct snapshot *into, struct err *err)
{
	struct roster r = {.path = c->path, .into = into};
	struct buf text = {0};
	int rc = -1;

	if (file_read(c->path, ROSTER_LIMIT, &text, err) < 0) {
		err->code = CODE_UNAVAILABLE;
		goto out;
	}
	if (c->csv)
		roster_read_csv(&r, buf_str(&text));
	else
		roster_read_yaml(&r, buf_str(&text));
	if (r.diags.errors) {
		rc = diag_err(&r.diags, err);
		err->code = CODE_DATA;
	} else {
		into->scope = hash_str(&(struct hash_key){0, 0}, str_of(c->path));
		into->complete = true;
		rc = snapshot_seal(into, err);
	}
out:
	roster_clear(&r);
	buf_clear(&text);
	return rc;
}

static int file_snapshot(struct connection *connection, const struct wanted *wanted,
			 struct snapshot *into, struct err *err)
{
	struct file_connection *c = connection_own(file_connection, connection);
	int rc = read_roster(c, into, err);

	(void)wanted;
	if (rc == 0)
		connection_progress(&c->base, into->users.count + into->groups.count);
	return rc;
}

static int file_check(struct connection *connection, struct findings *findings, struct err *err)
{
	struct file_connection *c = connection_own(file_connection, connection);
	struct snapshot s;
	int rc;

	if (snapshot_open(&s, c->base.options.spool_folder, err) < 0)
		return -1;
	rc = read_roster(c, &s, err);
	if (rc == 0)
		finding_add(findings, false, "roster %s: %zu users, %zu teams, %zu memberships",
			    c->path, s.users.count, s.groups.count, s.edges.count);
	snapshot_close(&s);
	return rc;
}

const struct connector file_connector = {
	.kind = "file",
	.summary = "a roster file, YAML or CSV (a source)",
	.can = CAN_READ,
	.settings = file_settings,
	.open = file_open,
	.check = file_check,
	.snapshot = file_snapshot,
	.close = file_close,
};
