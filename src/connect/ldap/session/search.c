/* SPDX-License-Identifier: Apache-2.0 */
/* Searches. Of a paged one a page is received whole, the next one is asked for, and only then are
 * the entries of the first looked at. */
#include "connect/ldap/session/search.h"

#include <stdlib.h>

#include "base/list.h"
#include "connect/ldap/session/session.h"

/* --- small searches */

const char *const search_no_attributes[] = {LDAP_NO_ATTRS, NULL};

int search_whole(struct ldap_session *s, const struct search_query *query, int limit,
		 LDAPMessage **ret, struct err *err)
{
	struct ldap_result result = {0};
	LDAPMessage *m = NULL, *last;
	int id;

	s->requests++;
	result.code =
		ldap_search_ext(s->ld, query->base, query->scope, query->filter,
				plain_texts(query->attributes), 0, NULL, NULL, NULL, limit, &id);
	if (result.code == LDAP_SUCCESS) {
		if (ldap_session_wait(s, id, LDAP_MSG_ALL, &m, err) < 0)
			return err_wrap(err, "search %s", query->base);
		for (last = m; ldap_next_message(s->ld, last);
		     last = ldap_next_message(s->ld, last))
			;
		ldap_result_read(s, last, false, &result);
	}
	/* A size limit that we set ourselves is no fault. */
	if (result.code == LDAP_SUCCESS || result.code == LDAP_NO_SUCH_OBJECT ||
	    (result.code == LDAP_SIZELIMIT_EXCEEDED && limit > 0)) {
		*ret = m;
		return 0;
	}
	ldap_msgfree(m);
	return ldap_result_err(s, &result, err, "search %s",
			       *query->base ? query->base : "the root of the directory");
}

int search_entry(struct ldap_session *s, const char *dn, const char *const *attributes,
		 LDAPMessage **ret, struct err *err)
{
	const struct search_query query = {dn, LDAP_SCOPE_BASE, FILTER_ANY, attributes};

	return search_whole(s, &query, 0, ret, err);
}

/* --- searches in pages */

enum {
	AHEAD_LIMIT = 8 << 20, /* bytes of entries that wait for the end of their page */
	EMPTY_PAGES_LIMIT = 1000, /* in a row, before a server is taken to run in circles */
};

struct paged_search {
	struct ldap_session *session;
	struct search_query query;
	int page_size;
	int id; /* of the request under way; 0: none */
	struct berval cookie;
	LIST(struct entry_view) waiting; /* of the page that is being received */
	size_t waiting_bytes;
	int empty_pages;
	int cut;
};

bool entry_next(const struct entry_view *e, str *ret_name, struct berval **ret_values)
{
	struct berval name;

	*ret_values = NULL;
	if (ldap_get_attribute_ber(e->session->ld, e->message, e->ber, &name, ret_values) !=
		    LDAP_SUCCESS ||
	    !name.bv_val)
		return false;
	*ret_name = str_make(name.bv_val, name.bv_len);
	return true;
}

static void view_drop(struct entry_view *e)
{
	ber_free(e->ber, 0);
	ldap_msgfree(e->message);
}

static int page_send(struct paged_search *q, struct err *err)
{
	LDAPControl *page = NULL, *controls[2] = {NULL, NULL};
	struct ldap_result result = {0};

	if (q->page_size > 0) {
		result.code = ldap_create_page_control(q->session->ld, q->page_size, &q->cookie, 1,
						       &page);
		controls[0] = page;
	}
	if (result.code == LDAP_SUCCESS)
		result.code = ldap_search_ext(q->session->ld, q->query.base, q->query.scope,
					      q->query.filter, plain_texts(q->query.attributes), 0,
					      controls, NULL, NULL, 0, &q->id);
	ldap_control_free(page);
	q->session->requests++;
	if (result.code == LDAP_SUCCESS)
		return 0;
	q->id = 0;
	return ldap_result_err(q->session, &result, err, "search %s for %s", q->query.base,
			       q->query.filter);
}

int paged_search_open(struct ldap_session *s, const struct search_query *query, int page_size,
		      struct paged_search **ret, struct err *err)
{
	struct paged_search *q = mem_alloc(1, sizeof *q);

	*q = (struct paged_search){.session = s, .query = *query, .page_size = page_size};
	if (page_send(q, err) < 0) {
		paged_search_close(q);
		return -1;
	}
	*ret = q;
	return 0;
}

static int page_hand_on(struct paged_search *q, entry_sink *sink, void *context, struct err *err)
{
	int done = 0;

	list_each (struct entry_view, e, &q->waiting) {
		if (done == 0)
			done = sink(context, e, err);
		view_drop(e);
	}
	q->waiting.count = 0;
	q->waiting_bytes = 0;
	return done;
}

