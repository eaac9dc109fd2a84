/* SPDX-License-Identifier: Apache-2.0 */
/* Filters from text: precedence by descent, then each comparison judged by its attribute. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/unicode.h"
#include "expr/scan.h"

static const char *const OPS[] = {"eq", "ne", "co", "sw", "ew", "gt", "ge", "lt", "le", "pr"};
enum { OP_COUNT = sizeof OPS / sizeof *OPS };

/* What people write who know another language. */
static const struct {
	const char *word, *op;
} OP_GUESSES[] = {
	{"=", "eq"},      {"==", "eq"},       {"===", "eq"},      {"is", "eq"},
	{"equal", "eq"},  {"equals", "eq"},   {"!=", "ne"},       {"<>", "ne"},
	{"neq", "ne"},    {"contains", "co"}, {"includes", "co"}, {"like", "co"},
	{"has", "co"},    {"matches", "co"},  {"starts", "sw"},   {"startswith", "sw"},
	{"begins", "sw"}, {"ends", "ew"},     {"endswith", "ew"}, {">", "gt"},
	{">=", "ge"},     {"gte", "ge"},      {"<", "lt"},        {"<=", "le"},
	{"lte", "le"},    {"present", "pr"},  {"exists", "pr"},   {"any", "pr"},
};

#define OP_LIST "eq, ne, co, sw, ew, gt, ge, lt, le, pr"

const char *filter_op_text(enum filter_op op)
{
	return OPS[op];
}

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

static int fail_op(struct scan *s, str word)
{
	const char *guess = NULL;
	size_t best = SIZE_MAX;
	char space[80];

	for (size_t i = 0; i < sizeof OP_GUESSES / sizeof *OP_GUESSES; i++)
		if (str_equal_nocase(word, str_of(OP_GUESSES[i].word)))
			guess = OP_GUESSES[i].op;
	for (size_t i = 0; !guess && i < OP_COUNT; i++)
		if (str_nearer(word, str_of(OPS[i]), &best))
			guess = OPS[i];
	return scan_fail(s, s->at, "expected an operator (" OP_LIST "), met %s%s%s%s",
			 scan_met(s, s->at, space), guess ? "; did you mean '" : "",
			 guess ? guess : "", guess ? "'?" : "");
}

static int scan_op(struct scan *s, enum filter_op *ret)
{
	str word;

	scan_blanks(s);
	word = scan_peek_word(s);
	for (size_t i = 0; i < OP_COUNT; i++)
		if (str_equal_nocase(word, str_of(OPS[i]))) {
			*ret = (enum filter_op)i;
			s->at += word.n;
			return 0;
		}
	return fail_op(s, word);
}

static size_t scan_digits(str s, size_t at)
{
	size_t n = 0;

	while (at + n < s.n && s.p[at + n] >= '0' && s.p[at + n] <= '9')
		n++;
	return n;
}

/* A JSON number: -? (0 | [1-9][0-9]*) (.[0-9]+)? ([eE][+-]?[0-9]+)? */
static bool is_number(str s)
{
	size_t at = s.n && s.p[0] == '-', n = scan_digits(s, at);

	if (n == 0 || (n > 1 && s.p[at] == '0'))
		return false;
	at += n;
	if (at < s.n && s.p[at] == '.') {
		n = scan_digits(s, at + 1);
		if (n == 0)
			return false;
		at += 1 + n;
	}
	if (at < s.n && ascii_lower(s.p[at]) == 'e') {
		at++;
		at += at < s.n && (s.p[at] == '+' || s.p[at] == '-');
		n = scan_digits(s, at);
		if (n == 0)
			return false;
		at += n;
	}
	return at == s.n;
}

static bool number_read(str s, double *ret)
{
	char text[64];

	if (s.n >= sizeof text || !is_number(s))
		return false;
	memcpy(text, s.p, s.n);
	text[s.n] = '\0';
	*ret = strtod(text, NULL);
	return true;
}

static bool word_is(const struct scan *s, str word, const char *literal)
{
	return s->rules.lenient ? str_equal_nocase(word, str_of(literal))
				: str_equal(word, str_of(literal));
}

/* Commas belong to an unquoted value: `externalId eq cn=ada,ou=people`. */
static str peek_literal(const struct scan *s)
{
	size_t end = s->at;

	while (end < s->text.n && !strchr(" \t\r\n()[]\"", s->text.p[end]))
		end++;
	return str_slice(s->text, s->at, end);
}

static int scan_value(struct scan *s, struct filter_value *ret)
{
	struct filter_value value = {.kind = VALUE_TEXT};
	char space[80];
	str word;

	scan_blanks(s);
	if (s->at < s->text.n && s->text.p[s->at] == '"') {
		if (scan_text(s, &value.text))
			return -1;
		*ret = value;
		return 0;
	}
	word = peek_literal(s);
	value.text = word;
	if (word_is(s, word, "null"))
		value.kind = VALUE_NULL;
	else if ((value.truth = word_is(s, word, "true")) || word_is(s, word, "false"))
		value.kind = VALUE_BOOLEAN;
	else if (number_read(word, &value.number))
		value.kind = VALUE_NUMBER;
	else if (!s->rules.lenient || word.n == 0)
		return scan_fail(s, s->at,
				 "expected a value (a text in double quotes, a number, true, false "
				 "or null), met %s",
				 scan_met(s, s->at, space));
	s->at += word.n;
	*ret = value;
	return 0;
}

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
			 OPS[node->op], (int)(name.n > 60 ? 60 : name.n), name.p, what);
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

/*
 * Does the value fit the attribute, and by which rule are they compared? at: where the value
 * stands.
 */
static int judge_value(struct scan *s, size_t at, struct filter_node *node)
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
static int judge_path(struct scan *s, size_t at, struct filter_node *node)
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

static void make_ready(struct scan *s, struct filter_node *node)
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
	make_ready(s, node);
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
