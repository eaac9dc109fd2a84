/* SPDX-License-Identifier: Apache-2.0 */
/* A search of any size in pages (RFC 2696), its entries handed on without a copy, the next page
 * asked for ahead. */
#ifndef CONNECT_LDAP_SESSION_SEARCH_H
#define CONNECT_LDAP_SESSION_SEARCH_H

#include "connect/ldap/session/session.h"

/* One entry: name and position at its attributes; valid during the call. Walk it with entry_next.
 */
struct entry_view {
	struct ldap_session *session;
	LDAPMessage *message;
	BerElement *ber;
	str dn;
};
/* The next attribute; values end with one whose bv_val is NULL, and are freed by
 * ber_memfree(*ret_values). */
bool entry_next(const struct entry_view *e, str *ret_name, struct berval **ret_values);

/* Takes one entry. -1 ends the search with that error. */
typedef int entry_sink(void *context, const struct entry_view *entry, struct err *err);

/* At most one search at a time on a session: servers keep one paging cookie for each connection. */
struct search;

/* base, filter and attributes outlive the search. page_size 0: the server does not page. */
int search_begin(struct ldap_session *s, const char *base, int scope, const char *filter,
		 const char *const *attributes, int page_size, struct search **ret,
		 struct err *err);
/*
 * Receives one page, asks for the next and hands the entries on. *ret_more: there is a next one.
 * Returns -1 when the search failed; a limit of the server is no failure here, but see search_cut.
 */
int search_page(struct search *q, entry_sink *sink, void *context, bool *ret_more, struct err *err);
/* The result code of a limit that cut the answer short (4, 3, 11), or 0. */
int search_cut(const struct search *q);
uint64_t search_referrals(const struct search *q); /* continuation references, not followed */
void search_end(struct search *q); /* NULL is fine; abandons what is under way */

#endif
