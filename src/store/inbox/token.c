/* SPDX-License-Identifier: Apache-2.0 */
/* Tokens of the SCIM service: making, listing, revoking and judging them. */
#include "store/inbox/token.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/hash.h"
#include "base/secret.h"
#include "store/inbox/internal.h"

enum { PREFIX = 7, ID = 12, SECRET = 43, CHECK = 6, TOKEN = PREFIX + ID + 1 + SECRET + CHECK };

static const char letters[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

static void random_letters(char *ret, size_t n)
{
	for (size_t i = 0; i < n; i++)
		ret[i] = letters[random_below(62)];
}

/* CRC-32 (ISO 3309), as scanners for secrets compute it; four bits at a time. */
static uint32_t crc32_of(const char *p, size_t n)
{
	static const uint32_t table[16] = {0x00000000, 0x1db71064, 0x3b6e20c8, 0x26d930ac,
					   0x76dc4190, 0x6b6b51f4, 0x4db26158, 0x5005713c,
					   0xedb88320, 0xf00f9344, 0xd6d6a3e8, 0xcb61b38c,
					   0x9b64c2b0, 0x86d3d2d4, 0xa00ae278, 0xbdbdf21c};
	uint32_t crc = 0xffffffff;

	for (size_t i = 0; i < n; i++) {
		crc ^= (uint8_t)p[i];
		crc = crc >> 4 ^ table[crc & 15];
		crc = crc >> 4 ^ table[crc & 15];
	}
	return ~crc;
}

static void token_sum_write(char *token)
{
	uint32_t crc = crc32_of(token, TOKEN - CHECK);

	for (int i = CHECK; i-- > 0; crc /= 62)
		token[TOKEN - CHECK + i] = letters[crc % 62];
}

static bool token_sum_is_right(str token)
{
	char copy[TOKEN];

	if (token.n != TOKEN || !str_starts(token, STR("muster_")) || token.p[PREFIX + ID] != '_')
		return false;
	memcpy(copy, token.p, TOKEN);
	token_sum_write(copy);
	return memcmp(copy, token.p, TOKEN) == 0;
}

static void copy_text(char *to, size_t room, str from)
{
	size_t n = from.n < room ? from.n : room - 1;

	if (n > 0)
		memcpy(to, from.p, n);
	to[n] = '\0';
}

static void token_bind_person(struct query *q, str person)
{
	uint8_t packed[ID_SIZE_MAX];

	if (person.n > 0)
		query_bind_blob(q, packed, id_pack(person, packed));
	else
		query_bind_null(q);
}

int inbox_token_create(struct inbox *inbox, str name, unsigned scopes, int64_t expires, str person,
		       struct token *ret_token, struct secret **ret, struct err *err)
{
	struct token token = {.scopes = scopes, .created = clock_now(), .expires = expires};
	char text[TOKEN + 1] = "muster_";
	uint8_t digest[32];
	struct query *q;

	if (name.n == 0 || name.n > TOKEN_NAME_MAX || !str_is_utf8(name))
		return err_set(err, REACH_RUN, CODE_USAGE,
			       "a token needs a name of 1 to %d bytes that says who will use it",
			       TOKEN_NAME_MAX);
	memcpy(token.name, name.p, name.n);
	copy_text(token.person, sizeof token.person, person);
	random_letters(token.id, ID);
	memcpy(text + PREFIX, token.id, ID);
	text[PREFIX + ID] = '_';
	/* 62^43 is a little more than 2^256 */
	random_letters(text + PREFIX + ID + 1, SECRET);
	token_sum_write(text);
	sha256(str_make(text, TOKEN), digest);

	db_begin(inbox->db);
	q = db_query(inbox->db, "INSERT INTO token VALUES (?, ?, ?, ?, ?, ?, 0, 0, ?)");
	query_bind_str(q, str_of(token.id));
	query_bind_str(q, name);
	query_bind_blob(q, digest, sizeof digest);
	query_bind_int(q, scopes);
	query_bind_int(q, token.created);
	query_bind_int(q, expires);
	token_bind_person(q, person);
	query_run(q);
	if (db_commit(inbox->db, err) < 0)
		return -1;
	*ret_token = token;
	*ret = secret_take(text, TOKEN);
	return 0;
}

static void token_from_row(struct query *q, struct token *ret)
{
	*ret = (struct token){.scopes = (unsigned)query_int(q, 2),
			      .created = query_int(q, 3),
			      .expires = query_int(q, 4),
			      .revoked = query_int(q, 5),
			      .used = query_int(q, 6)};
	if (query_blob(q, 7).n == 16)
		id_unpack(query_blob(q, 7), ret->person);
	copy_text(ret->id, sizeof ret->id, query_str(q, 0));
	copy_text(ret->name, sizeof ret->name, query_str(q, 1));
}

#define TOKEN_COLUMNS "id, name, scopes, created, expires, revoked, used, person"

int inbox_token_list(struct inbox *inbox, struct token_list *ret, struct err *err)
{
	struct token_list list = {0};
	struct query *q =
		db_query(inbox->db, "SELECT " TOKEN_COLUMNS " FROM token ORDER BY created, id");

	while (query_next(q))
		token_from_row(q, list_add(&list.items));
	if (db_error(inbox->db, err) < 0) {
		list_clear(&list.items);
		return -1;
	}
	*ret = list;
	return 0;
}

int inbox_token_revoke(struct inbox *inbox, str id_or_name, struct err *err)
{
	struct query *q;
	uint64_t changed;

	db_begin(inbox->db);
	q = db_query(inbox->db, "UPDATE token SET revoked = ?1 WHERE revoked = 0 AND (id = ?2 OR "
				"(name = ?2 AND (SELECT count(*) FROM token WHERE name = ?2 AND "
				"revoked = 0) = 1))");
	query_bind_int(q, clock_now());
	query_bind_str(q, id_or_name);
	query_run(q);
	changed = db_changes(inbox->db);
	if (db_commit(inbox->db, err) < 0)
		return -1;
	if (changed == 0)
		return err_set(err, REACH_RUN, CODE_DATA,
			       "no live token has the id %.*s, or several have that name: see "
			       "`muster token list`",
			       STR_ARG(id_or_name));
	return 0;
}

static enum token_verdict token_judge(const struct token *t, int64_t now)
{
	if (t->revoked)
		return TOKEN_REVOKED;
	return t->expires && now >= t->expires ? TOKEN_EXPIRED : TOKEN_GOOD;
}

enum token_verdict inbox_token_judge(struct inbox *inbox, str presented, int64_t now,
				     struct token *ret)
{
	struct query *q;
	uint8_t digest[32];
	bool same;

	if (!token_sum_is_right(presented))
		return TOKEN_UNKNOWN;
	sha256(presented, digest);
	q = db_query(inbox->db, "SELECT " TOKEN_COLUMNS ", digest FROM token WHERE id = ?");
	query_bind_str(q, str_slice(presented, PREFIX, PREFIX + ID));
	if (!query_next(q))
		return TOKEN_UNKNOWN;
	token_from_row(q, ret);
	same = secret_equal(query_blob(q, 8), str_make((char *)digest, sizeof digest));
	query_end(q);
	return same ? token_judge(ret, now) : TOKEN_UNKNOWN;
}

enum token_verdict inbox_token_find(struct inbox *inbox, str id, int64_t now, struct token *ret)
{
	struct query *q = db_query(inbox->db, "SELECT " TOKEN_COLUMNS " FROM token WHERE id = ?");
	bool found;

	query_bind_str(q, id);
	found = query_next(q);
	if (found)
		token_from_row(q, ret);
	query_end(q);
	return found ? token_judge(ret, now) : TOKEN_UNKNOWN;
}

void inbox_token_used_set(struct inbox *inbox, str id, int64_t at)
{
	struct query *q = db_query(inbox->db, "UPDATE token SET used = ? WHERE id = ?");

	query_bind_int(q, at);
	query_bind_str(q, id);
	query_run(q);
}
