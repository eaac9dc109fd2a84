/* SPDX-License-Identifier: Apache-2.0 */
/* Templates: how an attribute, a name or an address is made from attributes, and back again. */
#ifndef EXPR_TEMPLATE_H
#define EXPR_TEMPLATE_H

#include "base/arena.h"
#include "base/err.h"
#include "expr/path.h"
#include "model/entry.h"

/*
 * Text with references: {NAME}, {NAME,OTHER} (the first that is present),
 * {NAME|function|function:ARGUMENT}; {{ and }} are braces. Functions work on every value of the
 * name; at the end the first value that is left counts.
 *
 *   lower upper         change case
 *   trim                outer blanks off, inner ones to one
 *   ascii               accents off: é -> e, ß -> ss; what has no ASCII form is left out
 *   slug                a-z, 0-9 and dashes
 *   only_digits         0-9
 *   strip:PREFIX        cut off, if it is there (without case)
 *   strip_end:SUFFIX
 *   before:TEXT         what stands before or after it, else the whole
 *   after:TEXT
 *   replace:FROM:TO     everywhere
 *   match:PCRE          the first group (or all that matches), nothing if no match
 *   is:VALUE:THEN:ELSE  one text or the other (without case)
 *   default:TEXT        when nothing is there
 *   first               one value
 *   join:SEPARATOR      all values as one
 *
 * The last argument ends at | or }, an earlier one at : too. Backslash protects | : { } " and
 * itself; an argument in double quotes is taken as it is but for \" and \\. A pattern keeps its
 * backslashes, and | or } within its own brackets do not end it.
 *
 * A name without a value, or a function that leaves an empty text, makes the whole result absent,
 * unless `default` follows; `default` and `is` may say "". What would be longer than
 * TEMPLATE_RESULT_MAX, a pattern that meets its limits and a value that is too long for it count
 * as absent.
 */
enum {
	TEMPLATE_LENGTH_MAX = 4096,
	TEMPLATE_PARTS_MAX = 64,
	TEMPLATE_NAMES_MAX = 8, /* in one reference */
	TEMPLATE_STEPS_MAX = 16, /* functions in one reference */
	TEMPLATE_VALUES_MAX = 1000, /* of one name; further ones are not looked at */
	TEMPLATE_RESULT_MAX = 65536,
	TEMPLATE_SUBJECT_MAX = 2048, /* bytes a pattern is tried on */
};

struct template_part;

/* Read-only after parsing, shareable between threads; lives in the arena. */
struct template
{
	str text; /* as it was written */
	/* all names that are referred to, each once (case does not count), in order */
	const str *names;
	size_t name_count;
	const struct template_part *parts;
	size_t part_count;
};

/* Which names there are. NULL or zeroes: any. */
struct template_rules {
	/* names are SCIM paths, kept in canonical form (path_canonical) */
	const struct parse_rules *paths;
	const str *names; /* without paths: only these, kept as they are spelled here; NULL: any */
	size_t name_count;
};

/* Errors: as path_parse (err.column, what was met, what was expected, a guess). */
int template_parse(str text, const struct template_rules *rules, struct arena *arena,
		   const struct template **ret, struct err *err);

/* Where the values come from: embed it as the first member of your own struct. */
struct template_source {
	/*
	 * The value number `nth` (0, 1, ...) of the name; false when there are no more. Empty
	 * values are skipped.
	 */
	bool (*value)(const struct template_source *source, str name, size_t nth, str *ret);
};

/*
 * Appends the result to `out` and says whether it is present; `out` is unchanged when it is not,
 * and *ret_absent (may be NULL) is the reference, as it was written, that had no value.
 */
bool template_build(const struct template *t, const struct template_source *source, struct buf *out,
		    str *ret_absent);
/*
 * The same with every value, when the template is one reference and nothing else; else one value
 * at most.
 */
size_t template_build_all(const struct template *t, const struct template_source *source,
			  struct arena *arena, const str **ret);

/*
 * A source over fields by name: SCIM paths as in model/entry.h. `emails.value` finds every
 * e-mail, whatever its type; other names are looked up as they are, without case.
 */
struct field_source {
	struct template_source source;
	const struct field *fields;
	size_t count;
};
struct field_source field_source_of(const struct field *fields, size_t count);

/* A variable of an address template; value.p is NULL while it is not known. */
struct variable {
	str name;
	str value;
};

/*
 * Can the template be turned round when these names are known? Every other reference must be one
 * name, at most with `lower`, named once, and kept apart from the next by some text.
 */
int template_check_recover(const struct template *t, const str *known, size_t known_count,
			   struct err *err);
/*
 * Which values of the unknown variables give `text`? They become views into it; nothing is
 * written when it does not fit. Texts are compared without case, no value is empty, and where
 * several readings are possible the rightmost text separates: {local}@{domain} keeps every plus
 * tag in local.
 */
bool template_recover(const struct template *t, str text, struct variable *variables, size_t count);
/* Splits at the last @; false unless both sides have something. */
bool address_split(str address, str *ret_local, str *ret_domain);

#endif
