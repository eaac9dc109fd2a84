/* SPDX-License-Identifier: Apache-2.0 */
/* Texts that stay with the plan, and what entries are called for a person to read. */
#include "base/clock.h"
#include "plan/internal.h"

str plan_text(struct plan_context *w, const char *format, ...)
{
	struct buf b = {0};
	va_list args;
	str kept;

	va_start(args, format);
	buf_vprintf(&b, format, args);
	va_end(args);
	kept = buf_keep(&b, &w->plan->arena);
	return kept;
}

str plan_copy(struct plan_context *w, str s)
{
	return arena_str(&w->plan->arena, s);
}

const char *date_text(int64_t seconds, char space[11])
{
	clock_date(seconds, space);
	return space;
}

static str entry_value(const struct snapshot *s, enum entry_kind kind, uint32_t row, str path)
{
	return snapshot_value(s, snapshot_entry(s, kind, row), path);
}

/* What a person would look for: a name, else where the entry is, else its id. */
static str entry_label(struct plan_context *w, const struct snapshot *s, enum entry_kind kind,
		       uint32_t row)
{
	static const char *const paths[] = {PATH_USERNAME, PATH_DISPLAYNAME, FIELD_DN};
	char space[37];

	for (size_t i = kind == ENTRY_GROUP; i < sizeof paths / sizeof *paths; i++) {
		str value = entry_value(s, kind, row, str_of(paths[i]));

		if (value.n)
			return arena_str(&w->plan->arena, value);
	}
	return arena_str(&w->plan->arena, snapshot_id(s, snapshot_entry(s, kind, row), space));
}

str source_label(struct plan_context *w, enum entry_kind kind, uint32_t row)
{
	return entry_label(w, w->source, kind, row);
}

str target_label(struct plan_context *w, enum entry_kind kind, uint32_t row)
{
	return entry_label(w, w->target, kind, row);
}

str source_place(struct plan_context *w, enum entry_kind kind, uint32_t row)
{
	str dn = entry_value(w->source, kind, row, STR(FIELD_DN));
	char space[37];

	if (dn.n)
		return plan_copy(w, dn);
	return plan_text(
		w, "%.*s (id %.*s)", STR_ARG(source_label(w, kind, row)),
		STR_ARG(snapshot_id(w->source, snapshot_entry(w->source, kind, row), space)));
}

str person_name(struct plan_context *w, const struct snapshot *s, const struct entry *e)
{
	str name = snapshot_value(s, e, STR(PATH_DISPLAYNAME)), given, family;

	if (!name.n)
		name = snapshot_value(s, e, STR("name.formatted"));
	if (name.n)
		return name;
	given = snapshot_value(s, e, STR("name.givenName"));
	family = snapshot_value(s, e, STR("name.familyName"));
	if (given.n && family.n)
		return arena_printf(&w->arena, "%.*s %.*s", STR_ARG(given), STR_ARG(family));
	return given.n ? given : family;
}
