/* SPDX-License-Identifier: Apache-2.0 */
/* Keys of names: the short cut says what the parser says, a key is its own key, and built names
 * come back. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "connect/ldap/session/dn.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool right, const char *what)
{
	if (right)
		return;
	fprintf(stderr, "%s\n", what);
	abort();
}

static void try_key(str dn)
{
	struct buf fast = {0}, slow = {0}, again = {0};
	bool taken = dn_key(dn, &fast);

	must(taken == dn_key_parsed(dn, &slow),
	     "the short cut and the parser differ on what is a name");
	must(str_equal(buf_str(&fast), buf_str(&slow)), "the short cut and the parser differ");
	if (taken) {
		must(fast.n == 0 || dn_key(buf_str(&fast), &again), "a key is no name");
		must(str_equal(buf_str(&fast), buf_str(&again)), "a key is not its own key");
	}
	buf_clear(&fast);
	buf_clear(&slow);
	buf_clear(&again);
}

static void try_value(str value)
{
	struct arena arena = {0};
	struct buf dn = {0};
	str type, back;

	buf_text(&dn, "cn=");
	dn_put_value(&dn, value);
	buf_text(&dn, ",dc=x");
	must(str_equal(dn_parent(buf_str(&dn)), STR("dc=x")), "a value breaks out of its RDN");
	must(dn_first(buf_str(&dn), &arena, &type, &back), "a built name is no name");
	must(str_equal(back, value), "a built name says something else");
	buf_clear(&dn);
	arena_clear(&arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	str text = str_make((const char *)data, size);

	try_key(text);
	if (size && size < DN_LIMIT / 4 && str_is_utf8(text))
		try_value(text);
	return 0;
}
