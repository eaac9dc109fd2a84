/* SPDX-License-Identifier: Apache-2.0 */
/* What the parts of the team connector share: the connection. */
#ifndef CONNECT_TEAM_INTERNAL_H
#define CONNECT_TEAM_INTERNAL_H

#include "connect/connect.h"
#include "connect/team/profile/profile.h"
#include "connect/team/read/read.h"

enum { TEAM_BODY_LIMIT = 16 * 1024 * 1024, TEAM_PAGES_MAX = 10000, TEAM_ENTRIES_MAX = 1000000 };

struct team_connection {
	struct connection base;
	const struct profile *profile;
	const struct settings *system;
	struct diagnostics diags; /* holds the text of the profile's file */
	struct arena arena;
	struct values parameters;
	struct http_settings settings;
	const char *accept; /* of every request; NULL: JSON */
	struct http_client *http;
	struct secret *key, *second_key;
	struct http_secret_header secret_headers[2];
	LIST(struct catalogue_role) catalogue;
	bool catalogue_read;
	struct last_read last_read;
	struct snapshot *lookup_snapshot; /* the read of the last `find`; and when it was made */
	int64_t lookup_at; /* by clock_ticks() */
};

/* settings.c */
extern const struct key team_keys[];
void team_validate(const struct system *system, struct diagnostics *diags);
void team_policy(const struct system *system, enum sync_end end, struct policy *policy);
bool team_same_service(const struct system *a, const struct system *b);

/* settings_read.c */
/*
 * Loads the profile and fills in what the connection is opened with, secrets too. Errors:
 * CODE_CONFIG, and CODE_REFUSED for a key of another kind than key_kind says.
 */
int team_settings_read(const struct system *system, struct team_connection *c, struct err *err);
/* The profile that the settings name; as profile_load. */
const struct profile *team_profile_load(const struct settings *s, struct arena *arena,
					struct diagnostics *diags);
/* The kind that the key is, by its beginning: "live", "test", or NULL when that cannot be told. */
const char *key_kind_of(const struct team_connection *c);

/* The verbs `check` and `profile_test` of the connector, in files of these names. */
int team_check(struct connection *connection, struct findings *findings, struct err *err);
int team_profile_test(struct connection *connection, struct findings *findings, struct err *err);

#endif
