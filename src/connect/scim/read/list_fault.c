/* SPDX-License-Identifier: Apache-2.0 */
/* What is wrong with a list: the read of it failed, or does not show everything. */
#include "connect/scim/read/internal.h"

static const char *plural(enum entry_kind kind)
{
	return kind == ENTRY_USER ? "users" : "groups";
}

void list_fail(struct list_read *l, const struct err *err)
{
	if (l->failed)
		return;
	l->failed = true;
	l->err = *err;
	l->err.reach = REACH_SYSTEM;
	err_wrap(&l->err, "the list of %s", plural(l->kind));
}

void list_nonsense(struct list_read *l, const char *format, ...)
{
	struct buf text = {0};
	struct err err;
	va_list args;

	va_start(args, format);
	buf_vprintf(&text, format, args);
	va_end(args);
	err_set(&err, REACH_SYSTEM, CODE_DATA, "%s", text.p);
	list_fail(l, &err);
	buf_clear(&text);
}

void list_incomplete(struct list_read *l, const char *format, ...)
{
	struct buf text = {0};
	va_list args;

	l->into->complete = false;
	if (l->into->why_not.n)
		return;
	buf_printf(&text, "the list of %s ", plural(l->kind));
	va_start(args, format);
	buf_vprintf(&text, format, args);
	va_end(args);
	l->into->why_not = buf_keep(&text, &l->into->arena);
}

void list_fail_by_answer(struct list_read *l, const struct http_response *r)
{
	struct err err;

	scim_error_explain(r, &err);
	if (r->outcome == HTTP_ANSWERED && r->status >= 400 && r->status < 500 &&
	    err.code == CODE_FAILED)
		err.code = CODE_DATA;
	list_fail(l, &err);
}
