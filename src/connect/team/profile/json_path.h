/* SPDX-License-Identifier: Apache-2.0 */
/* Paths in JSON answers: how a profile says where a value stands. */
#ifndef CONNECT_TEAM_PROFILE_JSON_PATH_H
#define CONNECT_TEAM_PROFILE_JSON_PATH_H

#include <jansson.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/list.h"
#include "connect/team/profile/render.h"

/*
 *   path        = alternative *( "|" alternative )     the first one that has a value counts
 *   alternative = "$" *select / [ "$." ] step *( "." step )
 *   step        = ( name / DQUOTE any DQUOTE ) *select
 *   select      = "[]"                     every element
 *               / "[" number "]"           one element, from 0
 *               / "[" name *( "." name ) "=" value "]"     the elements whose member equals it
 *
 * "$" is the whole answer. A value is a word, a text in double quotes or {parameter}. Blanks around
 * "|" do not count. A null counts as no value.
 */
struct json_path;
typedef LIST(const json_t *) json_list;

enum { JSON_PATH_LENGTH_MAX = 500, JSON_PATH_STEPS_MAX = 32 };

/* Read-only after parsing; lives in the arena. Errors: err.column, what was met, what was expected.
 */
int json_path_parse(str text, struct arena *arena, const struct json_path **ret, struct err *err);
str json_path_text(const struct json_path *p); /* as it was written */
/* Does it lead to every element of a list, which may be empty? */
bool json_path_is_many(const struct json_path *p);
/* The {parameter} of a select, number `nth`; false when there are no more. */
bool json_path_parameter(const struct json_path *p, size_t nth, str *ret);

/* Every value there, in order; nulls are left out. The list is emptied first. */
void json_path_all(const struct json_path *p, const json_t *root, const struct values *values,
		   json_list *ret);
/* The first value; NULL when there is none (or `p` is NULL). */
const json_t *json_path_first(const struct json_path *p, const json_t *root,
			      const struct values *values);

/*
 * A value as text: strings, whole numbers (exactly), true and false. False for anything else.
 */
bool json_to_text(const json_t *value, struct arena *arena, str *ret);
const char *json_kind_text(const json_t *value); /* "a list", "nothing" */
/*
 * The paths in a value, without what stands there: "id, user.email, roles[].name". For whoever
 * writes a profile; cut where it gets too long.
 */
void json_paths_put(const json_t *value, struct buf *out);

#endif
