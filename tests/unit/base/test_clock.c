/* SPDX-License-Identifier: Apache-2.0 */
/* Times read and written: both forms, zones, calendars, and what is no time. */
#include "lib/unit.h"

#include "base/clock.h"

static void test_parse(void **state)
{
	static const struct {
		const char *text;
		int64_t seconds;
	} rows[] = {
		{"1970-01-01T00:00:00Z", 0},
		{"2026-11-20T08:15:00Z", 1795162500},
		{"2026-11-20T08:15:00.123456789Z", 1795162500},
		{"2026-11-20T09:15:00+01:00", 1795162500},
		{"2026-11-20T03:45:00-04:30", 1795162500},
		{"2026-11-20T09:15:00+0100", 1795162500},
		{"2026-11-20T08:15:00z", 1795162500},
		{"20261120081500Z", 1795162500},
		{"20261120081500.0Z", 1795162500},
		{"20261120081500,5Z", 1795162500},
		{"20261120091500+0100", 1795162500},
		{"20261120091500+01", 1795162500},
		{"202611200815Z", 1795162500},
		{"2026112008Z", 1795161600},
		{"2024-02-29T00:00:00Z", 1709164800},
		{"2000-02-29T12:00:00Z", 951825600},
		{"1969-12-31T23:59:59Z", -1},
		{"1601-01-01T00:00:00Z", -11644473600},
		{"9999-12-31T23:59:59Z", 253402300799},
		{"2016-12-31T23:59:60Z", 1483228800},
		{"2026-11-20T24:00:00Z", 1795219200},
	};
	int64_t seconds;

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		seconds = 42;
		if (!clock_parse(str_of(rows[i].text), &seconds))
			fail_msg("%s is not read", rows[i].text);
		if (seconds != rows[i].seconds)
			fail_msg("%s is read as %lld", rows[i].text, (long long)seconds);
	}
}

static void test_parse_refuses(void **state)
{
	static const char *const rows[] = {
		"",
		"never",
		"2026",
		"2026-11-20",
		"2026-11-20T08:15:00",
		"2026-11-20 08:15:00Z",
		"2026-11-20T08:15Z",
		"2026-1-20T08:15:00Z",
		"2026-13-20T08:15:00Z",
		"2026-00-20T08:15:00Z",
		"2026-11-00T08:15:00Z",
		"2026-11-31T08:15:00Z",
		"2026-02-29T08:15:00Z",
		"1900-02-29T08:15:00Z",
		"2026-11-20T25:00:00Z",
		"2026-11-20T24:00:01Z",
		"2026-11-20T08:60:00Z",
		"2026-11-20T08:15:61Z",
		"2026-11-20T08:15:00.Z",
		"2026-11-20T08:15:00Zz",
		"2026-11-20T08:15:00+1:00",
		"2026-11-20T08:15:00+15:00",
		"2026-11-20T08:15:00+01:60",
		"2026-11-20T08:15:00+",
		"20261120081500",
		"202611200815001Z",
		"20261131081500Z",
		"2026112O081500Z",
		"-026-11-20T08:15:00Z",
	};
	int64_t seconds = 42;

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		if (clock_parse(str_of(rows[i]), &seconds))
			fail_msg("'%s' is read", rows[i]);
	assert_int_equal(seconds, 42);
}

static void test_write(void **state)
{
	char iso[CLOCK_ISO_SIZE], date[11];

	(void)state;
	clock_iso(1795162500, iso);
	assert_string_equal(iso, "2026-11-20T08:15:00Z");
	clock_date(1795162500, date);
	assert_string_equal(date, "2026-11-20");
	clock_iso(-1, iso);
	assert_string_equal(iso, "1969-12-31T23:59:59Z");
	clock_iso(INT64_MAX, iso);
	assert_string_equal(iso, "");
	clock_iso(253402300800, iso);
	assert_string_equal(iso, "");
	clock_iso(-62167219200, iso);
	assert_string_equal(iso, "0000-01-01T00:00:00Z");
	clock_iso(-62167219201, iso);
	assert_string_equal(iso, "");
	clock_iso(INT64_MIN, iso);
	assert_string_equal(iso, "");
	clock_date(INT64_MAX, date);
	assert_string_equal(date, "");
}

static void test_round_trip(void **state)
{
	char iso[CLOCK_ISO_SIZE];
	int64_t back;

	(void)state;
	for (int64_t t = -62167219200; t < 253402300800; t += 86400 * 37 + 3601) {
		clock_iso(t, iso);
		assert_true(clock_parse(str_of(iso), &back));
		assert_int_equal(back, t);
	}
}

static void test_the_clock_can_be_set(void **state)
{
	int64_t before = clock_now(), ticks;

	(void)state;
	clock_set(1000);
	assert_int_equal(clock_now(), 1000);
	clock_set(0);
	assert_true(clock_now() >= before);
	ticks = clock_ticks();
	clock_sleep(5);
	assert_true(clock_ticks() >= ticks + 4);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_parse),
		cmocka_unit_test(test_parse_refuses),
		cmocka_unit_test(test_write),
		cmocka_unit_test(test_round_trip),
		cmocka_unit_test(test_the_clock_can_be_set),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
