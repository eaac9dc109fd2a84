/* SPDX-License-Identifier: Apache-2.0 */
/* Packed memberships in order, faster than by comparing them. */
#include <string.h>

#include "model/snapshot.h"

/* Least significant digit first, 11 bits a pass; a pass in which all digits agree is left out. */
enum { DIGIT_BITS = 11, DIGITS = 1 << DIGIT_BITS };

static bool digit_pass(const edge *from, edge *to, size_t count, int shift)
{
	size_t starts[DIGITS] = {0}, total = 0;

	for (size_t i = 0; i < count; i++)
		starts[from[i] >> shift & (DIGITS - 1)]++;
	if (starts[from[0] >> shift & (DIGITS - 1)] == count)
		return false;
	for (int d = 0; d < DIGITS; d++) {
		size_t here = starts[d];

		starts[d] = total;
		total += here;
	}
	for (size_t i = 0; i < count; i++)
		to[starts[from[i] >> shift & (DIGITS - 1)]++] = from[i];
	return true;
}

static bool is_sorted(const edge *edges, size_t count)
{
	for (size_t i = 1; i < count; i++)
		if (edges[i - 1] > edges[i])
			return false;
	return true;
}

void edges_sort(edge *edges, size_t count)
{
	edge *scratch, *from = edges, *to;

	if (count < 2 || is_sorted(edges, count))
		return;
	scratch = mem_alloc(count, sizeof *scratch);
	to = scratch;
	for (int shift = 0; shift < 64; shift += DIGIT_BITS) {
		if (digit_pass(from, to, count, shift)) {
			edge *other = from;

			from = to;
			to = other;
		}
	}
	if (from != edges)
		memcpy(edges, from, count * sizeof *edges);
	free(scratch);
}
