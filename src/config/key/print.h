/* SPDX-License-Identifier: Apache-2.0 */
/* Settings printed as the YAML or JSON that would make them; taken in by the door of this folder.
 */
#ifndef CONFIG_KEY_PRINT_H
#define CONFIG_KEY_PRINT_H

#include "base/json.h"
#include "base/str.h"

struct setting;
struct settings;

enum print_what {
	PRINT_ALL, /* everything present, defaults and all */
	PRINT_ALL_MARKED, /* the same; lines that nobody wrote end in "# default" */
	PRINT_GIVEN, /* what was written */
};
void print_settings(const struct settings *s, unsigned indent, enum print_what what, struct buf *b);
/*
 * One value with all that is in it, as a text to compare; NULL and what has a fault print nothing.
 * The policy's fingerprint is made of it, and a run that would remove something is held when that
 * changed: another spelling here holds everybody's next run.
 */
void print_setting(const struct setting *value, struct buf *b);
void print_value_json(const struct setting *value, struct json_writer *w);
void print_settings_json(const struct settings *s, struct json_writer *w);

#endif
