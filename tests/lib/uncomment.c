/* SPDX-License-Identifier: Apache-2.0 */
/* Optional keys out of their comments. */
#include "lib/uncomment.h"

bool uncomment(str text, struct buf *ret)
{
	bool changed = false;
	str line;

	while (str_split(&text, '\n', &line)) {
		ptrdiff_t at = str_find(line, '#');
		str rest = str_slice(line, (size_t)(at + 1), line.n);
		bool leads = at >= 0 && str_trim(str_slice(line, 0, (size_t)at)).n == 0;

		if (leads && rest.n && (rest.p[0] != ' ' || str_starts(rest, STR("  ")))) {
			buf_put(ret, str_slice(line, 0, (size_t)at));
			buf_put(ret, rest);
			changed = true;
		} else {
			buf_put(ret, line);
		}
		buf_char(ret, '\n');
	}
	return changed;
}

void uncomment_all(str text, struct buf *ret)
{
	bool more = true;

	buf_put(ret, text);
	while (more) {
		struct buf next = {0};

		more = uncomment(buf_str(ret), &next);
		buf_clear(ret);
		*ret = next;
	}
}
