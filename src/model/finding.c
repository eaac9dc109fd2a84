/* SPDX-License-Identifier: Apache-2.0 */
/* Adding to what was found. */
#include "model/finding.h"

#include <stdarg.h>
#include <stdio.h>

void finding_add(struct findings *f, bool bad, const char *format, ...)
{
	char text[1000];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof text, format, args);
	va_end(args);
	*list_add(&f->items) = (struct finding){bad, arena_str(f->arena, str_of(text))};
}
