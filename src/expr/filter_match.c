/* SPDX-License-Identifier: Apache-2.0 */
/* Does a resource match? The parser made every comparison ready; here nothing is allocated. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/unicode.h"
#include "expr/filter.h"

/* The digits behind the seconds, which clock_parse cuts off. */
static int32_t fraction_of(str text)
{
	ptrdiff_t at = str_find(text, '.');
	int32_t value = 0, unit = 100000000;

	if (at < 0)
		at = str_find(text, ',');
	for (size_t i = (size_t)at + 1; at >= 0 && i < text.n && unit; i++, unit /= 10) {
		if (text.p[i] < '0' || text.p[i] > '9')
			break;
		value += (text.p[i] - '0') * unit;
	}
	return value;
}

bool instant_parse(str text, struct instant *ret)
{
	static const char *const rests[] = {"", "Z", "T00:00:00Z"};
	char space[64];
	struct instant instant;

	for (size_t i = 0; i < sizeof rests / sizeof *rests; i++) {
		int n = snprintf(space, sizeof space, "%.*s%s",
				 (int)(text.n < sizeof space ? text.n : sizeof space),
				 text.p ? text.p : "", rests[i]);

		if (n <= 0 || (size_t)n >= sizeof space)
			return false;
		if (clock_parse(str_make(space, (size_t)n), &instant.seconds)) {
			instant.nanoseconds = fraction_of(text);
			*ret = instant;
			return true;
		}
	}
	return false;
}

/* What a typed value is as a text. */
static str value_text(const struct filter_value *value, char space[40])
{
	switch (value->kind) {
	case VALUE_TEXT:
		return value->text;
	case VALUE_BOOLEAN:
		return value->truth ? STR("true") : STR("false");
	case VALUE_NUMBER:
		if (value->text.n)
			return value->text;
		return str_make(space, (size_t)snprintf(space, 40, "%.15g", value->number));
	case VALUE_NULL:
		break;
	}
	return (str){"", 0};
}

static int compare_texts(str s, const struct filter_node *node)
{
	return node->rule == RULE_FOLD ? text_compare(s, node->needle)
				       : str_compare(s, node->needle);
}

static bool test_text(str s, const struct filter_node *node)
{
	bool fold = node->rule == RULE_FOLD;
	str needle = node->needle;

	switch (node->op) {
	case FILTER_EQ:
	case FILTER_NE:
		return fold ? text_equal(s, needle) : str_equal(s, needle);
	case FILTER_CO:
		return fold ? text_contains(s, needle, node->borders) : str_contains(s, needle);
	case FILTER_SW:
		return fold ? text_starts(s, needle) : str_starts(s, needle);
	case FILTER_EW:
		return fold ? text_ends(s, needle) : str_ends(s, needle);
	case FILTER_GT:
		return compare_texts(s, node) > 0;
	case FILTER_GE:
		return compare_texts(s, node) >= 0;
	case FILTER_LT:
		return compare_texts(s, node) < 0;
	case FILTER_LE:
		return compare_texts(s, node) <= 0;
	case FILTER_PR:
		break;
	}
	return s.n > 0;
}

/* order: of the value against the literal, < 0, 0, > 0 */
static bool test_order(int order, enum filter_op op)
{
	switch (op) {
	case FILTER_GT:
		return order > 0;
	case FILTER_GE:
		return order >= 0;
	case FILTER_LT:
		return order < 0;
	case FILTER_LE:
		return order <= 0;
	default:
		return order == 0;
	}
}

static bool truth_of(const struct filter_value *value, bool *ret)
{
	if (value->kind == VALUE_BOOLEAN)
		*ret = value->truth;
	else if (value->kind == VALUE_TEXT && str_equal_nocase(value->text, STR("true")))
		*ret = true;
	else if (value->kind == VALUE_TEXT && str_equal_nocase(value->text, STR("false")))
		*ret = false;
	else
		return false;
	return true;
}

static bool value_number(const struct filter_value *value, double *ret)
{
	char text[64], *end;

	if (value->kind == VALUE_NUMBER) {
		*ret = value->number;
		return true;
	}
	if (value->kind != VALUE_TEXT || value->text.n == 0 || value->text.n >= sizeof text)
		return false;
	memcpy(text, value->text.p, value->text.n);
	text[value->text.n] = '\0';
	*ret = strtod(text, &end);
	return end == text + value->text.n;
}

static int compare_instants(struct instant a, struct instant b)
{
	if (a.seconds != b.seconds)
		return a.seconds < b.seconds ? -1 : 1;
	return (a.nanoseconds > b.nanoseconds) - (a.nanoseconds < b.nanoseconds);
}

/* One value of the attribute; `ne` is tested as `eq` and turned round by the caller. */
static bool test_value(const struct filter_value *value, const struct filter_node *node)
{
	char space[40];
	struct instant instant;
	double number;
	bool truth;

	if (node->op == FILTER_PR || node->value.kind == VALUE_NULL)
		return value->kind != VALUE_NULL && (value->kind != VALUE_TEXT || value->text.n);
	if (value->kind == VALUE_NULL)
		return false;
	switch (node->rule) {
	case RULE_BOOLEAN:
		return truth_of(value, &truth) && truth == node->value.truth;
	case RULE_NUMBER:
		return value_number(value, &number) &&
		       test_order((number > node->value.number) - (number < node->value.number),
				  node->op);
	case RULE_DATE:
		return instant_parse(value_text(value, space), &instant) &&
		       test_order(compare_instants(instant, node->instant), node->op);
	case RULE_FOLD:
	case RULE_EXACT:
		break;
	}
	return test_text(value_text(value, space), node);
}

static bool any_value(const struct filter_node *node, const struct filter_view *view,
		      const struct filter_element *inside, const struct path *path)
{
	struct filter_value value;
	size_t at = 0;

	while (view->value(view, inside, path, &at, &value))
		if (test_value(&value, node))
			return true;
	return false;
}

/* Some value, of those elements that path.where chooses if there is one. */
static bool any_element(const struct filter_node *node, const struct filter_view *view)
{
	struct filter_element element;
	size_t at = 0;

	while (view->element(view, &node->path, &at, &element))
		if (filter_match_node(node->path.where, view, &element) &&
		    (!node->inner || any_value(node, view, &element, node->inner)))
			return true;
	return false;
}

static bool match_compare(const struct filter_node *node, const struct filter_view *view,
			  const struct filter_element *inside)
{
	bool any = node->path.where ? any_element(node, view)
				    : any_value(node, view, inside, &node->path);

	/* With null, `any` says whether there is a value at all. */
	if (node->op == FILTER_PR || node->value.kind != VALUE_NULL)
		return node->op == FILTER_NE ? !any : any;
	return node->op == FILTER_EQ ? !any : any;
}

bool filter_match_node(const struct filter_node *node, const struct filter_view *view,
		       const struct filter_element *inside)
{
	const struct filter_node *child = node->first;

	switch (node->kind) {
	case FILTER_AND:
		while (child && filter_match_node(child, view, inside))
			child = child->next;
		return !child;
	case FILTER_OR:
		while (child && !filter_match_node(child, view, inside))
			child = child->next;
		return child;
	case FILTER_NOT:
		return !filter_match_node(child, view, inside);
	case FILTER_COMPARE:
		return match_compare(node, view, inside);
	case FILTER_ELEMENT:
		return any_element(node, view);
	}
	return false;
}

bool filter_match(const struct filter *filter, const struct filter_view *view)
{
	return filter_match_node(filter->root, view, NULL);
}
