-- SPDX-License-Identifier: Apache-2.0
-- From version 2 of the inbox to 3: groups in row order, and a person's groups, without a look at anything else.

CREATE INDEX resource_other ON resource(kind, row) WHERE kind <> 1;
DROP INDEX member_person;
CREATE INDEX member_person ON member(person, team, held);
