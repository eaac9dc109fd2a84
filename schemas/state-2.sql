-- SPDX-License-Identifier: Apache-2.0
-- From version 1 of the state file to 2: a change says itself why an invitation was revoked, and what the guard's
-- window counts it for. Before, both were told by bits of `flags`: 1 returns, or of a revocation that it is replaced;
-- 2 created, or of a revocation that a person asked for it; 4 comes after another change.

CREATE TABLE change_2 (
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
	returns INTEGER NOT NULL, -- 1: someone who had left comes back
	created INTEGER NOT NULL, -- 1: of an adoption, that muster made the entry
	why TEXT, -- of a revocation: unwanted, replaced, by hand
	edits TEXT, -- [[path, before, after], ...]
	reason TEXT,
	intended INTEGER NOT NULL,
	weight TEXT, -- what the guard's window counts it for: user removed, member removed, invitation, rewrite
	open INTEGER NOT NULL, -- 1: nobody knows what became of it
	outcome TEXT,
	at INTEGER,
	id TEXT, -- what the target made of a create
	error TEXT,
	looks INTEGER NOT NULL DEFAULT 0, -- how often settling looked in vain
	PRIMARY KEY (run, number)
) STRICT, WITHOUT ROWID;

INSERT INTO change_2 SELECT run, number, kind, user_source, user_target, user_label, user_name, user_address,
	user_origin, team_source, team_target, team_label, dn, digest, role, old_role, invitation, key,
	CASE WHEN kind <> 'revoke invitation' AND flags % 2 = 1 THEN 1 ELSE 0 END,
	CASE WHEN kind <> 'revoke invitation' AND flags / 2 % 2 = 1 THEN 1 ELSE 0 END,
	CASE WHEN kind <> 'revoke invitation' THEN NULL
		WHEN flags % 2 = 1 THEN 'replaced' WHEN flags / 2 % 2 = 1 THEN 'by hand' ELSE 'unwanted' END,
	edits, reason, intended,
	CASE WHEN counted = 0 OR (kind = 'revoke invitation' AND flags % 2 = 1) THEN NULL
		WHEN kind = 'remove member' THEN 'member removed'
		WHEN kind = 'update user' THEN 'rewrite'
		WHEN kind IN ('invite', 'resend invitation') THEN 'invitation'
		ELSE 'user removed' END,
	open, outcome, at, id, error, looks FROM change;

DROP TABLE change;
ALTER TABLE change_2 RENAME TO change;
CREATE INDEX change_open ON change (open, run) WHERE open = 1;
CREATE INDEX change_weight ON change (run, weight, team_target, outcome, open, at, intended) WHERE weight IS NOT NULL;
