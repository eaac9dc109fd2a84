/* SPDX-License-Identifier: Apache-2.0 */
/* Words and forms that several printers share. */
#include "base/unicode.h"
#include "model/journal.h"
#include "view/internal.h"

/*
 * How many bytes at the beginning of `text` steer a terminal instead of being shown: C0 and DEL, C1
 * (U+0080 to U+009F), and what turns the direction of the text around it (U+202A to U+202E, U+2066
 * to U+2069).
 */
static size_t control_length(str text)
{
	const unsigned char *p = (const unsigned char *)text.p;

	if (p[0] < 0x20 || p[0] == 0x7f)
		return 1;
	if (text.n >= 2 && p[0] == 0xc2 && p[1] >= 0x80 && p[1] <= 0x9f)
		return 2;
	if (text.n >= 3 && p[0] == 0xe2 &&
	    ((p[1] == 0x80 && p[2] >= 0xaa && p[2] <= 0xae) ||
	     (p[1] == 0x81 && p[2] >= 0xa6 && p[2] <= 0xa9)))
		return 3;
	return 0;
}

void put_safe(struct buf *out, str text)
{
	while (text.n > 0) {
		size_t length = control_length(text);

		for (size_t i = 0; i < length; i++)
			buf_printf(out, "\\x%02x", (unsigned char)text.p[i]);
		if (length == 0)
			buf_char(out, text.p[length++]);
		text = str_slice(text, length, text.n);
	}
}

void put_safe_between(struct buf *out, const char *before, str text, const char *behind)
{
	buf_text(out, before);
	put_safe(out, text);
	buf_text(out, behind);
}

void put_padded(struct buf *out, str text, size_t width)
{
	size_t before = out->n, cells;

	put_safe(out, text);
	cells = unicode_cells(str_slice(buf_str(out), before, out->n));
	for (; cells < width; cells++)
		buf_char(out, ' ');
}

void put_ago(struct buf *out, int64_t now, int64_t then)
{
	static const struct {
		int64_t seconds;
		const char *one, *many;
	} units[] = {{86400, "day", "days"},
		     {3600, "hour", "hours"},
		     {60, "minute", "minutes"},
		     {1, "second", "seconds"}};

	for (size_t i = 0; then && i < sizeof units / sizeof *units; i++) {
		int64_t count = (now - then) / units[i].seconds;

		if (count <= 0)
			continue;
		put_amount(out, (uint64_t)count, units[i].one, units[i].many);
		buf_text(out, " ago");
		return;
	}
	buf_text(out, then ? "just now" : "never");
}

void put_amount(struct buf *out, uint64_t count, const char *one, const char *many)
{
	buf_printf(out, "%llu %s", (unsigned long long)count, count == 1 ? one : many);
}

const char *run_code_text(int code)
{
	switch (code) {
	case CODE_DONE:
		return "done";
	case CODE_PARTLY:
		return "partly done";
	case CODE_HELD:
		return "held by the guard";
	case CODE_UNTRUSTED:
		return "source not trustworthy";
	case CODE_UNSETTLED:
		return "outcomes unknown";
	case CODE_STALE:
		return "stale plan";
	case RUN_CUT:
		return "cut short";
	default:
		return "failed";
	}
}

str object_label(const struct plan *plan, uint32_t row)
{
	return row == ROW_NONE ? STR("") : plan->objects.items[row].label;
}

void document_begin(struct json_writer *w)
{
	json_write_object(w);
	json_write_member_int(w, "format_version", 1);
}

void document_end(struct json_writer *w)
{
	json_write_object_end(w);
	buf_char(w->out, '\n');
}
