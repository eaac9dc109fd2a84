/* SPDX-License-Identifier: Apache-2.0 */
/* Reading a member attribute to its end, in as many ranges as the server makes of it. */
#include "connect/ldap/session/range.h"

#include <stdio.h>

#include "connect/ldap/session/session.h"

bool range_parse(str attribute, uint64_t *ret_from)
{
	const str prefix = STR("member;range=");
	ptrdiff_t dash;
	int64_t last;
	str range;

	if (!str_starts_nocase(attribute, prefix))
		return false;
	range = str_slice(attribute, prefix.n, attribute.n);
	dash = str_find(range, '-');
	if (dash < 0)
		return false;
	range = str_slice(range, (size_t)dash + 1, range.n);
	*ret_from = 0;
	if (!str_equal(range, STR("*"))) {
		if (!str_to_int(range, &last) || last < 0)
			return false;
		*ret_from = (uint64_t)last + 1;
	}
	return true;
}

/* Hands the values of one answer on; the range among its attributes says where the list goes on, 0:
 * nowhere. False when the answer cannot be decoded. */
static bool range_hand_on(struct ldap_session *s, LDAPMessage *entry, value_sink *sink,
			  void *context, uint64_t *ret_from)
{
	struct entry_view e = {.session = s, .message = entry};
	struct berval dn, *values;
	str name;
	bool decoded = ldap_get_dn_ber(s->ld, entry, &e.ber, &dn) == LDAP_SUCCESS;

	*ret_from = 0;
	while (decoded && entry_next(&e, &name, &values)) {
		range_parse(name, ret_from);
		for (const struct berval *b = values; b && b->bv_val; b++)
			sink(context, str_make(b->bv_val, b->bv_len));
		ber_memfree(values);
	}
	ber_free(e.ber, 0);
	return decoded;
}

int range_read(struct ldap_session *s, const struct range_query *query, value_sink *sink,
	       void *context, enum range_end *ret, struct err *err)
{
	uint64_t from = query->from, before;
	char range[64];
	const char *const attributes[] = {query->ranged ? range : query->attribute, NULL};

	do {
		LDAPMessage *m = NULL, *entry;

		bool decoded;

		before = from;
		snprintf(range, sizeof range, "%s;range=%llu-*", query->attribute,
			 (unsigned long long)from);
		if (search_entry(s, query->dn, attributes, &m, err) < 0)
			return -1;
		entry = ldap_first_entry(s->ld, m);
		decoded = entry && range_hand_on(s, entry, sink, context, &from);
		ldap_msgfree(m);
		if (!decoded) {
			*ret = entry ? RANGE_CUT : RANGE_GONE;
			return 0;
		}
	} while (from > before);
	*ret = from == 0 ? RANGE_WHOLE : RANGE_CUT;
	return 0;
}
