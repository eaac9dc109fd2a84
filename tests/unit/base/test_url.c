/* SPDX-License-Identifier: Apache-2.0 */
/* URLs at their edges: user names, ports, brackets, slashes; origins, resolving and escaping. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "base/url.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

static void test_parse(void **state)
{
	static const struct {
		const char *text, *scheme, *host;
		unsigned port;
		bool has_port, has_user;
	} rows[] = {
		{"https://crm.example.com/scim/v2", "https", "crm.example.com", 443, false, false},
		{"HTTP://H.example:8080?x", "http", "H.example", 8080, true, false},
		{"https://h", "https", "h", 443, false, false},
		{"https://h:", "https", "h", 443, false, false},
		{"https://h:443/", "https", "h", 443, true, false},
		{"https://u:secret@h/", "https", "h", 443, false, true},
		{"https://u@h", "https", "h", 443, false, true},
		{"https://@h", "https", "h", 443, false, true},
		{"https://h\\@other/", "https", "other", 443, false, true},
		{"https://h?@other/", "https", "h", 443, false, false},
		{"https://h#@other/", "https", "h", 443, false, false},
		{"https://h/a@b", "https", "h", 443, false, false},
		{"http://[::1]:80/", "http", "::1", 80, true, false},
		{"http://[0:0:0:0:0:0:0:1]/", "http", "::1", 80, false, false},
		{"http://127.1/", "http", "127.0.0.1", 80, false, false},
		{"ldaps://ldap.example.com", "ldaps", "ldap.example.com", 636, false, false},
		{"ldap://h:3389/", "ldap", "h", 3389, true, false},
		{"ldapi:///", "ldapi", "", 0, false, false},
		{"ldapi://%2Frun%2Fslapd%2Fldapi", "ldapi", "", 0, false, false},
		{"ftp://x", "ftp", "x", 21, false, false},
		{"https:///x", "https", "", 443, false, false},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct url url;

		if (!url_parse(str_of(rows[i].text), &url) ||
		    strcmp(url.scheme, rows[i].scheme) != 0 ||
		    strcmp(url.host, rows[i].host) != 0 || url.port != rows[i].port ||
		    url.has_port != rows[i].has_port || url.has_user != rows[i].has_user)
			fail_msg("%s: %s, %s, %u, %d, %d", rows[i].text, url.scheme, url.host,
				 url.port, url.has_port, url.has_user);
	}
}

static void test_no_url(void **state)
{
	static const char *const texts[] = {
		"",
		"crm.example.com",
		"/path",
		"https:/h",
		"mailto:a@b",
		"https://h:99999",
		"https://h:0/",
		"https://h:1:2/",
		"http://:80",
		"http://a b/",
		"http://a<b",
		"http://h/a\nb",
		"http://[::1",
		"https:h",
		"//h/x",
	};
	struct url url;

	(void)state;
	for (size_t i = 0; i < COUNT(texts); i++)
		if (url_parse(str_of(texts[i]), &url))
			fail_msg("'%s' was taken for a URL", texts[i]);
	assert_false(url_parse(STR("http://a\0b"), &url));
}

static void test_origins(void **state)
{
	static const struct {
		const char *a, *b;
		bool same;
	} rows[] = {
		{"https://h/x", "https://H:443/y?z", true},
		{"https://h", "http://h", false},
		{"https://h", "https://h:444", false},
		{"https://h", "https://h.other", false},
		{"http://[::1]:80", "http://[0::1]/", true},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct url a, b;

		assert_true(url_parse(str_of(rows[i].a), &a));
		assert_true(url_parse(str_of(rows[i].b), &b));
		if (url_same_origin(&a, &b) != rows[i].same)
			fail_msg("%s, %s", rows[i].a, rows[i].b);
	}
}

static void test_local(void **state)
{
	static const struct {
		const char *text;
		bool local;
	} rows[] = {
		{"http://localhost", true},
		{"http://LocalHost:1", true},
		{"http://127.0.0.1", true},
		{"http://127.9.8.7:80/x", true},
		{"http://127.example.com", false},
		{"http://127.0.0.1.example.com", false},
		{"http://[::1]", true},
		{"ldapi:///", true},
		{"ldapi://%2Fx", true},
		{"ldap://ldap.example.com", false},
		{"http://128.0.0.1", false},
		{"http://[::2]", false},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct url url;

		if (!url_parse(str_of(rows[i].text), &url) || url_is_local(&url) != rows[i].local)
			fail_msg("%s", rows[i].text);
	}
}

static void test_resolve(void **state)
{
	static const char base[] = "https://h:8443/v1/users?page=1";
	static const struct {
		const char *reference, *whole;
	} rows[] = {
		{"https://other/%2f?a=b", "https://other/%2f?a=b"},
		{"/v1/users?page=2", "https://h:8443/v1/users?page=2"},
		{"?page=2", "https://h:8443/v1/users?page=2"},
		{"groups", "https://h:8443/v1/groups"},
		{"//other/x", "https://other/x"},
		{"../token", "https://h:8443/token"},
	};
	struct buf out = {0};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		buf_reset(&out);
		assert_true(url_resolve(STR(base), str_of(rows[i].reference), &out));
		assert_string_equal(out.p, rows[i].whole);
	}
	buf_reset(&out);
	assert_false(url_resolve(STR("no url"), STR("/x"), &out));
	assert_int_equal(out.n, 0);
	buf_clear(&out);
}

static void test_escape(void **state)
{
	struct buf out = {0};

	(void)state;
	url_escape(STR("a-z_0.9~ /?&=+%\"\xc3\xa9"), &out);
	assert_string_equal(out.p, "a-z_0.9~%20%2F%3F%26%3D%2B%25%22%C3%A9");
	buf_clear(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_parse),   cmocka_unit_test(test_no_url),
		cmocka_unit_test(test_origins), cmocka_unit_test(test_local),
		cmocka_unit_test(test_resolve), cmocka_unit_test(test_escape),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
