/* SPDX-License-Identifier: Apache-2.0 */
/* A profile: all that the engine knows of one service, as plain data read from a YAML file. */
#ifndef CONNECT_TEAM_PROFILE_PROFILE_H
#define CONNECT_TEAM_PROFILE_PROFILE_H

#include "config/config.h"
#include "connect/team/profile/json_path.h"
#include "connect/team/profile/operations.h"
#include "wire/wire.h"

/*
 * The format is described in muster-profile(5); the names here are those of its keys where that is
 * possible. Texts and settings live as long as the profile.
 */

/* `at` with `equals` or `absent`. */
struct condition {
	const struct json_path *path;
	enum { CONDITION_EQUALS, CONDITION_ABSENT, CONDITION_PRESENT } kind;
	const struct setting *texts; /* CONDITION_EQUALS: one of these */
	size_t count;
};
typedef LIST(struct condition) condition_list;

/* What an entry is when the condition holds; of several rules the first that does counts. */
struct state_rule {
	bool always; /* without a condition */
	struct condition when;
	enum entry_state is;
	bool assumed;
};

/* Of `keep`, `secrets` and `capture`: a value that calls may name. */
struct named_path {
	str name;
	const struct json_path *path;
};
typedef LIST(struct named_path) named_paths;

/* One list of entries in an answer. */
struct entry_set {
	const struct json_path *items;
	bool optional; /* the list may be missing when it is empty */
	bool repeats; /* an entry of an earlier list counts as that */
	bool invitations; /* roles are in the vocabulary of invitations */
	bool fold_id; /* the id is an address: its case does not count */
	condition_list where, read_only, self;
	const struct json_path *id, *email, *login, *name, *given, *family, *role, *sent, *expires;
	str role_is;
	LIST(struct state_rule) states;
	named_paths keep, secrets;
};

enum page_kind { PAGE_NONE, PAGE_NUMBER, PAGE_OFFSET, PAGE_CURSOR, PAGE_LINK, PAGE_HEADER };

/* How the next page is asked for. */
struct list_paging {
	enum page_kind kind;
	str parameter, size_parameter; /* of the query */
	int64_t size, first; /* entries of a page; number of the first page */
	const struct json_path *next, *more, *total, *pages;
	str header; /* PAGE_HEADER: holds the number of the next page */
	str attribute; /* PAGE_LINK: results="true" */
};

/* A request with placeholders. */
struct call_template {
	enum http_method method;
	str path;
	const struct setting *query, *headers, *form; /* maps */
	size_t query_count, header_count, form_count;
	const struct yaml_node *body, *each; /* each: one element of a list for each person */
	struct source_pos pos;
};

/* A call whose answer lists entries, page by page. */
struct list_call {
	struct call_template call;
	struct list_paging page;
	LIST(struct entry_set) sets;
};

/* One of the calls that an operation is made of. */
struct call_step {
	enum team_op op; /* whose rules for errors hold */
	struct call_template call;
	named_paths capture;
	const struct setting *roles; /* only for these (the house's names); none: always */
	size_t role_count;
	str needs; /* and only when this name has a value */
};

/* How the service does a team_op. */
struct team_operation {
	LIST(struct call_step) steps; /* none: it cannot be done */
	str missing; /* then why not, and what a person does instead */
	str refused; /* what a person does about someone who is refused for good */
	int64_t every; /* seconds that lie between two of them to one person; 0: any */
	int64_t max; /* people in one request; 1: one by one */
	/* reasons by address, in an answer that says that it is good */
	const struct json_path *refusals;
	bool repeatable; /* doing it twice does no harm */
};

struct role {
	/* the house's name; the service's word for members, for invitations */
	str name, value, invite_value;
	str missing; /* who gives it, when nobody can by a call */
	int32_t rank;
	bool admin, give, invite, is_default, is_protected;
	uint32_t max, min; /* holders; 0: no limit */
};

/* What an error is that has one of the statuses, one of the codes, one of the messages. */
struct error_rule {
	const struct setting *statuses, *codes, *messages, *ops;
	size_t status_count, code_count, message_count, op_count;
	enum answer_class as;
	str hint;
};

/* A key that the system has in muster.yaml, used as {NAME} in the profile. */
struct parameter {
	str name, fallback, doc;
	struct source_pos pos;
	bool required;
	const struct setting *words; /* what it may be; none: anything */
	size_t word_count;
};

struct profile_auth {
	enum http_auth kind;
	str header, prefix, second_header, token_url, scope, audience, live, test;
	bool basic; /* the client's credentials go into a header, not the form */
};

struct profile {
	const char *name; /* "scale" */
	const char *file; /* where it was read */
	bool embedded;
	const struct settings *settings;
	str title, url, removal;
	LIST(struct parameter) parameters; /* those that every profile has included */
	struct profile_auth auth;
	const struct setting *headers;
	size_t header_count;
	int64_t address_max; /* bytes of an address; 0: no limit known */
	int64_t eventual; /* seconds that a list may lag behind */
	int64_t lasts; /* seconds that an invitation is good for; 0: not said */
	bool one_team_each;
	enum { TIMES_TEXT, TIMES_SECONDS, TIMES_MILLISECONDS } times;
	LIST(struct role) roles; /* none: any name will do */
	bool has_catalogue;
	struct list_call catalogue; /* role ids and names; its one set says where */
	LIST(struct list_call) lists;
	condition_list good; /* what an answer must show to be a good one */
	struct team_operation operations[OP_COUNT];
	const struct json_path *error_code, *error_message, *error_request;
	LIST(struct error_rule) errors;
	int64_t per_second, in_flight, attempts;
	str quota_remaining, quota_reset;
	unsigned quota_unit; /* as in struct http_quota */
};

/*
 * Reads the profile that `word` names: a path (with a '/', relative to `folder`), or a name that is
 * looked up in /etc/muster/profiles and then among those in the program. Faults are noted; NULL
 * with any error among them. `pos` is where the word stands. The profile lives in the arena, its
 * texts in the faults' one as well: both must outlive it.
 */
const struct profile *profile_load(str word, const char *folder, struct source_pos pos,
				   struct arena *arena, struct diagnostics *diags);
void profile_clear(const struct profile *p); /* its lists; NULL is fine */

/* NULL: the profile has no such parameter. */
const struct parameter *profile_parameter(const struct profile *p, str name);

/* Does what stands at the condition's path fulfil it? `at`: the answer, or an entry of it. */
bool condition_holds(const struct condition *c, const json_t *at, const struct values *values);
bool conditions_all_hold(const condition_list *list, const json_t *at, const struct values *values);
bool conditions_any_holds(const condition_list *list, const json_t *at,
			  const struct values *values);

#endif
