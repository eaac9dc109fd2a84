/* SPDX-License-Identifier: Apache-2.0 */
/* A comparison judged by its attribute: whether its value fits, and by which rule it is compared.
 */
#include "base/unicode.h"
#include "expr/internal.h"

static bool op_orders(enum filter_op op)
{
	return op == FILTER_GT || op == FILTER_GE || op == FILTER_LT || op == FILTER_LE;
}

static bool op_equates(enum filter_op op)
{
	return op == FILTER_EQ || op == FILTER_NE;
}

static int fail_value(struct scan *s, size_t at, const struct filter_node *node,
		      const char *expected)
{
	const struct path *path = &node->path;
	char space[80];
	str name = path->sub.n ? path->sub : path->name;

	return scan_fail(s, at, "'%.*s' expects %s, met %s", (int)(name.n > 60 ? 60 : name.n),
			 name.p, expected, scan_met(s, at, space));
}

static int fail_operator(struct scan *s, size_t at, const struct filter_node *node,
			 const char *what)
{
	str name = node->path.sub.n ? node->path.sub : node->path.name;

	return scan_fail(s, at, "'%s' cannot compare '%.*s', which is %s; expected eq or ne",
			 filter_op_text(node->op), (int)(name.n > 60 ? 60 : name.n), name.p, what);
}

static int judge_boolean(struct scan *s, size_t at, struct filter_node *node)
{
	struct filter_value *value = &node->value;

	node->rule = RULE_BOOLEAN;
	if (!op_equates(node->op))
		return fail_operator(s, at, node, "true or false");
	if (value->kind == VALUE_TEXT) {
		value->truth = str_equal_nocase(value->text, STR("true"));
		if (!value->truth && !str_equal_nocase(value->text, STR("false")))
			return fail_value(s, at, node, "true or false");
		value->kind = VALUE_BOOLEAN;
	}
	return value->kind == VALUE_BOOLEAN ? 0 : fail_value(s, at, node, "true or false");
}

static int judge_date(struct scan *s, size_t at, struct filter_node *node)
{
	bool text_op = !op_equates(node->op) && !op_orders(node->op);

	node->rule = text_op ? RULE_EXACT : RULE_DATE;
	/* An unquoted year is a number to the grammar. */
	if (s->rules.lenient && node->value.kind == VALUE_NUMBER)
		node->value.kind = VALUE_TEXT;
	if (node->value.kind != VALUE_TEXT ||
	    (!text_op && !instant_parse(node->value.text, &node->instant)))
		return fail_value(s, at, node, "a date and time such as \"2026-11-20T08:15:00Z\"");
	return 0;
}

static int judge_text(struct scan *s, size_t at, struct filter_node *node,
		      const struct attribute *of)
{
	node->rule = of->exact ? RULE_EXACT : RULE_FOLD;
	if (of->type == ATTRIBUTE_BINARY && op_orders(node->op))
		return fail_operator(s, at, node, "binary");
	if (node->value.kind != VALUE_TEXT && !s->rules.lenient)
		return fail_value(s, at, node, "a text in double quotes");
	node->value.kind = VALUE_TEXT;
	return 0;
}

/* Nothing is known of the attribute: the literal says how to compare. */
static int judge_unknown(struct scan *s, size_t at, struct filter_node *node)
{
	node->rule = RULE_FOLD;
	if (node->value.kind == VALUE_BOOLEAN)
		return judge_boolean(s, at, node);
	if (node->value.kind == VALUE_NUMBER && (op_equates(node->op) || op_orders(node->op)))
		node->rule = RULE_NUMBER;
	else
		node->value.kind = VALUE_TEXT;
	return 0;
}

int judge_value(struct scan *s, size_t at, struct filter_node *node)
{
	const struct attribute *of = node->path.part ? node->path.part : node->path.attribute;

	if (node->value.kind == VALUE_NULL)
		return op_equates(node->op)
			       ? 0
			       : scan_fail(s, at, "null can only be compared by eq and ne");
	if (node->path.attribute && node->path.sub.n && !node->path.part)
		of = NULL;
	if (!of)
		return judge_unknown(s, at, node);
	if (of->type == ATTRIBUTE_BOOLEAN)
		return judge_boolean(s, at, node);
	if (of->type == ATTRIBUTE_DATE)
		return judge_date(s, at, node);
	return judge_text(s, at, node, of);
}

/* `emails co "x"` means `emails.value co "x"`; `name co "x"` means nothing. */
int judge_path(struct scan *s, size_t at, struct filter_node *node)
{
	struct path *path = &node->path;
	const struct attribute *of = path->attribute;
	struct buf parts = {0};

	if (path->name.n == 0)
		return scan_fail(s, at, "a schema has no value to compare; expected an attribute");
	if (of && of->secret)
		return scan_fail(s, at, "'%s' is never compared", of->name);
	if (path->sub.n || node->op == FILTER_PR || !of || of->type != ATTRIBUTE_COMPLEX)
		return 0;
	path->part = attribute_find_part(of, STR("value"));
	if (path->part) {
		path->sub = STR("value");
		return 0;
	}
	for (size_t i = 0; i < of->part_count; i++)
		buf_printf(&parts, "%s%s.%s", i ? ", " : "", of->name, of->parts[i].name);
	scan_fail(s, at, "'%s' consists of parts; expected one of %s", of->name, parts.p);
	buf_clear(&parts);
	return -1;
}

void filter_node_prepare(struct scan *s, struct filter_node *node)
{
	node->needle = node->value.text;
	if (node->rule == RULE_FOLD && node->needle.n) {
		char *folded = arena_alloc(s->arena, node->needle.n);

		text_fold(node->needle, folded);
		node->needle.p = folded;
	}
	if (node->op == FILTER_CO && node->rule == RULE_FOLD) {
		uint16_t *borders = arena_array(s->arena, uint16_t, node->needle.n + 1);

		text_borders(node->needle, borders);
		node->borders = borders;
	}
	if (node->path.where) {
		struct path *inner = arena_new(s->arena, struct path);

		inner->name = inner->base = node->path.sub;
		inner->attribute = node->path.part;
		node->inner = inner;
	}
}
