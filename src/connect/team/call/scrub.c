/* SPDX-License-Identifier: Apache-2.0 */
/* Secrets and links are kept out of texts that come from outside. */
#include "connect/team/call/internal.h"

static bool secret_begins(const struct values *values, str text, size_t at, size_t *ret_skip)
{
	for (; values; values = values->outer)
		list_each (const struct named_value, v, &values->items)
			if (v->secret && v->text.n > 3 &&
			    str_starts(str_slice(text, at, text.n), v->text)) {
				*ret_skip = v->text.n;
				return true;
			}
	return false;
}

/* A link that a service tells may be the invitation itself: whoever has it is in. */
static bool link_begins(str text, size_t at, size_t *ret_skip)
{
	str rest = str_slice(text, at, text.n);
	size_t n = 0;

	if (!str_starts_nocase(rest, STR("https://")) && !str_starts_nocase(rest, STR("http://")))
		return false;
	while (n < rest.n && (unsigned char)rest.p[n] > ' ' && rest.p[n] != '"')
		n++;
	*ret_skip = n;
	return true;
}

static void put_scrubbed(str text, const struct values *values, bool links, struct buf *out)
{
	for (size_t i = 0; i < text.n; i++) {
		size_t skip;

		if (links && link_begins(text, i, &skip)) {
			buf_text(out, "(a link)");
			i += skip - 1;
		} else if (secret_begins(values, text, i, &skip)) {
			buf_text(out, "...");
			i += skip - 1;
		} else {
			buf_char(out, text.p[i]);
		}
	}
}

void text_scrub(str text, const struct values *values, struct buf *out)
{
	put_scrubbed(text, values, true, out);
}

/* The client's own text names the URL that was asked: it stays, without what must not be seen. */
void text_scrub_secrets(str text, const struct values *values, struct buf *out)
{
	put_scrubbed(text, values, false, out);
}
