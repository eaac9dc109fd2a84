/* SPDX-License-Identifier: Apache-2.0 */
/* Keys of distinguished names: one pass for the plain ones, libldap's parser for those with escapes
 * and plus signs. */
#include "connect/ldap/session/dn.h"

#include <ldap.h>
#include <stdlib.h>
#include <string.h>

#include "base/unicode.h"

/* Names and OIDs of the types that RFC 4514 3 and RFC 4519 put into DNs; servers and people write
 * any of them. */
static const struct {
	const char *met, *name;
} types[] = {
	{"commonname", "cn"},
	{"surname", "sn"},
	{"countryname", "c"},
	{"localityname", "l"},
	{"stateorprovincename", "st"},
	{"streetaddress", "street"},
	{"organizationname", "o"},
	{"organizationalunitname", "ou"},
	{"domaincomponent", "dc"},
	{"userid", "uid"},
	{"rfc822mailbox", "mail"},
	{"emailaddress", "email"},
	{"gn", "givenname"},
	{"2.5.4.3", "cn"},
	{"2.5.4.4", "sn"},
	{"2.5.4.5", "serialnumber"},
	{"2.5.4.6", "c"},
	{"2.5.4.7", "l"},
	{"2.5.4.8", "st"},
	{"2.5.4.9", "street"},
	{"2.5.4.10", "o"},
	{"2.5.4.11", "ou"},
	{"2.5.4.12", "title"},
	{"2.5.4.42", "givenname"},
	{"0.9.2342.19200300.100.1.1", "uid"},
	{"0.9.2342.19200300.100.1.3", "mail"},
	{"0.9.2342.19200300.100.1.25", "dc"},
	{"1.2.840.113549.1.9.1", "email"},
};

/* Replaces the lower-cased type that begins at `start` by its short name. */
static void key_shorten_type(struct buf *key, size_t start)
{
	str met = str_make(key->p + start, key->n - start);

	if (str_starts(met, STR("oid.")))
		met = str_slice(met, 4, met.n);
	for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
		if (str_equal(met, str_of(types[i].met))) {
			buf_cut(key, start);
			buf_text(key, types[i].name);
			return;
		}
	}
}

static bool dn_is_type_char(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       c == '-';
}

/* Takes "type =" off the front; false when it is not of the plain sort. */
static bool key_put_plain_type(str dn, size_t *at, struct buf *key)
{
	size_t i = *at, start = key->n;

	while (i < dn.n && dn.p[i] == ' ')
		i++;
	while (i < dn.n && dn_is_type_char(dn.p[i]))
		buf_char(key, ascii_lower(dn.p[i++]));
	/* OIDs are for the parser. */
	if (key->n == start || key->p[start] < 'a')
		return false;
	while (i < dn.n && dn.p[i] == ' ')
		i++;
	if (i == dn.n || dn.p[i] != '=')
		return false;
	*at = i + 1;
	/* No name in the table is shorter, but for `gn`. */
	if (key->n - start > 5 || key->p[start] == 'g')
		key_shorten_type(key, start);
	buf_char(key, '=');
	return true;
}

/* Needs thought: controls, letters beyond ASCII, and what is special in a DN. */
static bool dn_is_awkward(unsigned char c)
{
	switch (c) {
	case '\\':
	case '"':
	case '+':
	case ';':
	case '<':
	case '>':
		return true;
	default:
		return c < ' ' || c >= 0x7f;
	}
}

/* Copies a value up to the next comma; false when it holds anything awkward. */
static bool key_put_plain_value(str dn, size_t *at, struct buf *key)
{
	size_t i = *at, start = key->n, n = start;
	bool blank = false;
	char *out;

	/* A value never grows; a type may (`gn` is `givenname`), so the room is made for each anew.
	 */
	buf_reserve(key, dn.n - i);
	out = key->p;
	for (; i < dn.n && dn.p[i] != ','; i++) {
		char c = dn.p[i];

		if (dn_is_awkward((unsigned char)c) || (c == '#' && n == start))
			return false;
		if (c == ' ') {
			blank = n > start;
			continue;
		}
		if (blank)
			out[n++] = ' ';
		blank = false;
		out[n++] = ascii_lower(c);
	}
	*at = i;
	buf_cut(key, n);
	return n > start;
}

/* False when the name is not plain: then it is for the parser to say whether it is a name at all.
 */
static bool key_put_plain(str dn, struct buf *key)
{
	size_t at = 0;

	while (at < dn.n) {
		if (!key_put_plain_type(dn, &at, key) || !key_put_plain_value(dn, &at, key))
			return false;
		if (at == dn.n)
			return true;
		buf_char(key, ',');
		at++;
	}
	return false;
}

static void key_put_escaped(struct buf *key, str value)
{
	for (size_t i = 0; i < value.n; i++) {
		unsigned char c = (unsigned char)value.p[i];

		if (c < ' ' || c == 0x7f || strchr("\\\"+;<>,", c) || (c == '#' && i == 0))
			buf_printf(key, "\\%02x", c);
		else
			buf_char(key, (char)c);
	}
}

/* Folds case and blanks. */
static void key_put_value(struct buf *key, str value)
{
	char *folded = mem_alloc(value.n + 1, 1);
	size_t n = 0;

	text_fold(value, folded);
	for (size_t i = 0; i < value.n; i++)
		if (folded[i] != ' ' || (n && folded[n - 1] != ' '))
			folded[n++] = folded[i];
	if (n && folded[n - 1] == ' ')
		n--;
	key_put_escaped(key, str_make(folded, n));
	free(folded);
}

