/* SPDX-License-Identifier: Apache-2.0 */
/* Templates from text: references, alternatives, functions and their arguments. */
#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "base/list.h"
#include "expr/scan.h"
#include "expr/template_part.h"

/* In the order of enum template_function. */
static const struct {
	const char *name;
	const char *usage; /* the arguments, as an admin writes them; NULL for none */
	size_t arguments;
	bool may_be_empty; /* the first argument */
} FUNCTIONS[] = {
	{"lower", NULL, 0, false},
	{"upper", NULL, 0, false},
	{"trim", NULL, 0, false},
	{"strip", "strip:PREFIX", 1, false},
	{"strip_end", "strip_end:SUFFIX", 1, false},
	{"before", "before:TEXT", 1, false},
	{"after", "after:TEXT", 1, false},
	{"default", "default:TEXT", 1, true},
	{"replace", "replace:FROM:TO", 2, false},
	{"match", "match:PATTERN", 1, false},
	{"only_digits", NULL, 0, false},
	{"ascii", NULL, 0, false},
	{"slug", NULL, 0, false},
	{"first", NULL, 0, false},
	{"join", "join:SEPARATOR", 1, true},
	{"is", "is:VALUE:THEN:ELSE", 3, false},
};
enum { FUNCTION_COUNT = sizeof FUNCTIONS / sizeof *FUNCTIONS };

/* What people write who know another language. */
static const struct {
	const char *word, *function;
} FUNCTION_GUESSES[] = {
	{"lowercase", "lower"},    {"downcase", "lower"},
	{"tolower", "lower"},      {"uppercase", "upper"},
	{"upcase", "upper"},       {"toupper", "upper"},
	{"prefix", "strip"},       {"removeprefix", "strip"},
	{"lstrip", "strip"},       {"suffix", "strip_end"},
	{"rstrip", "strip_end"},   {"regex", "match"},
	{"regexp", "match"},       {"pattern", "match"},
	{"digits", "only_digits"}, {"unaccent", "ascii"},
	{"or", "default"},         {"if", "is"},
	{"concat", "join"},        {"sub", "replace"},
	{"strip_prefix", "strip"}, {"strip_suffix", "strip_end"},
};

struct builder {
	struct scan scan;
	const struct template_rules *rules;
	LIST(str) names;
	LIST(struct template_part) parts;
	struct buf text; /* the plain text being read */
	size_t text_at;
};

static char template_peek(const struct scan *s)
{
	return s->at < s->text.n ? s->text.p[s->at] : '\0';
}

static int add_part(struct builder *b, size_t at, const struct template_part *part)
{
	if (b->parts.count >= TEMPLATE_PARTS_MAX)
		return scan_fail(&b->scan, at, "the template has more than %d parts",
				 TEMPLATE_PARTS_MAX);
	list_push(&b->parts, *part);
	return 0;
}

static int flush_text(struct builder *b)
{
	struct template_part part = {.at = b->text_at};

	if (b->text.n == 0)
		return 0;
	part.text = arena_str(b->scan.arena, buf_str(&b->text));
	buf_reset(&b->text);
	return add_part(b, b->text_at, &part);
}

static uint32_t template_name_number(struct builder *b, str name)
{
	for (size_t i = 0; i < b->names.count; i++)
		if (str_equal_nocase(b->names.items[i], name))
			return (uint32_t)i;
	list_push(&b->names, name);
	return (uint32_t)(b->names.count - 1);
}

/* A path's own error, told at its place in the template. */
static int fail_path(struct scan *s, size_t from, const struct err *inner)
{
	const char *text = inner->text;
	size_t at = from;

	if (inner->column) {
		const char *colon = strstr(text, ": ");

		text = colon ? colon + 2 : text;
		for (uint32_t column = 1; column < inner->column && at < s->text.n; column++)
			do
				at++;
			while (at < s->text.n && ((unsigned char)s->text.p[at] & 0xc0) == 0x80);
	}
	return scan_fail(s, at, "%.500s", text);
}

