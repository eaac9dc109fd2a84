/* SPDX-License-Identifier: Apache-2.0 */
/* A bearer token of the SCIM service as it is kept: all but the secret. */
#ifndef MODEL_TOKEN_H
#define MODEL_TOKEN_H

#include "base/list.h"
#include "base/str.h"

enum token_scope {
	TOKEN_READ = 1, /* GET and searches */
	TOKEN_USERS = 2, /* changes of users */
	TOKEN_GROUPS = 4, /* changes of groups */
	TOKEN_ALL = 7,
};

enum { TOKEN_ID_SIZE = 13, TOKEN_NAME_MAX = 64 };

struct token {
	char id[TOKEN_ID_SIZE]; /* 12 letters and digits: the part of the token that is no secret */
	char name[TOKEN_NAME_MAX + 1];
	unsigned scopes;
	int64_t created, expires, revoked, used; /* seconds since 1970; 0: never, not */
	/* the id of the user that it belongs to: /Me (RFC 7644 3.11); "": nobody */
	char person[37];
};

struct token_list {
	LIST(struct token) items;
};

/* "read,users" <-> TOKEN_READ | TOKEN_USERS. False for a word that is none, and for no word. */
bool token_scopes_parse(str text, unsigned *ret);
void token_scopes_print(unsigned scopes, struct buf *out);

#endif
