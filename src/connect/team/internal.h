/* SPDX-License-Identifier: Apache-2.0 */
/* What the parts of the team connector share: the connection, what a read found, requests and
 * answers. */
#ifndef CONNECT_TEAM_INTERNAL_H
#define CONNECT_TEAM_INTERNAL_H

#include "base/intern.h"
#include "connect/connect.h"
#include "connect/team/profile/profile.h"

enum { TEAM_BODY_LIMIT = 16 * 1024 * 1024, TEAM_PAGES_MAX = 10000, TEAM_ENTRIES_MAX = 1000000 };

/* One member or invitation as the service showed it. Texts live in the arena of its read. */
struct entry_record {
	enum entry_state state;
	bool assumed, read_only, self;
	str id, email, login, name, given, family, role; /* role: in the house's words */
	int64_t sent, expires;
	struct values values; /* what calls about it are filled with */
	uint32_t row; /* among the members or the invitations of the snapshot */
	const char *defect; /* something about it is not as the profile says; the rest holds */
	str diag_text; /* in words */
};

/* What the last read found, for the calls that follow. Keys are "m" or "i" and the id. */
struct last_read {
	struct arena arena;
	struct intern keys;
	LIST(struct entry_record) records; /* by number of the key */
	uint64_t members, invitations;
};

struct catalogue_role {
	str id, name;
};

struct team_connection {
	struct connection base;
	const struct profile *profile;
	const struct settings *system;
	struct diagnostics diags; /* holds the text of the profile's file */
	struct arena arena;
	struct values parameters;
	struct http_settings settings;
	const char *accept; /* of every request; NULL: JSON */
	struct http_client *http;
	struct secret *key, *second_key;
	struct http_secret_header secret_headers[2];
	LIST(struct catalogue_role) catalogue;
	bool catalogue_read;
	struct last_read last_read;
	struct snapshot *lookup_snapshot; /* the read of the last `find`; and when it was made */
	int64_t lookup_at;
};

/* settings.c */
extern const struct key team_keys[];
void team_validate(const struct system *system, struct diagnostics *diags);
int team_settings_read(const struct system *system, struct team_connection *c, struct err *err);
const char *system_folder(const struct settings *s, struct arena *arena);
/* The kind that the key is, by its beginning: "live", "test", or NULL when that cannot be told. */
const char *key_kind_of(const struct team_connection *c);

/* role.c */
int catalogue_read(struct team_connection *c, struct err *err); /* once */
/* The house's name of a role as the service says it; empty: there is none. false: it is not known.
 */
bool role_from_service(const struct team_connection *c, str value, bool invitations,
		       struct arena *arena, str *ret);
/* What is sent for a role of the house; for catalogues its id. */
str role_to_service(const struct team_connection *c, str name, bool invitations);
str role_lowest(
	const struct team_connection *c); /* of those that an invitation may give; "" for none */
void roles_put(const struct team_connection *c, struct arena *arena, struct abilities *ret);

/* entry.c */
bool condition_holds(const struct condition *c, const json_t *at, const struct values *values);
/* False: it is to be passed over. */
bool entry_read(const struct team_connection *c, const struct entry_set *set, const json_t *item,
		struct arena *arena, struct entry_record *ret);

/* list.c: one page after the other */
struct page_sink {
	/* -1 stops the read. `first` is true with the first page of a list. */
	int (*take)(void *context, const struct list_call *l, const json_t *answer, bool first,
		    size_t *ret_count, struct err *err);
	void *context;
};
int list_walk(struct team_connection *c, const struct list_call *l, const struct page_sink *sink,
	      struct err *err);
/* The items of a set in an answer; -1 when they are not where they should be, or no list. */
int set_items(const struct team_connection *c, const struct entry_set *set, const json_t *answer,
	      json_list *ret, struct err *err);

/* read.c */
int team_snapshot(struct connection *connection, const struct wanted *wanted, struct snapshot *into,
		  struct err *err);
const struct entry_record *last_read_find(const struct team_connection *c, char kind,
					  str id); /* NULL */

/* request.c: a call as it goes out */
struct team_request {
	struct buf target, body;
	const char *content_type;
	struct http_header *headers;
	size_t header_count;
	struct arena arena;
};
/* people: the values of each, for `each`. */
int team_request_render(const struct call_template *call, const struct values *values,
			const struct values *const *people, size_t people_count,
			struct team_request *ret, struct err *err);
void team_request_clear(struct team_request *r);

/* answer.c: what an answer means */
struct team_reply {
	enum answer_class class; /* of an answer that came */
	enum outcome outcome; /* for a change */
	bool out; /* nothing will work: the system is out as a whole */
	struct err err; /* unless the outcome is DONE or ALREADY */
	json_t *json; /* NULL: none */
	bool is_html;
};
void team_reply_read(const struct team_connection *c, enum team_op op,
		     const struct http_response *r, const struct values *values,
		     struct team_reply *ret);
void team_reply_clear(struct team_reply *a);
/* The class of a reason that stands inside a good answer, for one person. */
enum answer_class reason_class(const struct team_connection *c, enum team_op op, str reason,
			       str *ret_hint);
/* Secrets and links out of a text that comes from outside. */
void text_scrub(str text, const struct values *values, struct buf *out);

/* the verbs */
int team_abilities(struct connection *connection, struct arena *arena, struct abilities *ret,
		   struct err *err);
/* Where someone stands in the list as it is now; ret_id: of a pending invitation, else empty. */
int team_lookup(struct team_connection *c, str address, bool anew, enum found *ret,
		struct arena *arena, str *ret_id, struct err *err);
int team_find(struct connection *connection, const struct plan *plan, const struct change *change,
	      enum found *ret, struct arena *arena, str *ret_id, struct err *err);
int team_apply(struct connection *connection, struct plan *plan, struct change **batch,
	       size_t count, outcome_sink *sink, void *context, struct err *err);
int team_check(struct connection *connection, struct findings *findings, struct err *err);
int team_profile_test(struct connection *connection, struct findings *findings, struct err *err);

#endif