static int resolve_listed(struct scan *s, size_t at, const struct template_rules *rules, str *name)
{
	const char *guess = NULL;
	size_t best = SIZE_MAX;

	for (size_t i = 0; i < rules->name_count; i++) {
		if (str_equal_nocase(*name, rules->names[i])) {
			*name = rules->names[i];
			return 0;
		}
		if (str_nearer(*name, rules->names[i], &best))
			guess = arena_text(s->arena, rules->names[i]);
	}
	return scan_fail(s, at, "unknown name '%.*s'%s%s%s", (int)(name->n > 60 ? 60 : name->n),
			 name->p, guess ? "; did you mean '" : "", guess ? guess : "",
			 guess ? "'?" : "");
}

static int check_plain(struct scan *s, size_t at, str name)
{
	for (size_t i = 0; i < name.n && name.p[i] != '['; i++) {
		char c = ascii_lower(name.p[i]);

		if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || strchr("._-$:;/", c))
			continue;
		return scan_fail(s, at + i,
				 "expected a name of letters, digits and . - _ : ; / $, met '%c'",
				 (unsigned char)c < 0x80 ? c : '?');
	}
	return 0;
}

static int template_resolve_name(struct builder *b, size_t at, str *name)
{
	struct scan *s = &b->scan;
	struct err inner = {0};

	if (name->n == 0)
		return scan_fail(s, at, "expected a name, met %s",
				 s->at >= s->text.n ? "the end"
						    : (char[]){'\'', template_peek(s), '\'', 0});
	if (b->rules && b->rules->paths) {
		if (path_canonical(*name, b->rules->paths, s->arena, name, &inner))
			return fail_path(s, at, &inner);
		return 0;
	}
	if (b->rules && b->rules->names)
		return resolve_listed(s, at, b->rules, name);
	return check_plain(s, at, *name);
}

/* Up to , | or } outside of [] and "". */
static str take_name(struct scan *s)
{
	size_t from = s->at;
	bool quoted = false, bracket = false;

	for (; s->at < s->text.n; s->at++) {
		char c = s->text.p[s->at];

		if (bracket && quoted && c == '\\')
			s->at++;
		else if (bracket && c == '"')
			quoted = !quoted;
		else if (!quoted && (c == '[' || c == ']'))
			bracket = c == '[';
		else if (!bracket && strchr(",|{}", c))
			break;
	}
	if (s->at > s->text.n)
		s->at = s->text.n;
	return str_slice(s->text, from, s->at);
}

static int parse_names(struct builder *b, struct template_part *part)
{
	uint32_t numbers[TEMPLATE_NAMES_MAX];
	uint32_t *copy;
	size_t n = 0;

	do {
		size_t from;
		str name;

		scan_blanks(&b->scan);
		from = b->scan.at;
		name = str_trim(take_name(&b->scan));
		if (n == TEMPLATE_NAMES_MAX)
			return scan_fail(&b->scan, from, "more than %d alternatives",
					 TEMPLATE_NAMES_MAX);
		if (template_resolve_name(b, from, &name))
			return -1;
		numbers[n++] = template_name_number(b, name);
	} while (scan_char(&b->scan, ','));
	copy = arena_array(b->scan.arena, uint32_t, n);
	memcpy(copy, numbers, n * sizeof *copy);
	part->names = copy;
	part->name_count = n;
	return 0;
}

static int fail_function(struct scan *s, size_t at, str word)
{
	int shown = (int)(word.n > 60 ? 60 : word.n);
	const char *guess = NULL;
	size_t best = SIZE_MAX;

	if (word.n == 0)
		return scan_fail(s, at, "expected the name of a function behind '|'");
	for (size_t i = 0; i < sizeof FUNCTION_GUESSES / sizeof *FUNCTION_GUESSES; i++)
		if (str_equal_nocase(word, str_of(FUNCTION_GUESSES[i].word)))
			guess = FUNCTION_GUESSES[i].function;
	for (size_t i = 0; !guess && i < FUNCTION_COUNT; i++)
		if (str_nearer(word, str_of(FUNCTIONS[i].name), &best))
			guess = FUNCTIONS[i].name;
	if (guess)
		return scan_fail(s, at, "unknown function '%.*s'; did you mean '%s'?", shown,
				 word.p, guess);
	return scan_fail(
		s, at,
		"unknown function '%.*s'; expected lower, upper, trim, strip, strip_end, "
		"before, after, default, replace, match, only_digits, ascii, slug, first, join "
		"or is (an argument that holds | stands in double quotes)",
		shown, word.p);
}

