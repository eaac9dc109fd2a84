/* SPDX-License-Identifier: Apache-2.0 */
/* What the guard of the SCIM service holds back in an inbox: shown by `status`, with its tokens
 * that end soon, and decided by `approve` and `reject`. */
#ifndef CLI_INBOX_HOLDS_H
#define CLI_INBOX_HOLDS_H

#include "base/json.h"
#include "cli/command.h"

bool system_is_inbox(const struct system *system);
/* A few lines where something is held or ends soon, nothing otherwise. CODE_HELD when something is.
 */
enum code held_text(struct cli *cli, const struct system *system, struct buf *out);
/* An object, in any case. */
enum code held_json(struct cli *cli, const struct system *system, struct json_writer *w);
/* approve SYSTEM CHECKSUM, reject SYSTEM [CHECKSUM] */
enum code held_decide(struct cli *cli, const struct system *system, bool approve);

#endif
