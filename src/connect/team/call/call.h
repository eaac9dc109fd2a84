/* SPDX-License-Identifier: Apache-2.0 */
/* Calls to a team API as its profile describes them: requests, what is answered, lists by pages. */
#ifndef CONNECT_TEAM_CALL_CALL_H
#define CONNECT_TEAM_CALL_CALL_H

#include "connect/connect.h"
#include "connect/team/profile/profile.h"

struct team_connection; /* connect/team/internal.h */

/* A call as it goes out. Zero-initialised it is empty; what is in it is freed by the clear. */
struct team_request {
	struct buf target, body;
	const char *content_type; /* NULL: no body */
	struct http_header *headers;
	size_t header_count;
	struct arena arena;
};

/*
 * Renders the call with `values`; people: the values of each, for `each` of the body. Every value
 * is encoded for where it goes, and none leads the path elsewhere. Errors (CODE_DATA, REACH_ENTRY):
 * a name without a value, a number that is none, an id that cannot stand in a path; then there is
 * nothing to clear.
 */
int team_request_render(const struct call_template *call, const struct values *values,
			const struct values *const *people, size_t people_count,
			struct team_request *ret, struct err *err);
void team_request_clear(struct team_request *r);

/* What was answered, and what it means. */
struct team_reply {
	enum answer_class class; /* of an answer that came */
	enum outcome outcome; /* for a change */
	bool out; /* nothing will work: the system is out as a whole */
	struct err err; /* unless the outcome is DONE or ALREADY */
	json_t *json; /* NULL: none */
	bool is_html;
};

/*
 * Classifies a response by the profile's rules for `op`, and by its status where the profile says
 * nothing. `values` are those that the request was rendered with: secrets among them are kept out
 * of the error's text.
 */
void team_reply_read(const struct team_connection *c, enum team_op op,
		     const struct http_response *r, const struct values *values,
		     struct team_reply *ret);
void team_reply_clear(struct team_reply *reply);

/* The class of a reason that stands inside a good answer, for one person; ret_hint: what a person
 * may do about it, or "". */
enum answer_class reason_class(const struct team_connection *c, enum team_op op, str reason,
			       str *ret_hint);
/* Secrets and links out of a text that comes from outside. */
void text_scrub(str text, const struct values *values, struct buf *out);

/* Who gets the pages of a list. */
struct page_sink {
	/*
	 * -1 stops the read. `first` is true with the first page of a list. ret_count: the entries
	 * that the service's paging counts, those of the first set.
	 */
	int (*page)(void *context, const struct list_call *l, const json_t *answer, bool first,
		    size_t *ret_count, struct err *err);
	void *context;
};

/*
 * Reads a list page by page to its proper end. Errors (REACH_SYSTEM): what the service said, and
 * CODE_DATA for pages that lead round in a circle, go on without end or do not add up.
 */
int list_walk(struct team_connection *c, const struct list_call *l, const struct page_sink *sink,
	      struct err *err);
/* The items of a set in an answer, into a list that is emptied first. -1 (CODE_DATA) when they are
 * not where they should be, or no list. */
int entry_set_items(const struct team_connection *c, const struct entry_set *set,
		    const json_t *answer, json_list *ret, struct err *err);

#endif
