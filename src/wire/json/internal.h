/* SPDX-License-Identifier: Apache-2.0 */
/* The lexical half of the JSON reader: strings, escapes and numbers as bytes. Private to the
 * reader. */
#ifndef WIRE_JSON_INTERNAL_H
#define WIRE_JSON_INTERNAL_H

#include "base/str.h"

struct json_scan {
	/* the closing quote, the fault, or the end of the bytes when more is needed */
	const char *at;
	const char *fault; /* what was expected; NULL when all is well */
	bool has_escapes;
};

/* Looks at the bytes behind an opening quote; checks control characters, UTF-8 and escapes. */
void json_scan_string(const char *p, const char *end, struct json_scan *ret);
/* Appends a checked string body with its escapes replaced. */
void json_decode_escapes(str body, struct buf *out);
/* Moves *p behind the number that begins there; false: *p is where a digit was missing. */
bool json_scan_number(const char **p, const char *end);

#endif
