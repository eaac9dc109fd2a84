/* SPDX-License-Identifier: Apache-2.0 */
/* Attribute paths: where the URN ends, which attribute is meant, and how it is spelled. */
#include "expr/path.h"

#include <stdio.h>

#include "expr/scan.h"

static bool path_is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* ATTRNAME of RFC 7644, and "$ref" that its grammar forgot. */
static int path_check_name(struct scan *s, str name, const char *what)
{
	size_t from = (size_t)(name.p - s->text.p);
	char space[80];

	if (name.n == 0)
		return scan_fail(s, from, "expected %s, met %s", what, scan_met(s, from, space));
	for (size_t i = 0; i < name.n; i++) {
		char c = name.p[i];
		bool inner = (c >= '0' && c <= '9') || c == '-' || c == '_';

		if (path_is_letter(c) || (i ? inner : c == '$'))
			continue;
		return scan_fail(s, from + i,
				 "expected %s of letters, digits, '-' and '_' that begins with a "
				 "letter, met %s",
				 what, scan_met(s, from + i, space));
	}
	return 0;
}

/*
 * The known schema that begins the word: the longest of them. Spelled as it is known, same
 * length. Some clients put a '.' where ':' belongs.
 */
static str find_schema(const struct scan *s, str word)
{
	static const char *const house[] = {CORE_USER_URN, CORE_GROUP_URN, ENTERPRISE_URN};
	size_t house_count = sizeof house / sizeof *house;
	str best = {NULL, 0};

	for (size_t i = 0; i < house_count + s->rules.schema_count; i++) {
		str urn = i < house_count ? str_of(house[i]) : s->rules.schemas[i - house_count];

		if (urn.n > best.n && str_starts_nocase(word, urn) &&
		    (word.n == urn.n || word.p[urn.n] == ':' || word.p[urn.n] == '.'))
			best = urn;
	}
	return best;
}

/* Takes the URN off the front of the word. */
static int split_urn(struct scan *s, str *word, str *ret_urn)
{
	str urn = find_schema(s, *word);
	ptrdiff_t colon;

	if (urn.n) {
		if (word->n == urn.n + 1)
			return scan_fail(s, s->at + word->n,
					 "expected an attribute name after the schema URN");
		*ret_urn = urn;
		*word = str_slice(*word, urn.n + 1, word->n);
		return 0;
	}
	colon = str_find_last(*word, ':');
	if (colon < 0)
		return 0;
	urn = str_make(word->p, (size_t)colon);
	if (str_find(urn, ':') <= 0)
		return scan_fail(s, s->at, "expected a schema URN (urn:...) before ':', met '%.*s'",
				 (int)(urn.n > 60 ? 60 : urn.n), urn.p);
	if (word->n == urn.n + 1)
		return scan_fail(s, s->at + word->n,
				 "expected an attribute name after the schema URN");
	*ret_urn = urn;
	*word = str_slice(*word, (size_t)colon + 1, word->n);
	return 0;
}

static int fail_unknown(struct scan *s, size_t at, const struct attribute *of, str name)
{
	int shown = (int)(name.n > 60 ? 60 : name.n);
	size_t best = SIZE_MAX;
	const char *guess = attribute_guess(of, name, &best);
	char of_text[80] = "", guess_text[300] = "";

	for (size_t i = 0; !of && i < s->rules.name_count; i++)
		if (str_nearer(name, s->rules.names[i], &best))
			guess = arena_text(s->arena, s->rules.names[i]);
	if (of)
		snprintf(of_text, sizeof of_text, " of '%s'", of->name);
	if (guess)
		snprintf(guess_text, sizeof guess_text, "; did you mean '%s'?", guess);
	return scan_fail(s, at, "unknown %s '%.*s'%s%s", of ? "sub-attribute" : "attribute", shown,
			 name.p, of_text, guess_text);
}

/* Finds out what `sub` is and spells it right. */
static int resolve_part(struct scan *s, struct path *path)
{
	size_t at = (size_t)(path->sub.p - s->text.p);

	if (!path->attribute)
		return 0;
	if (path->attribute->type != ATTRIBUTE_COMPLEX)
		return scan_fail(s, at, "'%s' has no sub-attributes", path->attribute->name);
	path->part = attribute_find_part(path->attribute, path->sub);
	if (path->part)
		path->sub = str_of(path->part->name);
	else if (!s->rules.any_attribute)
		return fail_unknown(s, at, path->attribute, path->sub);
	return 0;
}

