/* SPDX-License-Identifier: Apache-2.0 */
/* What of a service's own words may be shown: no secret of the call, and no link. */
#include "lib/unit.h"

#include "connect/team/call/internal.h"

typedef void scrub_function(str text, const struct values *values, struct buf *out);

static void assert_scrubbed(scrub_function *scrub, const char *text, const char *wanted)
{
	struct values outer = {0}, values = {.outer = &outer};
	struct buf b = {0};

	values_put(&outer, STR("code"), STR("s3cret"));
	outer.items.items[0].secret = true;
	values_put(&values, STR("id"), STR("u-17"));
	values_put(&values, STR("pin"), STR("123"));
	values.items.items[1].secret = true;
	scrub(str_of(text), &values, &b);
	assert_string_equal(b.n ? b.p : "", wanted);
	buf_clear(&b);
	list_clear(&values.items);
	list_clear(&outer.items);
}

static void test_texts_of_a_service(void **state)
{
	(void)state;
	assert_scrubbed(text_scrub, "no u-17 here", "no u-17 here");
	assert_scrubbed(text_scrub, "s3cret, xs3crets3cretx", "..., x......x");
	assert_scrubbed(text_scrub, "go to \"HTTPS://a.example/join?t=s3cret\" now",
			"go to \"(a link)\" now");
	/* So short a secret would hide half of every text. */
	assert_scrubbed(text_scrub, "error 1234", "error 1234");
	assert_scrubbed(text_scrub, "", "");
}

static void test_texts_of_the_client(void **state)
{
	(void)state;
	assert_scrubbed(text_scrub_secrets, "POST https://a.example/join?t=s3cret: refused",
			"POST https://a.example/join?t=...: refused");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_texts_of_a_service),
		cmocka_unit_test(test_texts_of_the_client),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
