/* SPDX-License-Identifier: Apache-2.0 */
/* Filters from text: precedence by descent; each comparison is judged by its attribute. */
#include "expr/internal.h"

static int scan_or(struct scan *s, const struct attribute *element, bool in_element,
		   struct filter_node **ret);

static int node_add(struct scan *s, size_t at, enum filter_kind kind, struct filter_node **ret)
{
	if (++s->nodes > s->rules.nodes)
		return scan_fail(s, at, "the filter has more than %zu parts", s->rules.nodes);
	*ret = arena_new(s->arena, struct filter_node);
	(*ret)->kind = kind;
	return 0;
}

static int depth_enter(struct scan *s)
{
	if (++s->depth > s->rules.depth)
		return scan_fail(s, s->at, "the filter is nested more than %zu deep",
				 s->rules.depth);
	return 0;
}

static bool take_keyword(struct scan *s, str keyword)
{
	scan_blanks(s);
	if (!str_equal_nocase(scan_peek_word(s), keyword))
		return false;
	s->at += keyword.n;
	return true;
}

static int scan_compare(struct scan *s, size_t from, struct filter_node *node)
{
	size_t at;

	if (scan_op(s, &node->op) || judge_path(s, from, node))
		return -1;
	if (node->op != FILTER_PR) {
		scan_blanks(s);
		at = s->at;
		if (scan_value(s, &node->value) || judge_value(s, at, node))
			return -1;
	}
	filter_node_prepare(s, node);
	return 0;
}

static int scan_term(struct scan *s, const struct attribute *element, bool in_element,
		     struct filter_node **ret)
{
	struct filter_node *node;
	size_t from = s->at;

	if (node_add(s, from, FILTER_COMPARE, &node) ||
	    scan_path(s, in_element, element, &node->path))
		return -1;
	if (node->path.where && node->path.sub.n == 0) {
		node->kind = FILTER_ELEMENT;
		*ret = node;
		return 0;
	}
	if (scan_compare(s, from, node))
		return -1;
	*ret = node;
	return 0;
}

static int scan_group(struct scan *s, const struct attribute *element, bool in_element,
		      struct filter_node **ret)
{
	char space[80];

	if (depth_enter(s) || scan_or(s, element, in_element, ret))
		return -1;
	s->depth--;
	scan_blanks(s);
	if (!scan_char(s, ')'))
		return scan_fail(s, s->at, "expected 'and', 'or' or ')', met %s",
				 scan_met(s, s->at, space));
	return 0;
}

static int scan_unary(struct scan *s, const struct attribute *element, bool in_element,
		      struct filter_node **ret)
{
	struct filter_node *node, *child;
	size_t from;
	char space[80];

	scan_blanks(s);
	from = s->at;
	if (scan_char(s, '('))
		return scan_group(s, element, in_element, ret);
	if (!take_keyword(s, STR("not")))
		return scan_term(s, element, in_element, ret);
	scan_blanks(s);
	if (!s->rules.lenient && (s->at >= s->text.n || s->text.p[s->at] != '('))
		return scan_fail(s, s->at, "expected '(' after 'not', met %s",
				 scan_met(s, s->at, space));
	if (node_add(s, from, FILTER_NOT, &node) || depth_enter(s) ||
	    scan_unary(s, element, in_element, &child))
		return -1;
	s->depth--;
	node->first = child;
	*ret = node;
	return 0;
}

/* A child of the same kind gives its children instead, so that groups leave no trace. */
static void node_append(struct filter_node *node, struct filter_node *child)
{
	bool same = child->kind == node->kind;
	const struct filter_node *first = same ? child->first : child;

	if (node->last)
		node->last->next = first;
	else
		node->first = first;
	node->last = same ? child->last : child;
}

typedef int scan_operand(struct scan *s, const struct attribute *element, bool in_element,
			 struct filter_node **ret);

/* operand (keyword operand)*, as one node with all operands as children. */
static int scan_chain(struct scan *s, const struct attribute *element, bool in_element,
		      enum filter_kind kind, str keyword, scan_operand *operand,
		      struct filter_node **ret)
{
	struct filter_node *node = NULL, *child;
	size_t at;

	if (operand(s, element, in_element, ret))
		return -1;
	scan_blanks(s);
	at = s->at;
	if (!take_keyword(s, keyword))
		return 0;
	if (node_add(s, at, kind, &node))
		return -1;
	node_append(node, *ret);
	do {
		if (operand(s, element, in_element, &child))
			return -1;
		node_append(node, child);
	} while (take_keyword(s, keyword));
	*ret = node;
	return 0;
}

static int scan_and(struct scan *s, const struct attribute *element, bool in_element,
		    struct filter_node **ret)
{
	return scan_chain(s, element, in_element, FILTER_AND, STR("and"), scan_unary, ret);
}

static int scan_or(struct scan *s, const struct attribute *element, bool in_element,
		   struct filter_node **ret)
{
	return scan_chain(s, element, in_element, FILTER_OR, STR("or"), scan_and, ret);
}

int scan_where(struct scan *s, const struct attribute *element, const struct filter_node **ret)
{
	struct filter_node *node;

	if (depth_enter(s) || scan_or(s, element, true, &node))
		return -1;
	s->depth--;
	scan_blanks(s);
	*ret = node;
	return 0;
}

int filter_parse(str text, const struct parse_rules *rules, struct arena *arena,
		 const struct filter **ret, struct err *err)
{
	struct filter_node *root;
	struct filter *filter;
	struct scan s;
	char space[80];

	if (scan_init(&s, text, "filter", rules, arena, err) || scan_or(&s, NULL, false, &root))
		return -1;
	scan_blanks(&s);
	if (s.at < s.text.n)
		return scan_fail(&s, s.at, "expected 'and', 'or' or the end, met %s",
				 scan_met(&s, s.at, space));
	filter = arena_new(arena, struct filter);
	*filter = (struct filter){.root = root, .text = s.text, .nodes = s.nodes};
	*ret = filter;
	return 0;
}