static bool find_name(const struct parse_rules *rules, str *name)
{
	for (size_t i = 0; i < rules->name_count; i++)
		if (str_equal_nocase(rules->names[i], *name)) {
			*name = rules->names[i];
			return true;
		}
	return false;
}

/*
 * Finds out which attribute is meant and spells it right; path has urn and name as they were
 * written.
 */
static int path_resolve_name(struct scan *s, struct path *path)
{
	size_t at = (size_t)(path->name.p - s->text.p);
	bool foreign = path->urn.n && !schema_find(path->urn);

	if (!path->urn.n && find_name(&s->rules, &path->name)) {
		path->base = path->name;
		return 0;
	}
	path->attribute = attribute_find(path->urn, path->name);
	if (!path->attribute && !foreign && !s->rules.any_attribute)
		return fail_unknown(s, at, NULL, path->name);
	if (path->attribute) {
		path->name = str_of(path->attribute->name);
		path->urn = str_of(path->attribute->urn);
	} else if (str_equal(path->urn, STR(CORE_USER_URN)) ||
		   str_equal(path->urn, STR(CORE_GROUP_URN))) {
		path->urn = (str){"", 0};
	}
	path->base = path->urn.n ? arena_printf(s->arena, "%.*s:%.*s", STR_ARG(path->urn),
						STR_ARG(path->name))
				 : path->name;
	return 0;
}

/* Within []: the name of a sub-attribute. */
static int scan_part(struct scan *s, const struct attribute *element, str word, struct path *path)
{
	size_t at = s->at;

	if (path_check_name(s, word, "the name of a sub-attribute"))
		return -1;
	path->name = word;
	if (element) {
		path->attribute = attribute_find_part(element, word);
		if (path->attribute)
			path->name = str_of(path->attribute->name);
		else if (!s->rules.any_attribute)
			return fail_unknown(s, at, element, word);
	}
	path->base = path->name;
	s->at += word.n;
	if (s->at < s->text.n && s->text.p[s->at] == '[')
		return scan_fail(s, s->at, "a filter in [] cannot hold another one");
	return 0;
}

static int scan_sub(struct scan *s, struct path *path)
{
	str word = scan_peek_word(s);

	if (path_check_name(s, word, "the name of a sub-attribute"))
		return -1;
	path->sub = word;
	s->at += word.n;
	return resolve_part(s, path);
}

static int scan_element(struct scan *s, struct path *path)
{
	size_t open = s->at - 1;

	if (path->attribute && path->attribute->type != ATTRIBUTE_COMPLEX)
		return scan_fail(s, open, "'%s' has no sub-attributes to choose by",
				 path->attribute->name);
	if (scan_where(s, path->attribute, &path->where))
		return -1;
	if (!scan_char(s, ']')) {
		char space[80];

		return scan_fail(s, s->at, "expected ']', met %s", scan_met(s, s->at, space));
	}
	return scan_char(s, '.') ? scan_sub(s, path) : 0;
}

int scan_path(struct scan *s, bool in_element, const struct attribute *element, struct path *ret)
{
	struct path path = {.urn = {"", 0}, .name = {"", 0}, .sub = {"", 0}, .base = {"", 0}};
	str word = scan_peek_word(s);
	size_t end = s->at + word.n;
	ptrdiff_t dot;

	if (in_element) {
		if (scan_part(s, element, word, &path))
			return -1;
		*ret = path;
		return 0;
	}
	if (split_urn(s, &word, &path.urn))
		return -1;
	if (word.n == 0 && path.urn.n) {
		path.base = path.urn;
		s->at = end;
		*ret = path;
		return 0;
	}
	dot = str_find(word, '.');
	path.name = dot < 0 ? word : str_slice(word, 0, (size_t)dot);
	if (path_check_name(s, path.name, "an attribute name"))
		return -1;
	s->at = (size_t)(path.name.p - s->text.p) + path.name.n;
	if (path_resolve_name(s, &path))
		return -1;
	if (scan_char(s, '.') ? scan_sub(s, &path) : scan_char(s, '[') && scan_element(s, &path))
		return -1;
	*ret = path;
	return 0;
}

int path_parse(str text, const struct parse_rules *rules, struct arena *arena, struct path *ret,
	       struct err *err)
{
	struct scan s;
	struct path path;
	char space[80];

	if (scan_init(&s, text, "path", rules, arena, err))
		return -1;
	scan_blanks(&s);
	if (scan_path(&s, false, NULL, &path))
		return -1;
	scan_blanks(&s);
	if (s.at < s.text.n)
		return scan_fail(&s, s.at, "expected the end of the path, met %s",
				 scan_met(&s, s.at, space));
	*ret = path;
	return 0;
}

