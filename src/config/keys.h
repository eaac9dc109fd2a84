/* SPDX-License-Identifier: Apache-2.0 */
/* Inside of config: the tables of keys that do not belong to a connector. */
#ifndef CONFIG_KEYS_H
#define CONFIG_KEYS_H

#include "config/config.h"

/* the whole file; `systems` has no keys of its own: they depend on the kind */
extern const struct key top_keys[];
extern const struct key system_keys[]; /* what every system has */
extern const struct key sync_keys[];

/* The words of `leavers.first` and `leavers.then`. */
extern const char *const leaver_words[]; /* as enum leaver_step */

/* Keys of every system and those of a kind in one table. */
const struct key *kind_keys(const struct kind *kind, struct arena *arena);
struct kind_table *kind_tables(const struct kind *kinds, size_t count, struct arena *arena);

#endif
