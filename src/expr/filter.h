/* SPDX-License-Identifier: Apache-2.0 */
/* SCIM filters (RFC 7644 3.4.2.2) as plain data: parsed, printed, matched against any view. */
#ifndef EXPR_FILTER_H
#define EXPR_FILTER_H

#include "expr/path.h"
#include "model/entry.h"

enum filter_kind {
	FILTER_AND, /* of all children */
	FILTER_OR,
	FILTER_NOT, /* of its one child */
	FILTER_COMPARE, /* path op value; with path.where only among those elements */
	FILTER_ELEMENT, /* some element of `path` matches path.where: emails[type eq "work"] */
};

enum filter_op {
	FILTER_EQ,
	FILTER_NE,
	FILTER_CO,
	FILTER_SW,
	FILTER_EW,
	FILTER_GT,
	FILTER_GE,
	FILTER_LT,
	FILTER_LE,
	FILTER_PR,
};

enum filter_value_kind { VALUE_NULL, VALUE_BOOLEAN, VALUE_NUMBER, VALUE_TEXT };

struct filter_value {
	enum filter_value_kind kind;
	bool truth;
	double number;
	str text; /* of a literal: as it was written, a text without quotes and escapes */
};

/*
 * By which rule the values of an attribute are compared; follows from the attribute, else from
 * the literal.
 */
enum filter_rule { RULE_FOLD, RULE_EXACT, RULE_BOOLEAN, RULE_DATE, RULE_NUMBER };

/* In RULE_DATE. */
struct instant {
	int64_t seconds;
	int32_t nanoseconds;
};

/*
 * Read-only after parsing; lives in the arena. Within [] the path is the name of a sub-attribute
 * alone. A bare complex attribute that has a value is compared by it: `emails co "x"` has
 * path.sub "value".
 */
struct filter_node {
	enum filter_kind kind;
	const struct filter_node *first; /* children of and, or, not */
	const struct filter_node *next; /* the next child of the same parent */
	struct filter_node *last; /* the parser's */

	struct path path;
	enum filter_op op;
	struct filter_value value;
	enum filter_rule rule;

	/* made ready for matching */
	const struct path *inner; /* with path.where: path.sub as seen from within an element */
	str needle; /* value.text, folded where the rule says so */
	const uint16_t *borders; /* for co in RULE_FOLD: text_borders of the needle */
	struct instant instant;
};

struct filter {
	const struct filter_node *root;
	str text; /* as it was written */
	size_t nodes;
};

/* Errors: as path_parse. The one-line texts are fit for the `detail` of invalidFilter. */
int filter_parse(str text, const struct parse_rules *rules, struct arena *arena,
		 const struct filter **ret, struct err *err);
void filter_print(const struct filter_node *node, struct buf *out);
bool filter_equal(const struct filter_node *a, const struct filter_node *b);
const char *filter_op_text(enum filter_op op);
/*
 * A date and time of RFC 7643 2.3.5 or LDAP; without a zone it is UTC, without a time it is
 * midnight.
 */
bool instant_parse(str text, struct instant *ret);

/* One element of a complex attribute, in the view's own terms. */
struct filter_element {
	const void *p;
	size_t n;
};

/*
 * What can be matched: embed it as the first member of your own struct. *at is 0 at first and
 * then the view's own. A view whose values are typed says so; one that has only text says
 * VALUE_TEXT ("true", "12") and is read by the attribute's type. Numbers need no text. Null,
 * empty and absent values may be left out.
 */
struct filter_view {
	/*
	 * The next value of path.base and path.sub (path.where is not its business); false at the
	 * end. Without sub, a complex attribute yields the values of all its sub-attributes.
	 * Within an element (not NULL), path.name is the sub-attribute.
	 */
	bool (*value)(const struct filter_view *view, const struct filter_element *inside,
		      const struct path *path, size_t *at, struct filter_value *ret);
	/*
	 * The next element of path.base; false at the end. A single complex attribute is one
	 * element.
	 */
	bool (*element)(const struct filter_view *view, const struct path *path, size_t *at,
			struct filter_element *ret);
};

/*
 * Allocates nothing; linear in values and literals. One value of several is enough, but `ne` is
 * the opposite of `eq`: no value may be equal, so it holds for what is absent. `pr` wants a value
 * that is not empty; `eq null` is `not pr`. Texts are compared as the attribute's caseExact says
 * (RFC 7643), unknown attributes without case.
 */
bool filter_match(const struct filter *filter, const struct filter_view *view);
bool filter_match_node(const struct filter_node *node, const struct filter_view *view,
		       const struct filter_element *inside);

/*
 * A multi-valued attribute that is no field: `groups`.`display`, one value an element. Lists of
 * one base run in parallel.
 */
struct filter_list {
	str base; /* "groups" */
	str sub; /* "display" */
	const str *values;
	size_t count;
};

/*
 * The view over an entry's fields (model/entry.h). Fields of one attribute and one [type eq "x"]
 * form an element, of which `type` is "x"; a new one begins where the group's first sub-attribute
 * comes again.
 */
struct flat_view {
	struct filter_view view;
	const struct field *fields;
	size_t field_count;
	const struct filter_list *lists;
	size_t list_count;
};

struct flat_view flat_view_of(const struct field *fields, size_t field_count,
			      const struct filter_list *lists, size_t list_count);

#endif
