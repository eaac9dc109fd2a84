/* SPDX-License-Identifier: Apache-2.0 */
/* Searches: of any size in pages (RFC 2696), the next page asked for ahead, the entries handed on
 * without a copy; and small ones, whose answer is taken whole. */
#ifndef CONNECT_LDAP_SESSION_SEARCH_H
#define CONNECT_LDAP_SESSION_SEARCH_H

#include <ldap.h>

#include "base/err.h"
#include "base/str.h"

struct ldap_session;

/* What is asked for (RFC 4511 4.5.1). All of it outlives the search. */
struct search_query {
	const char *base;
	int scope; /* LDAP_SCOPE_... */
	const char *filter;
	const char *const *attributes; /* ends with NULL */
};

/* The filter that every entry meets, and the list that asks for no attribute. */
#define FILTER_ANY "(objectClass=*)"
extern const char *const search_no_attributes[];

/* --- small searches */

/*
 * All entries in one chain (ldap_first_entry), at most `limit` of them, 0: no limit of ours.
 * noSuchObject (32) is an answer with no entries; other codes than 0 are errors. The caller frees
 * *ret.
 */
int search_whole(struct ldap_session *s, const struct search_query *query, int limit,
		 LDAPMessage **ret, struct err *err);
/* The same for the one entry with this DN, if it is there ("" is the root DSE). */
int search_entry(struct ldap_session *s, const char *dn, const char *const *attributes,
		 LDAPMessage **ret, struct err *err);

/* --- searches in pages */

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

/* At most one at a time on a session: servers keep one paging cookie for each connection. */
struct paged_search;

/* page_size 0: all in one page, for servers that do not know pages. */
int paged_search_open(struct ldap_session *s, const struct search_query *query, int page_size,
		      struct paged_search **ret, struct err *err);
/*
 * Receives one page, asks for the next and hands the entries on. *ret_more: there is a next one.
 * Returns -1 when the search failed; a limit of the server is no failure here, but see
 * paged_search_cut.
 */
int paged_search_next(struct paged_search *q, entry_sink *sink, void *context, bool *ret_more,
		      struct err *err);
/* The result code of a limit that cut the answer short (4, 3, 11), or 0. */
int paged_search_cut(const struct paged_search *q);
/* NULL is fine; abandons what is under way. */
void paged_search_close(struct paged_search *q);

#endif
