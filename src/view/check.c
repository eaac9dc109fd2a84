/* SPDX-License-Identifier: Apache-2.0 */
/* What systems answered to `check`: how they were reached, and what was found there. */
#include "view/internal.h"

void system_checks_clear(struct system_checks *checks)
{
	list_each (struct system_check, c, &checks->items)
		list_clear(&c->findings.items);
	list_clear(&checks->items);
}

static void system_check_put(struct buf *out, const struct system_check *c, bool color)
{
	const char *bad = color ? "\x1b[31m!\x1b[0m" : "!",
		   *good = color ? "\x1b[32m+\x1b[0m" : "+";

	buf_printf(out, "%s (%s)\n", c->system, c->kind);
	list_each (const struct finding, f, &c->findings.items) {
		buf_printf(out, "  %s ", f->bad ? bad : good);
		put_safe(out, f->text);
		buf_char(out, '\n');
	}
	if (c->code != CODE_DONE)
		buf_printf(out, "  %s %s\n", bad, c->err.text);
}

void checks_print_text(const struct system_checks *checks, bool color, struct buf *out)
{
	list_each (const struct system_check, c, &checks->items)
		system_check_put(out, c, color);
}

static void system_check_write(struct json_writer *w, const struct system_check *c)
{
	json_write_object(w);
	json_write_member(w, "system", str_of(c->system));
	json_write_member(w, "kind", str_of(c->kind));
	json_write_member_int(w, "code", c->code);
	if (c->code != CODE_DONE)
		json_write_member(w, "error", str_of(c->err.text));
	json_write_key(w, STR("findings"));
	json_write_array(w);
	list_each (const struct finding, f, &c->findings.items) {
		json_write_object(w);
		json_write_member_bool(w, "bad", f->bad);
		json_write_member(w, "text", f->text);
		json_write_object_end(w);
	}
	json_write_array_end(w);
	json_write_object_end(w);
}

void checks_print_json(const struct system_checks *checks, struct buf *out)
{
	struct json_writer w = {.out = out};

	document_begin(&w);
	json_write_key(&w, STR("systems"));
	json_write_array(&w);
	list_each (const struct system_check, c, &checks->items)
		system_check_write(&w, c);
	json_write_array_end(&w);
	document_end(&w);
}
