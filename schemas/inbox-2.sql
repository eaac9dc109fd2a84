-- SPDX-License-Identifier: Apache-2.0
-- From version 1 of the inbox to 2: whose removals are held, and tokens that belong to a user.

ALTER TABLE removal ADD COLUMN held INTEGER NOT NULL DEFAULT 0; -- 1: held, `at` is since when; 0: it happened
UPDATE removal SET held = 1 WHERE at IN (SELECT held FROM resource WHERE held <> 0)
	OR at IN (SELECT held FROM member WHERE held <> 0);
ALTER TABLE token ADD COLUMN person BLOB; -- the id of the user that /Me is, as in resource; NULL: nobody