/* A value in the form #HEX is BER; of the string types only the text matters. */
static str ava_ber_text(str value)
{
	static const char tags[] = {0x04, 0x0c, 0x13, 0x14, 0x16};

	if (value.n >= 2 && memchr(tags, value.p[0], sizeof tags) &&
	    (unsigned char)value.p[1] < 0x80 && (size_t)value.p[1] == value.n - 2)
		return str_slice(value, 2, value.n);
	return (str){NULL, 0};
}

static str ava_text(const LDAPAVA *ava)
{
	return str_make(ava->la_value.bv_val, ava->la_value.bv_len);
}

static void key_put_ava(struct buf *key, const LDAPAVA *ava)
{
	size_t start = key->n;
	str value = ava_text(ava);

	for (size_t i = 0; i < ava->la_attr.bv_len; i++)
		buf_char(key, ascii_lower(ava->la_attr.bv_val[i]));
	key_shorten_type(key, start);
	buf_char(key, '=');
	if ((ava->la_flags & LDAP_AVA_BINARY) && !ava_ber_text(value).p) {
		buf_char(key, '#');
		for (size_t i = 0; i < value.n; i++)
			buf_printf(key, "%02x", (unsigned char)value.p[i]);
		return;
	}
	key_put_value(key, ava->la_flags & LDAP_AVA_BINARY ? ava_ber_text(value) : value);
}

enum { PARTS_LIMIT = 64 };

static int rdn_compare_parts(const void *a, const void *b)
{
	const struct buf *x = a, *y = b;

	return str_compare(buf_str(x), buf_str(y));
}

static bool key_put_rdn(struct buf *key, LDAPRDN rdn)
{
	struct buf parts[PARTS_LIMIT] = {{0}};
	size_t count = 0;

	/* libldap reads "#" and a blank as bytes of no length, which cannot be written. */
	for (; rdn[count]; count++)
		if (count == PARTS_LIMIT ||
		    ((rdn[count]->la_flags & LDAP_AVA_BINARY) && !rdn[count]->la_value.bv_len))
			return false;
	for (size_t i = 0; i < count; i++)
		key_put_ava(&parts[i], rdn[i]);
	qsort(parts, count, sizeof *parts, rdn_compare_parts);
	for (size_t i = 0; i < count; i++) {
		if (i)
			buf_char(key, '+');
		buf_put(key, buf_str(&parts[i]));
		buf_clear(&parts[i]);
	}
	return true;
}

/* libldap wants its text NUL-terminated. The older form (RFC 1779: quotes, semicolons) is the
 * second try. */
static bool dn_parse(str dn, LDAPDN *ret)
{
	char *text;
	int code;

	if (dn.n > DN_LIMIT || (dn.n && memchr(dn.p, '\0', dn.n)))
		return false;
	text = mem_alloc(dn.n + 1, 1);
	if (dn.n)
		memcpy(text, dn.p, dn.n);
	code = ldap_str2dn(text, ret, LDAP_DN_FORMAT_LDAPV3);
	if (code != LDAP_SUCCESS)
		code = ldap_str2dn(text, ret, LDAP_DN_FORMAT_LDAPV2);
	free(text);
	return code == LDAP_SUCCESS;
}

bool dn_key_parsed(str dn, struct buf *key)
{
	size_t start = key->n;
	LDAPDN parsed = NULL;
	bool good = dn_parse(dn, &parsed);

	for (size_t i = 0; good && parsed && parsed[i]; i++) {
		if (i)
			buf_char(key, ',');
		good = key_put_rdn(key, parsed[i]);
	}
	ldap_dnfree(parsed);
	if (!good)
		buf_cut(key, start);
	return good;
}

bool dn_key(str dn, struct buf *key)
{
	size_t start = key->n;

	if (dn.n > DN_LIMIT)
		return false;
	buf_reserve(key, dn.n + 1);
	if (key_put_plain(dn, key))
		return true;
	buf_cut(key, start);
	return dn_key_parsed(dn, key);
}

void dn_put_value(struct buf *b, str value)
{
	for (size_t i = 0; i < value.n; i++) {
		unsigned char c = (unsigned char)value.p[i];
		bool edge = i == 0 || i + 1 == value.n;

		if (c < ' ' || c == 0x7f)
			buf_printf(b, "\\%02X", c);
		else if (strchr("\\\"+;<>,=", c) || (c == '#' && i == 0) || (c == ' ' && edge))
			buf_printf(b, "\\%c", c);
		else
			buf_char(b, (char)c);
	}
}

str dn_parent(str dn)
{
	bool quoted = false;

	for (size_t i = 0; i < dn.n; i++) {
		if (dn.p[i] == '\\')
			i++;
		else if (dn.p[i] == '"')
			quoted = !quoted;
		else if ((dn.p[i] == ',' || dn.p[i] == ';') && !quoted)
			return str_trim(str_slice(dn, i + 1, dn.n));
	}
	return STR("");
}

bool dn_first(str dn, struct arena *arena, str *ret_type, str *ret_value)
{
	LDAPDN parsed = NULL;

	if (!dn_parse(dn, &parsed))
		return false;
	if (!parsed || !parsed[0] || !parsed[0][0]) {
		ldap_dnfree(parsed);
		return false;
	}
	*ret_type = arena_str(arena,
			      str_make(parsed[0][0]->la_attr.bv_val, parsed[0][0]->la_attr.bv_len));
	*ret_value = arena_str(arena, ava_text(parsed[0][0]));
	ldap_dnfree(parsed);
	return true;
}