/* In double quotes: up to the closing one. A pattern keeps its backslashes but for \". */
static int take_quoted(struct scan *s, bool pattern, struct buf *out)
{
	size_t open = s->at++;

	for (; s->at < s->text.n; s->at++) {
		char c = s->text.p[s->at];
		char next = s->at + 1 < s->text.n ? s->text.p[s->at + 1] : '\0';

		if (c == '"') {
			s->at++;
			return 0;
		}
		if (c == '\\' && next) {
			s->at++;
			if (next != '"' && (pattern || next != '\\'))
				buf_char(out, c);
			c = next;
		}
		buf_char(out, c);
	}
	return scan_fail(s, open, "the argument that begins here has no closing quote");
}

/* How deep in ( [ { a pattern is; within [] nothing else opens. */
struct nesting {
	size_t depth;
	bool set;
};

static bool pattern_goes_on(struct nesting *nesting, char c)
{
	if (nesting->set) {
		nesting->set = c != ']';
		return true;
	}
	if (c == '[')
		nesting->set = true;
	else if (c == '(' || c == '{')
		nesting->depth++;
	else if (nesting->depth && (c == ')' || c == '}'))
		nesting->depth--;
	else
		return c != '|' && c != '}' ? true : nesting->depth > 0;
	return true;
}

static void template_take_bare(struct scan *s, bool pattern, bool last, struct buf *out)
{
	struct nesting nesting = {0, false};

	for (; s->at < s->text.n; s->at++) {
		char c = s->text.p[s->at];
		char next = s->at + 1 < s->text.n ? s->text.p[s->at + 1] : '\0';

		if (c == '\\' && next) {
			s->at++;
			if (pattern || !strchr("|:{}\"\\", next))
				buf_char(out, c);
			buf_char(out, next);
			continue;
		}
		if (pattern ? !pattern_goes_on(&nesting, c)
			    : c == '|' || c == '}' || (c == ':' && !last))
			return;
		buf_char(out, c);
	}
}

static int take_argument(struct scan *s, bool pattern, bool last, str *ret)
{
	struct buf out = {0};
	int rc = 0;

	if (template_peek(s) == '"')
		rc = take_quoted(s, pattern, &out);
	else
		template_take_bare(s, pattern, last, &out);
	if (rc == 0)
		*ret = arena_str(s->arena, buf_str(&out));
	buf_clear(&out);
	return rc;
}

static int parse_arguments(struct scan *s, struct template_step *step)
{
	enum template_function f = step->function;
	size_t count = FUNCTIONS[f].arguments;
	bool pattern = f == FUNCTION_MATCH;
	char message[120];
	size_t from = s->at, at = 0;

	if (count == 0 && template_peek(s) == ':')
		return scan_fail(s, s->at, "'%s' takes no argument", FUNCTIONS[f].name);
	for (size_t i = 0; i < count; i++) {
		if (!scan_char(s, ':'))
			return scan_fail(s, s->at, "'%s' expects %zu argument%s: %s",
					 FUNCTIONS[f].name, count, plural_s(count),
					 FUNCTIONS[f].usage);
		from = s->at;
		if (take_argument(s, pattern, i + 1 == count, &step->arguments[i]))
			return -1;
		if (i == 0 && !FUNCTIONS[f].may_be_empty && step->arguments[0].n == 0)
			return scan_fail(s, from, "expected a text that is not empty: %s",
					 FUNCTIONS[f].usage);
	}
	if (pattern && pattern_compile(step->arguments[0], s->arena, &step->pattern, &at, message))
		return scan_fail(s, from + (s->text.p[from] == '"') + at,
				 "the pattern is not well-formed: %s", message);
	return 0;
}

