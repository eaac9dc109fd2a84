/* SPDX-License-Identifier: Apache-2.0 */
/* The words of a comparison in a filter: its operator and its value. */
#include <stdlib.h>
#include <string.h>

#include "base/unicode.h"
#include "expr/internal.h"

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

int scan_op(struct scan *s, enum filter_op *ret)
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

int scan_value(struct scan *s, struct filter_value *ret)
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
