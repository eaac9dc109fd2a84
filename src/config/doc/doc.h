/* SPDX-License-Identifier: Apache-2.0 */
/* What is written out of the tables and of a configuration: example, schema, manual, what is in
 * force. */
#ifndef CONFIG_DOC_DOC_H
#define CONFIG_DOC_DOC_H

#include <stdio.h>

#include "base/str.h"

struct config;
struct kind;
struct system;

/* The effective configuration, defaults and all, secrets as the place they come from. */
void config_show(const struct config *c, FILE *to); /* YAML; lines that are defaults say so */
/* {"format_version": 1, "config": {...}} */
void config_show_json(const struct config *c, FILE *to);
/* A system as it was written, its secrets as above: YAML lines, each behind `indent` blanks. */
void config_put_system(const struct system *system, unsigned indent, struct buf *b);

/* From the tables alone. */
void config_print_example(FILE *to, const struct kind *kinds, size_t kind_count);
void config_print_schema(FILE *to, const struct kind *kinds, size_t kind_count);
/* The list of keys for muster.yaml(5), as mdoc(7) lists below an .Sh of the page's own. */
void config_print_manual(FILE *to, const struct kind *kinds, size_t kind_count);

#endif
