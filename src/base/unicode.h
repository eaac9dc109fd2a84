/* SPDX-License-Identifier: Apache-2.0 */
/* Letters beyond ASCII: comparing without case, changing case, taking accents off, and how wide
 * they are on a terminal. */
#ifndef BASE_UNICODE_H
#define BASE_UNICODE_H

#include "base/arena.h"

/*
 * Case is Unicode's, one letter to one letter, as far as both forms take the same number of bytes
 * in UTF-8: a change of case never changes a length, so ß is not ss, and İ is not i. Folding
 * equates what Unicode's case folding does (CaseFolding.txt, status C and S; a final sigma is a
 * sigma). Bytes that are no UTF-8 stand for themselves. Composed and decomposed accents are
 * different texts.
 */
bool text_equal(str a, str b); /* without case */
int text_compare(str a, str b); /* without case, by code point: < 0, 0, > 0 */
bool text_starts(str s, str prefix); /* without case */
bool text_ends(str s, str suffix); /* without case */
/* Writes the folded form of s to `ret`, which has room for s.n bytes. */
void text_fold(str s, char *ret);
/*
 * Does s hold the needle, without case? The needle is folded already and has fewer than 65536
 * bytes; `borders`, one number for each of its bytes, come from text_borders. Linear whatever the
 * texts look like.
 */
bool text_contains(str s, str needle, const uint16_t *borders);
void text_borders(str needle, uint16_t *ret);

void text_lower(str s, struct buf *out);
void text_upper(str s, struct buf *out);
/*
 * Letters lose their accents (é -> e, ß -> ss, Ł -> L, æ -> ae), full-width ones and ligatures
 * become plain (Ａ -> A, ﬁ -> fi), as do typographic quotes, dashes and blanks; what has no ASCII
 * form is left out.
 */
void text_ascii(str s, struct buf *out);
void text_put(uint32_t code, struct buf *out); /* one code point as UTF-8 */

/*
 * How many columns of a terminal s takes: a letter one, a wide one of East Asia and an emoji two, a
 * combining mark and a control character none. What terminals disagree about (emoji joined to one
 * picture) is counted by its parts.
 */
size_t unicode_cells(str s);
/* The beginning of s that takes at most so many; a letter keeps its combining marks. */
str unicode_clip(str s, size_t cells);

#endif