void path_print(const struct path *path, struct buf *out)
{
	buf_put(out, path->base);
	if (path->where) {
		buf_char(out, '[');
		filter_print(path->where, out);
		buf_char(out, ']');
	}
	if (path->sub.n) {
		buf_char(out, '.');
		buf_put(out, path->sub);
	}
}

bool path_equal(const struct path *a, const struct path *b)
{
	return str_equal_nocase(a->base, b->base) && str_equal_nocase(a->sub, b->sub) &&
	       filter_equal(a->where, b->where);
}

/*
 * RFC 7643 4.1.2 and 4.2: the values that `type` is suggested to have; it is compared without
 * case.
 */
static str canonical_type(str value)
{
	static const char *const TYPES[] = {"work",  "home",   "other",     "mobile", "fax",
					    "pager", "photo",  "thumbnail", "aim",    "gtalk",
					    "icq",   "xmpp",   "msn",       "skype",  "qq",
					    "yahoo", "direct", "indirect",  "User",   "Group"};

	for (size_t i = 0; i < sizeof TYPES / sizeof *TYPES; i++)
		if (str_equal_nocase(value, str_of(TYPES[i])))
			return str_of(TYPES[i]);
	return value;
}

static int fail_parts(const struct path *path, struct err *err)
{
	struct buf parts = {0};

	for (size_t i = 0; i < path->attribute->part_count; i++)
		buf_printf(&parts, "%s%.*s.%s", i ? ", " : "", STR_ARG(path->base),
			   path->attribute->parts[i].name);
	err_set(err, REACH_ENTRY, CODE_DATA, "'%.*s' consists of parts; expected one of %s",
		STR_ARG(path->base), parts.p);
	buf_clear(&parts);
	return -1;
}

/* Only [SUB eq "TEXT"] can be part of a name; type is spelled as RFC 7643 suggests it. */
static int canonical_where(struct path *path, struct arena *arena, struct err *err)
{
	struct filter_node *node;

	if (!path->where)
		return 0;
	if (path->where->kind != FILTER_COMPARE || path->where->op != FILTER_EQ ||
	    path->where->value.kind != VALUE_TEXT)
		return err_set(err, REACH_ENTRY, CODE_DATA,
			       "expected a name such as %.*s[type eq \"work\"].value; only one "
			       "SUB eq \"TEXT\" can stand in []",
			       STR_ARG(path->base));
	node = arena_new(arena, struct filter_node);
	*node = *path->where;
	if (str_equal_nocase(node->path.name, STR("type")))
		node->value.text = canonical_type(node->value.text);
	path->where = node;
	return 0;
}

int path_canonical(str text, const struct parse_rules *rules, struct arena *arena, str *ret,
		   struct err *err)
{
	struct path path;
	struct buf out = {0};

	if (path_parse(text, rules, arena, &path, err))
		return -1;
	if (path.name.n == 0)
		return err_set(err, REACH_ENTRY, CODE_DATA,
			       "'%.*s' is a schema; expected an attribute of it, as in %.*s:NAME",
			       STR_ARG(path.urn), STR_ARG(path.urn));
	if (path.sub.n == 0 && path.attribute && path.attribute->type == ATTRIBUTE_COMPLEX) {
		path.part = attribute_find_part(path.attribute, STR("value"));
		if (!path.part)
			return fail_parts(&path, err);
		path.sub = STR("value");
	} else if (path.sub.n == 0 && path.where) {
		path.sub = STR("value");
	}
	if (canonical_where(&path, arena, err))
		return -1;
	path_print(&path, &out);
	*ret = buf_keep(&out, arena);
	return 0;
}

bool path_split(str *rest, str *ret_part)
{
	size_t depth = 0, i = 0;
	bool quoted = false;

	*rest = str_trim(*rest);
	if (rest->n == 0)
		return false;
	for (; i < rest->n; i++) {
		char c = rest->p[i];

		if (quoted && c == '\\')
			i++;
		else if (c == '"')
			quoted = !quoted;
		else if (!quoted && c == '[')
			depth++;
		else if (!quoted && c == ']' && depth)
			depth--;
		else if (!quoted && c == ',' && depth == 0)
			break;
	}
	*ret_part = str_trim(str_slice(*rest, 0, i));
	*rest = str_slice(*rest, i + 1, rest->n);
	return true;
}
