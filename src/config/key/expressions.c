/* SPDX-License-Identifier: Apache-2.0 */
/* Filters, templates and attribute paths in settings: read by the parsers of expr. */
#include "config/key/internal.h"
#include "expr/filter.h"
#include "expr/path.h"
#include "expr/template.h"

int expression_read(const struct key_walk *w, const struct key *key, struct setting *ret,
		    struct err *err)
{
	if (key->type == KEY_FILTER)
		return filter_parse(ret->text, w->options.rules, w->arena, &ret->filter, err);
	if (key->type == KEY_ATTRIBUTE)
		return path_canonical(ret->text, w->options.rules, w->arena, &ret->text, err);
	if (key->type == KEY_TEMPLATE)
		return template_parse(ret->text, key->rules, w->arena, &ret->template, err);
	return 0;
}
