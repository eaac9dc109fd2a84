-- SPDX-License-Identifier: Apache-2.0
-- The inbox: what identity providers pushed to the SCIM service.

-- A user or group, and every id that was ever named as a member.
CREATE TABLE resource (
	row INTEGER PRIMARY KEY,
	id BLOB NOT NULL,          -- a UUID in 16 bytes; '!' and the text for an id that is none of ours
	kind INTEGER NOT NULL,     -- 0 nobody (a member that is not known here), 1 user, 2 group
	held INTEGER NOT NULL,     -- when it was deleted through the API beyond the guard's limit; 0: it is there
	active INTEGER NOT NULL,
	version INTEGER NOT NULL,  -- of its last change; grows over all resources
	created INTEGER NOT NULL,  -- seconds since 1970
	modified INTEGER NOT NULL,
	name TEXT,                 -- userName or displayName, folded
	label TEXT,                -- a group's displayName as it was given
	external TEXT,             -- externalId
	extended INTEGER NOT NULL, -- has attributes of the extension
	body TEXT NOT NULL         -- its JSON without braces, schemas, id, members, groups, meta
) STRICT;
CREATE UNIQUE INDEX resource_id ON resource(id);
CREATE UNIQUE INDEX resource_user_name ON resource(name) WHERE kind = 1;
CREATE INDEX resource_group_name ON resource(name) WHERE kind = 2;
CREATE INDEX resource_external ON resource(external) WHERE external IS NOT NULL;
CREATE INDEX resource_version ON resource(version);
CREATE INDEX resource_held ON resource(held) WHERE held <> 0;

-- Who is in which group; both sides are resource rows.
CREATE TABLE member (
	team INTEGER NOT NULL,
	person INTEGER NOT NULL,
	display TEXT,              -- as the client gave it
	held INTEGER NOT NULL,     -- when the API removed it beyond the guard's limit; 0: it is there
	PRIMARY KEY (team, person)
) STRICT, WITHOUT ROWID;
CREATE INDEX member_person ON member(person, team);
CREATE INDEX member_held ON member(held) WHERE held <> 0;

-- E-mail addresses, folded, for the filters of identity providers that match by them.
CREATE TABLE address (
	value TEXT NOT NULL,
	row INTEGER NOT NULL,
	PRIMARY KEY (value, row)
) STRICT, WITHOUT ROWID;

-- What was deleted: for the connector's changes, and for people who come back.
CREATE TABLE tombstone (
	version INTEGER PRIMARY KEY,
	id BLOB NOT NULL,
	kind INTEGER NOT NULL,
	external TEXT,
	deleted INTEGER NOT NULL
) STRICT;
CREATE INDEX tombstone_external ON tombstone(external) WHERE external IS NOT NULL;

-- Removals by API, for the rolling window of the guard.
CREATE TABLE removal (
	number INTEGER PRIMARY KEY,
	at INTEGER NOT NULL,
	kind INTEGER NOT NULL,     -- 1 user, 3 membership
	count INTEGER NOT NULL,
	token TEXT NOT NULL
) STRICT;
CREATE INDEX removal_at ON removal(at);

-- One row: how much there is.
CREATE TABLE total (
	one INTEGER PRIMARY KEY CHECK (one = 1),
	users INTEGER NOT NULL,
	teams INTEGER NOT NULL,
	members INTEGER NOT NULL
) STRICT;
INSERT INTO total VALUES (1, 0, 0, 0);

CREATE TABLE token (
	id TEXT PRIMARY KEY,
	name TEXT NOT NULL,        -- for people and logs
	digest BLOB NOT NULL,      -- SHA-256 of the whole token
	scopes INTEGER NOT NULL,   -- 1 read, 2 users, 4 groups
	created INTEGER NOT NULL,
	expires INTEGER NOT NULL,  -- 0: never
	revoked INTEGER NOT NULL,  -- 0: not
	used INTEGER NOT NULL      -- 0: never; to the minute
) STRICT, WITHOUT ROWID;

CREATE TABLE setting (
	name TEXT PRIMARY KEY,
	value BLOB NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO setting VALUES ('key', randomblob(32)); -- signs cursors and access tokens
