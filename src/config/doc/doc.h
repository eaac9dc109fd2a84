/* SPDX-License-Identifier: Apache-2.0 */
/* Inside of config: settings printed as the YAML or JSON that would make them. */
#ifndef CONFIG_DOC_DOC_H
#define CONFIG_DOC_DOC_H

#include "base/json.h"
#include "config/key/key.h"

enum print_what {
	PRINT_ALL, /* everything present, defaults and all */
	PRINT_ALL_MARKED, /* the same; lines that nobody wrote end in "# default" */
	PRINT_GIVEN, /* what was written */
};
void print_settings(const struct settings *s, unsigned indent, enum print_what what, struct buf *b);
/* One value with all that is in it, as a text to compare; NULL and what has a fault print nothing.
 */
void print_setting(const struct setting *value, struct buf *b);
void print_value_json(const struct setting *value, struct json_writer *w);
void print_settings_json(const struct settings *s, struct json_writer *w);
/* A text as a YAML scalar that reads back as the same text, quoted where it must be. */
void print_scalar(str text, struct buf *b);

#endif
