/* SPDX-License-Identifier: Apache-2.0 */
/* Filters back to text, in the canonical spelling, and their equality. */
#include "expr/filter.h"

#include "base/unicode.h"

static void print_text(str s, struct buf *out)
{
	buf_char(out, '"');
	for (size_t i = 0; i < s.n; i++) {
		char c = s.p[i];

		if (c == '"' || c == '\\')
			buf_char(out, '\\');
		if ((unsigned char)c < 0x20)
			buf_printf(out, "\\u%04x", (unsigned)c);
		else
			buf_char(out, c);
	}
	buf_char(out, '"');
}

static void print_value(const struct filter_value *value, struct buf *out)
{
	switch (value->kind) {
	case VALUE_NULL:
		buf_text(out, "null");
		break;
	case VALUE_BOOLEAN:
		buf_text(out, value->truth ? "true" : "false");
		break;
	case VALUE_NUMBER:
		buf_put(out, value->text);
		break;
	case VALUE_TEXT:
		print_text(value->text, out);
		break;
	}
}

static void print_compare(const struct filter_node *node, struct buf *out)
{
	path_print(&node->path, out);
	buf_char(out, ' ');
	buf_text(out, filter_op_text(node->op));
	if (node->op != FILTER_PR) {
		buf_char(out, ' ');
		print_value(&node->value, out);
	}
}

static void print_grouped(const struct filter_node *node, bool grouped, struct buf *out)
{
	if (grouped)
		buf_char(out, '(');
	filter_print(node, out);
	if (grouped)
		buf_char(out, ')');
}

void filter_print(const struct filter_node *node, struct buf *out)
{
	switch (node->kind) {
	case FILTER_AND:
	case FILTER_OR:
		for (const struct filter_node *child = node->first; child; child = child->next) {
			if (child != node->first)
				buf_text(out, node->kind == FILTER_AND ? " and " : " or ");
			print_grouped(child, node->kind == FILTER_AND && child->kind == FILTER_OR,
				      out);
		}
		break;
	case FILTER_NOT:
		buf_text(out, "not ");
		print_grouped(node->first, true, out);
		break;
	case FILTER_COMPARE:
		print_compare(node, out);
		break;
	case FILTER_ELEMENT:
		path_print(&node->path, out);
		break;
	}
}

static bool value_equal(const struct filter_node *a, const struct filter_node *b)
{
	if (a->op == FILTER_PR)
		return true;
	if (a->value.kind != b->value.kind)
		return false;
	switch (a->value.kind) {
	case VALUE_NULL:
		return true;
	case VALUE_BOOLEAN:
		return a->value.truth == b->value.truth;
	case VALUE_NUMBER:
		return !(a->value.number < b->value.number) && !(a->value.number > b->value.number);
	case VALUE_TEXT:
		return a->rule == b->rule && str_equal(a->needle, b->needle);
	}
	return false;
}

bool filter_equal(const struct filter_node *a, const struct filter_node *b)
{
	if (!a || !b)
		return a == b;
	if (a->kind != b->kind || a->op != b->op || !path_equal(&a->path, &b->path))
		return false;
	if (a->kind == FILTER_COMPARE)
		return value_equal(a, b);
	for (a = a->first, b = b->first; a && b; a = a->next, b = b->next)
		if (!filter_equal(a, b))
			return false;
	return a == b;
}
