-- The state file, version 1; state-2.sql brings it up to date. Ids of other systems are ANY: a canonical lower-case UUID is kept as its
-- 16 bytes, every other id as text. Words (kinds, outcomes, states) are kept as words, so that a file can be
-- read without the program and survives its enumerations.

CREATE TABLE meta (
	name TEXT PRIMARY KEY,
	value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE sync (
	number INTEGER PRIMARY KEY,
	name TEXT NOT NULL UNIQUE
) STRICT;

-- The last read of the source that was trusted and applied.
CREATE TABLE trust (
	sync INTEGER PRIMARY KEY REFERENCES sync,
	at INTEGER NOT NULL,
	users INTEGER NOT NULL,
	groups INTEGER NOT NULL,
	edges INTEGER NOT NULL,
	scope INTEGER NOT NULL,
	mapping INTEGER NOT NULL
) STRICT;

-- One source entry and the target entry it became; a target entry belongs to one source entry.
CREATE TABLE link (
	sync INTEGER NOT NULL,
	kind INTEGER NOT NULL, -- 0 user, 1 group
	source_id ANY NOT NULL,
	target_id ANY NOT NULL,
	digest INTEGER NOT NULL,
	gone_since INTEGER NOT NULL, -- 0: the source entry is there
	flags INTEGER NOT NULL, -- 1 created by muster, 2 disabled by muster, 4 linked by hand
	PRIMARY KEY (sync, kind, source_id)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX link_target ON link (sync, kind, target_id);

-- Memberships that muster gave where the target may never list them.
CREATE TABLE unseen (
	sync INTEGER NOT NULL,
	team ANY NOT NULL, -- target ids
	member ANY NOT NULL,
	PRIMARY KEY (sync, team, member)
) STRICT, WITHOUT ROWID;

CREATE TABLE invitation (
	sync INTEGER NOT NULL,
	source_id ANY NOT NULL,
	address TEXT NOT NULL,
	role TEXT NOT NULL,
	target TEXT NOT NULL, -- the invitation's id at the system, never a link
	first_sent INTEGER NOT NULL,
	last_sent INTEGER NOT NULL,
	expires_at INTEGER NOT NULL,
	resent INTEGER NOT NULL,
	state TEXT NOT NULL,
	PRIMARY KEY (sync, source_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE handoff (
	sync INTEGER NOT NULL,
	key TEXT NOT NULL,
	what TEXT NOT NULL,
	opened INTEGER NOT NULL,
	PRIMARY KEY (sync, key)
) STRICT, WITHOUT ROWID;

CREATE TABLE alias (
	sync INTEGER NOT NULL,
	source_id ANY NOT NULL,
	address TEXT NOT NULL,
	PRIMARY KEY (sync, source_id)
) STRICT, WITHOUT ROWID;

-- How far a sync took its source's changes.
CREATE TABLE cursor (
	system TEXT PRIMARY KEY, -- the sync
	value TEXT NOT NULL,
	at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE run (
	number INTEGER PRIMARY KEY AUTOINCREMENT,
	sync INTEGER NOT NULL REFERENCES sync,
	command TEXT NOT NULL,
	started INTEGER NOT NULL,
	ended INTEGER NOT NULL DEFAULT 0, -- 0: it runs, or was cut
	code INTEGER NOT NULL DEFAULT -1, -- the exit code; -1: it was cut
	error TEXT NOT NULL DEFAULT '',
	verdict TEXT, -- NULL: there was no plan
	checksum TEXT NOT NULL DEFAULT '',
	complete INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX run_by_sync ON run (sync, ended);

-- What the plan of a run counted and, as "outcome ...", what became of it; what is zero has no row.
CREATE TABLE run_count (
	run INTEGER NOT NULL REFERENCES run ON DELETE CASCADE,
	what TEXT NOT NULL,
	value INTEGER NOT NULL,
	PRIMARY KEY (run, what)
) STRICT, WITHOUT ROWID;

-- The journal: a row is an intent, committed before its call is made; the outcome follows.
CREATE TABLE change (
	run INTEGER NOT NULL REFERENCES run ON DELETE CASCADE,
	number INTEGER NOT NULL,
	kind TEXT NOT NULL,
	user_source ANY, -- NULL: no user is spoken of
	user_target ANY,
	user_label TEXT,
	user_name TEXT,
	user_address TEXT,
	user_origin TEXT,
	team_source ANY, -- NULL: no team
	team_target ANY,
	team_label TEXT,
	dn TEXT,
	digest INTEGER NOT NULL,
	role TEXT,
	old_role TEXT,
	invitation TEXT,
	key TEXT,
	flags INTEGER NOT NULL, -- 1 returns, 2 created, 4 comes after another change
	edits TEXT, -- [[path, before, after], ...]
	reason TEXT,
	intended INTEGER NOT NULL,
	counted INTEGER NOT NULL, -- 1: of a kind that the guard's window counts
	open INTEGER NOT NULL, -- 1: nobody knows what became of it
	outcome TEXT,
	at INTEGER,
	id TEXT, -- what the target made of a create
	error TEXT,
	looks INTEGER NOT NULL DEFAULT 0, -- how often settling looked in vain
	PRIMARY KEY (run, number)
) STRICT, WITHOUT ROWID;
CREATE INDEX change_open ON change (open, run) WHERE open = 1;
CREATE INDEX change_counted ON change (counted, run, kind, flags, team_target, outcome, open, at, intended)
	WHERE counted = 1;

CREATE TABLE plan (
	number INTEGER PRIMARY KEY AUTOINCREMENT,
	sync INTEGER NOT NULL REFERENCES sync,
	checksum TEXT NOT NULL,
	state TEXT NOT NULL,
	verdict TEXT NOT NULL,
	approvable INTEGER NOT NULL,
	reasons TEXT NOT NULL,
	text TEXT NOT NULL,
	json TEXT NOT NULL,
	made INTEGER NOT NULL,
	held INTEGER NOT NULL,
	expires INTEGER NOT NULL,
	decided_by TEXT NOT NULL DEFAULT '',
	decided INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX plan_by_sync ON plan (sync, checksum);
