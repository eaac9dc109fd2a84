/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as a token, an access token, base64url: nothing but the very token is let in. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/secret.h"
#include "serve/auth/auth.h"
#include "serve/internal.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { NOW = 1700000000 };

static struct service *service;
static struct buf good, access_token;

static void inbox_make(void)
{
	char folder[] = "/tmp/muster.fuzz.XXXXXX", path[64], name[80];
	struct secret *secret;
	struct token token;
	struct err err;

	if (!mkdtemp(folder))
		abort();
	snprintf(path, sizeof path, "%s/inbox.db", folder);
	if (inbox_open(path, INBOX_WRITE, &service->workers.inbox, &err) < 0 ||
	    inbox_token_create(service->workers.inbox, STR("fuzz"), TOKEN_READ, NOW + 100, STR(""),
			       &token, &secret, &err) < 0)
		abort();
	buf_text(&good, secret_reveal(secret));
	secret_free(secret);
	for (size_t i = 0; i < 3; i++) {
		const char *const ends[] = {"", "-wal", "-shm"};

		snprintf(name, sizeof name, "%s%s", path, ends[i]);
		unlink(name);
	}
	rmdir(folder);
	access_token_write(service->key, token.id, NOW + 50, &access_token);
}

static void check_judged(str presented)
{
	struct token token;
	bool same = str_equal(presented, buf_str(&good));
	enum token_verdict verdict =
		inbox_token_judge(service->workers.inbox, presented, NOW, &token);

	if ((verdict == TOKEN_GOOD) != same)
		abort();
	same = str_equal(presented, buf_str(&access_token));
	if ((access_token_judge(service->key, service->workers.inbox, presented, &token) ==
	     TOKEN_GOOD) != same)
		abort();
}

/* What is read is what would be written: no two texts mean the same bytes. */
static void check_base64(str text)
{
	uint8_t *bytes = malloc(text.n + 1);
	struct buf again = {0};
	size_t n;

	if (!bytes)
		abort();
	if (base64url_read(text, bytes, text.n, &n)) {
		base64url_put(&again, bytes, n);
		if (!str_equal(buf_str(&again), text))
			abort();
	}
	buf_clear(&again);
	free(bytes);
}

/* The right token with one place changed, cut or grown as the input says. */
static void check_changed(str token, const uint8_t *data, size_t size)
{
	struct buf changed = {0};

	buf_put(&changed, str_slice(token, 0, token.n - data[0] % token.n));
	if (size > 2)
		changed.p[data[1] % changed.n] = (char)data[2];
	if (size > 3)
		buf_put(&changed, str_make((const char *)data + 3, size - 3));
	check_judged(buf_str(&changed));
	buf_clear(&changed);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	str text = str_make((const char *)data, size);

	clock_set(NOW);
	if (!service) {
		service = mem_alloc(1, sizeof *service);
		inbox_make();
	}
	check_judged(text);
	check_base64(text);
	if (size > 0) {
		check_changed(buf_str(&good), data, size);
		check_changed(buf_str(&access_token), data, size);
	}
	return 0;
}
