/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of config share: texts about rows of a table, and the form of a distinguished
 * name. */
#ifndef CONFIG_INTERNAL_H
#define CONFIG_INTERNAL_H

#include "config/key/key.h"

bool key_any_required(const struct key *keys);
str words_text(const char *const *words, struct arena *arena); /* "a, b, c" */

bool dn_is_valid(str text); /* NAME=VALUE parts (RFC 4514); the server judges the rest */

#endif