static int page_read_entry(struct paged_search *q, LDAPMessage *m, struct err *err)
{
	struct entry_view e = {.session = q->session, .message = m};
	struct berval dn = {0, NULL};
	ber_len_t left = 0;

	if (ldap_get_dn_ber(q->session->ld, m, &e.ber, &dn) != LDAP_SUCCESS) {
		ber_free(e.ber, 0);
		ldap_msgfree(m);
		return err_set(err, REACH_SYSTEM, CODE_DATA,
			       "%s: search %s: an entry that cannot be decoded", q->session->url,
			       q->query.base);
	}
	e.dn = str_make(dn.bv_val, dn.bv_len);
	ber_get_option(e.ber, LBER_OPT_REMAINING_BYTES, &left);
	q->waiting_bytes += left;
	*list_add(&q->waiting) = e;
	return 0;
}

/* A cookie is a length and bytes: OpenLDAP's begin with a zero byte now and then. */
static int page_read_cookie(struct paged_search *q, const struct ldap_result *result,
			    struct err *err)
{
	LDAPControl *page = ldap_control_find(LDAP_CONTROL_PAGEDRESULTS, result->controls, NULL);
	ber_int_t estimate;

	if (!page)
		return 0;
	if (ldap_parse_pageresponse_control(q->session->ld, page, &estimate, &q->cookie) ==
	    LDAP_SUCCESS)
		return 0;
	return err_set(err, REACH_SYSTEM, CODE_DATA,
		       "%s: search %s: a paging cookie that cannot be decoded", q->session->url,
		       q->query.base);
}

static bool result_is_limit(int code)
{
	return code == LDAP_SIZELIMIT_EXCEEDED || code == LDAP_TIMELIMIT_EXCEEDED ||
	       code == LDAP_ADMINLIMIT_EXCEEDED;
}

/* The end of a page: the cookie tells whether there is another. */
static int page_read_result(struct paged_search *q, LDAPMessage *m, struct err *err)
{
	struct ldap_result result;
	int done = 0;

	q->id = 0;
	ber_memfree(q->cookie.bv_val);
	q->cookie = (struct berval){0, NULL};
	ldap_result_read(q->session, m, true, &result);
	ldap_msgfree(m);
	if (result_is_limit(result.code))
		q->cut = result.code;
	else if (result.code != LDAP_SUCCESS)
		done = ldap_result_err(q->session, &result, err, "search %s for %s", q->query.base,
				       q->query.filter);
	else
		done = page_read_cookie(q, &result, err);
	ldap_controls_free(result.controls);
	q->empty_pages = q->waiting.count ? 0 : q->empty_pages + 1;
	if (done == 0 && q->empty_pages > EMPTY_PAGES_LIMIT)
		return err_set(err, REACH_SYSTEM, CODE_DATA,
			       "%s: search %s: %d pages without an entry, and still no end",
			       q->session->url, q->query.base, EMPTY_PAGES_LIMIT);
	return done;
}

int paged_search_next(struct paged_search *q, entry_sink *sink, void *context, bool *ret_more,
		      struct err *err)
{
	while (q->id) {
		LDAPMessage *m = NULL;
		int type = ldap_session_wait(q->session, q->id, LDAP_MSG_ONE, &m, err);

		if (type < 0) {
			q->id = 0;
			return err_wrap(err, "search %s for %s", q->query.base, q->query.filter);
		}
		if (type == LDAP_RES_SEARCH_ENTRY) {
			if (page_read_entry(q, m, err) < 0)
				return -1;
			if (q->waiting_bytes > AHEAD_LIMIT &&
			    page_hand_on(q, sink, context, err) < 0)
				return -1;
			continue;
		}
		if (type == LDAP_RES_SEARCH_RESULT) {
			if (page_read_result(q, m, err) < 0)
				return -1;
			continue;
		}
		/* A continuation reference; none is followed. */
		ldap_msgfree(m);
	}
	if (q->cookie.bv_len > 0 && page_send(q, err) < 0)
		return -1;
	*ret_more = q->id != 0;
	return page_hand_on(q, sink, context, err);
}

int paged_search_cut(const struct paged_search *q)
{
	return q->cut;
}

void paged_search_close(struct paged_search *q)
{
	if (!q)
		return;
	if (q->id && q->session->ld)
		ldap_abandon_ext(q->session->ld, q->id, NULL, NULL);
	list_each (struct entry_view, e, &q->waiting)
		view_drop(e);
	list_clear(&q->waiting);
	ber_memfree(q->cookie.bv_val);
	free(q);
}
