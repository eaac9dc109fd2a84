/* SPDX-License-Identifier: Apache-2.0 */
/* Canonical paths taken apart, and the names of the two kinds of resources in requests. */
#include "base/url.h"
#include "connect/scim/internal.h"

static str unquote(str quoted)
{
	return str_slice(quoted, 1, quoted.n ? quoted.n - 1 : 0);
}

struct flat_path flat_path_split(str path)
{
	struct flat_path flat = {0};
	ptrdiff_t open = str_find(path, '['), close, colon, dot;
	str head = open < 0 ? path : str_slice(path, 0, (size_t)open);

	colon = str_find_last(head, ':');
	if (colon >= 0) {
		flat.urn = str_slice(path, 0, (size_t)colon);
		path = str_slice(path, (size_t)colon + 1, path.n);
		open = open < 0 ? open : open - colon - 1;
	}
	if (open >= 0) {
		str inside;

		close = str_find_last(path, ']');
		inside = str_slice(path, (size_t)open + 1, close < 0 ? path.n : (size_t)close);
		flat.name = str_slice(path, 0, (size_t)open);
		flat.where = str_slice(
			inside, 0, (size_t)(str_find(inside, ' ') < 0 ? 0 : str_find(inside, ' ')));
		flat.type = unquote(str_slice(inside, flat.where.n + STR(" eq ").n, inside.n));
		flat.sub = str_slice(path, (size_t)(close < 0 ? (ptrdiff_t)path.n : close + 2),
				     path.n);
		return flat;
	}
	dot = str_find(path, '.');
	flat.name = dot < 0 ? path : str_slice(path, 0, (size_t)dot);
	flat.sub = dot < 0 ? STR("") : str_slice(path, (size_t)dot + 1, path.n);
	return flat;
}

static const struct attribute *attribute_of(const struct flat_path *path)
{
	return attribute_find(path->urn, path->name);
}

bool flat_path_is_boolean(const struct flat_path *path)
{
	const struct attribute *a = attribute_of(path);

	if (a && path->sub.n)
		a = attribute_find_part(a, path->sub);
	return a && a->type == ATTRIBUTE_BOOLEAN;
}

bool flat_path_is_plural(const struct flat_path *path)
{
	const struct attribute *a = attribute_of(path);

	return path->where.n || (a && a->multiple && a->part_count);
}

const char *kind_path(enum entry_kind kind)
{
	return kind == ENTRY_USER ? "/Users" : "/Groups";
}

void resource_target(enum entry_kind kind, str id, struct buf *ret)
{
	buf_printf(ret, "%s/", kind_path(kind));
	url_escape(id, ret);
}
