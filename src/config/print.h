/* SPDX-License-Identifier: Apache-2.0 */
/* Inside of config: settings printed as the YAML or JSON that would make them. */
#ifndef CONFIG_PRINT_H
#define CONFIG_PRINT_H

#include "base/json.h"
#include "config/key.h"

/* Everything present, defaults and all; where `comments`, lines that nobody wrote end in "#
 * default". */
void print_settings(const struct settings *s, unsigned indent, bool comments, struct buf *b);
/* One value with all that is in it, as a text to compare; NULL and what has a fault print nothing.
 */
void print_setting(const struct setting *value, struct buf *b);
void print_value_json(const struct setting *value, struct json_writer *w);
void print_settings_json(const struct settings *s, struct json_writer *w);
/* A text as a YAML scalar that reads back as the same text, quoted where it must be. */
void print_scalar(str text, struct buf *b);

#endif