static int template_parse_step(struct scan *s, struct template_step *step)
{
	size_t from;
	str word;

	scan_blanks(s);
	from = s->at;
	while (s->at < s->text.n && !strchr(":|{}", s->text.p[s->at]))
		s->at++;
	word = str_trim(str_slice(s->text, from, s->at));
	for (size_t i = 0; i < FUNCTION_COUNT; i++)
		if (str_equal_nocase(word, str_of(FUNCTIONS[i].name))) {
			step->function = (enum template_function)i;
			return parse_arguments(s, step);
		}
	return fail_function(s, from, word);
}

static int parse_steps(struct builder *b, struct template_part *part)
{
	struct template_step steps[TEMPLATE_STEPS_MAX];
	struct template_step *copy;
	size_t n = 0;

	while (scan_char(&b->scan, '|')) {
		if (n == TEMPLATE_STEPS_MAX)
			return scan_fail(&b->scan, b->scan.at, "more than %d functions",
					 TEMPLATE_STEPS_MAX);
		steps[n] = (struct template_step){0};
		if (template_parse_step(&b->scan, &steps[n++]))
			return -1;
	}
	if (n == 0)
		return 0;
	copy = arena_array(b->scan.arena, struct template_step, n);
	memcpy(copy, steps, n * sizeof *copy);
	part->steps = copy;
	part->step_count = n;
	return 0;
}

/* Behind the opening brace. */
static int parse_reference(struct builder *b)
{
	struct scan *s = &b->scan;
	size_t open = s->at - 1;
	struct template_part part = {.at = open};

	if (flush_text(b) || parse_names(b, &part) || parse_steps(b, &part))
		return -1;
	part.text = str_slice(s->text, open + 1, s->at);
	if (s->at >= s->text.n)
		return scan_fail(s, open, "the brace that opens here is not closed");
	if (!scan_char(s, '}'))
		return scan_fail(s, s->at, "expected '|' or '}', met '%c'", template_peek(s));
	return add_part(b, open, &part);
}

static int parse_all(struct builder *b)
{
	struct scan *s = &b->scan;

	while (s->at < s->text.n) {
		char c = s->text.p[s->at++];

		if (b->text.n == 0)
			b->text_at = s->at - 1;
		if ((c == '{' || c == '}') && scan_char(s, c)) {
			buf_char(&b->text, c);
		} else if (c == '{') {
			if (parse_reference(b))
				return -1;
		} else if (c == '}') {
			return scan_fail(s, s->at - 1,
					 "a brace that nothing opened; a plain one is written }}");
		} else {
			buf_char(&b->text, c);
		}
	}
	return flush_text(b);
}

static const struct template *template_finish(struct builder *b)
{
	struct arena *arena = b->scan.arena;
	struct template *t = arena_new(arena, struct template);
	str *names = arena_array(arena, str, b->names.count);
	struct template_part *parts = arena_array(arena, struct template_part, b->parts.count);

	if (b->names.count)
		memcpy(names, b->names.items, b->names.count * sizeof *names);
	if (b->parts.count)
		memcpy(parts, b->parts.items, b->parts.count * sizeof *parts);
	*t = (struct template){
		.text = b->scan.text,
		.names = names,
		.name_count = b->names.count,
		.parts = parts,
		.part_count = b->parts.count,
	};
	return t;
}

int template_parse(str text, const struct template_rules *rules, struct arena *arena,
		   const struct template **ret, struct err *err)
{
	const struct parse_rules limits = {.length = TEMPLATE_LENGTH_MAX};
	struct builder b = {.rules = rules};
	int rc = -1;

	static_assert(FUNCTION_COUNT == FUNCTION_IS + 1, "one row a function");
	if (scan_init(&b.scan, text, "template", &limits, arena, err) || parse_all(&b))
		goto out;
	*ret = template_finish(&b);
	rc = 0;
out:
	list_clear(&b.names);
	list_clear(&b.parts);
	buf_clear(&b.text);
	return rc;
}
