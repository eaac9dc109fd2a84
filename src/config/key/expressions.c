/* SPDX-License-Identifier: Apache-2.0 */
/* Filters, templates and attribute paths in settings: read by the parsers of the model. */
#include "config/internal.h"
#include "expr/filter.h"
#include "expr/path.h"
#include "expr/template.h"

int language_read(const struct walk *w, const struct key *key, struct setting *ret, struct err *err)
{
	if (key->type == KEY_FILTER)
		return filter_parse(ret->text, w->rules, w->arena, &ret->filter, err);
	if (key->type == KEY_ATTRIBUTE)
		return path_canonical(ret->text, w->rules, w->arena, &ret->text, err);
	if (key->type == KEY_TEMPLATE)
		return template_parse(ret->text, key->rules, w->arena, &ret->template, err);
	return 0;
}
