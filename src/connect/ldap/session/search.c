/* SPDX-License-Identifier: Apache-2.0 */
/* Paged searches: a page is received whole, the next one is asked for, and only then are its
 * entries looked at. */
#include "connect/ldap/session/search.h"

#include <string.h>

enum {
	AHEAD_LIMIT = 8 << 20, /* bytes of entries that wait for the end of their page */
	EMPTY_PAGES_LIMIT = 1000, /* in a row, before a server is taken to run in circles */
};

struct search {
	struct ldap_session *session;
	const char *base, *filter;
	const char *const *attributes;
	int scope, page_size;
	int id; /* of the request under way; 0: none */
	struct berval cookie;
	LIST(struct entry_view) waiting; /* of the page that is being received */
	size_t waiting_bytes;
	int empty_pages;
	int cut;
	uint64_t referrals;
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

static void drop_view(struct entry_view *e)
{
	ber_free(e->ber, 0);
	ldap_msgfree(e->message);
}

static int send_page(struct search *q, struct err *err)
{
	LDAPControl *page = NULL, *controls[2] = {NULL, NULL};
	struct answer a = {0};

	if (q->page_size > 0) {
		a.code = ldap_create_page_control(q->session->ld, q->page_size, &q->cookie, 1,
						  &page);
		controls[0] = page;
	}
	if (a.code == LDAP_SUCCESS)
		a.code = ldap_search_ext(q->session->ld, q->base, q->scope, q->filter,
					 plain_texts(q->attributes), 0, controls, NULL, NULL, 0,
					 &q->id);
	ldap_control_free(page);
	q->session->requests++;
	if (a.code == LDAP_SUCCESS)
		return 0;
	q->id = 0;
	return answer_err(q->session, &a, err, "search %s for %s", q->base, q->filter);
}

int search_begin(struct ldap_session *s, const char *base, int scope, const char *filter,
		 const char *const *attributes, int page_size, struct search **ret, struct err *err)
{
	struct search *q = mem_alloc(1, sizeof *q);

	*q = (struct search){
		.session = s,
		.base = base,
		.filter = filter,
		.attributes = attributes,
		.scope = scope,
		.page_size = page_size,
	};
	if (send_page(q, err) < 0) {
		search_end(q);
		return -1;
	}
	*ret = q;
	return 0;
}

static int hand_on(struct search *q, entry_sink *sink, void *context, struct err *err)
{
	int done = 0;

	list_each (struct entry_view, e, &q->waiting) {
		if (done == 0)
			done = sink(context, e, err);
		drop_view(e);
	}
	q->waiting.count = 0;
	q->waiting_bytes = 0;
	return done;
}

static int take_entry(struct search *q, LDAPMessage *m, struct err *err)
{
	struct entry_view e = {.session = q->session, .message = m};
	struct berval dn = {0, NULL};
	ber_len_t left = 0;

	if (ldap_get_dn_ber(q->session->ld, m, &e.ber, &dn) != LDAP_SUCCESS) {
		ber_free(e.ber, 0);
		ldap_msgfree(m);
		return err_set(err, REACH_SYSTEM, CODE_DATA,
			       "%s: search %s: an entry that cannot be decoded", q->session->url,
			       q->base);
	}
	e.dn = str_make(dn.bv_val, dn.bv_len);
	ber_get_option(e.ber, LBER_OPT_REMAINING_BYTES, &left);
	q->waiting_bytes += left;
	*list_add(&q->waiting) = e;
	return 0;
}

/* A cookie is a length and bytes: OpenLDAP's begin with a zero byte now and then. */
static int take_cookie(struct search *q, const struct answer *a, struct err *err)
{
	LDAPControl *page = ldap_control_find(LDAP_CONTROL_PAGEDRESULTS, a->controls, NULL);
	ber_int_t estimate;

	if (!page)
		return 0;
	if (ldap_parse_pageresponse_control(q->session->ld, page, &estimate, &q->cookie) ==
	    LDAP_SUCCESS)
		return 0;
	return err_set(err, REACH_SYSTEM, CODE_DATA,
		       "%s: search %s: a paging cookie that cannot be decoded", q->session->url,
		       q->base);
}

static bool is_limit(int code)
{
	return code == LDAP_SIZELIMIT_EXCEEDED || code == LDAP_TIMELIMIT_EXCEEDED ||
	       code == LDAP_ADMINLIMIT_EXCEEDED;
}

/* The end of a page: the cookie tells whether there is another. */
static int take_result(struct search *q, LDAPMessage *m, struct err *err)
{
	struct answer a;
	int done = 0;

	q->id = 0;
	ber_memfree(q->cookie.bv_val);
	q->cookie = (struct berval){0, NULL};
	answer_read(q->session, m, true, &a);
	ldap_msgfree(m);
	if (is_limit(a.code))
		q->cut = a.code;
	else if (a.code != LDAP_SUCCESS)
		done = answer_err(q->session, &a, err, "search %s for %s", q->base, q->filter);
	else
		done = take_cookie(q, &a, err);
	ldap_controls_free(a.controls);
	q->empty_pages = q->waiting.count ? 0 : q->empty_pages + 1;
	if (done == 0 && q->empty_pages > EMPTY_PAGES_LIMIT)
		return err_set(err, REACH_SYSTEM, CODE_DATA,
			       "%s: search %s: %d pages without an entry, and still no end",
			       q->session->url, q->base, EMPTY_PAGES_LIMIT);
	return done;
}

int search_page(struct search *q, entry_sink *sink, void *context, bool *ret_more, struct err *err)
{
	while (q->id) {
		LDAPMessage *m = NULL;
		int type = ldap_session_wait(q->session, q->id, LDAP_MSG_ONE, &m, err);

		if (type < 0) {
			q->id = 0;
			return err_wrap(err, "search %s for %s", q->base, q->filter);
		}
		if (type == LDAP_RES_SEARCH_ENTRY) {
			if (take_entry(q, m, err) < 0)
				return -1;
			if (q->waiting_bytes > AHEAD_LIMIT && hand_on(q, sink, context, err) < 0)
				return -1;
			continue;
		}
		if (type == LDAP_RES_SEARCH_RESULT) {
			if (take_result(q, m, err) < 0)
				return -1;
			continue;
		}
		q->referrals += type == LDAP_RES_SEARCH_REFERENCE;
		ldap_msgfree(m);
	}
	if (q->cookie.bv_len > 0 && send_page(q, err) < 0)
		return -1;
	*ret_more = q->id != 0;
	return hand_on(q, sink, context, err);
}

int search_cut(const struct search *q)
{
	return q->cut;
}

uint64_t search_referrals(const struct search *q)
{
	return q->referrals;
}

void search_end(struct search *q)
{
	if (!q)
		return;
	if (q->id && q->session->ld)
		ldap_abandon_ext(q->session->ld, q->id, NULL, NULL);
	list_each (struct entry_view, e, &q->waiting)
		drop_view(e);
	list_clear(&q->waiting);
	ber_memfree(q->cookie.bv_val);
	free(q);
}
