/* SPDX-License-Identifier: Apache-2.0 */
/* The tables of what each kind of directory server calls things, and its binary ids as text. */
#include "connect/ldap/server.h"

#include <assert.h>
#include <string.h>

#include "base/clock.h"
#include "model/entry.h"

#define ENTERPRISE ENTERPRISE_URN ":"
#define WORK_EMAIL "emails[type eq \"work\"].value"
#define WORK_PHONE "phoneNumbers[type eq \"work\"].value"
#define WORK_CITY "addresses[type eq \"work\"].locality"

/* inetOrgPerson (RFC 2798) and Active Directory's user. */
const struct server_default server_user_defaults[] = {
	{"userName", "mail", "userPrincipalName", true},
	{"name.givenName", "givenName", "givenName", false},
	{"name.familyName", "sn", "sn", false},
	{"displayName", "displayName", "displayName", false},
	{"displayName", "cn", "cn", false},
	{WORK_EMAIL, "mail", "mail", false},
	{"title", "title", "title", false},
	{WORK_PHONE, "telephoneNumber", "telephoneNumber", false},
	{WORK_CITY, "l", "l", false},
	{"preferredLanguage", "preferredLanguage", "preferredLanguage", false},
	{"userType", "employeeType", "employeeType", false},
	{ENTERPRISE "employeeNumber", NULL, "employeeID", false},
	{ENTERPRISE "employeeNumber", "employeeNumber", "employeeNumber", false},
	{ENTERPRISE "department", "departmentNumber", "department", false},
	{ENTERPRISE "division", NULL, "division", false},
	{ENTERPRISE "organization", "o", "company", false},
	{PATH_MANAGER, "manager", "manager", false},
	{NULL, NULL, NULL, false},
};

static const char *const openldap_locks[] = {"pwdAccountLockedTime", "pwdEndTime", NULL};
static const char *const ds389_locks[] = {"nsAccountLock", NULL};
static const char *const ad_locks[] = {"userAccountControl", "accountExpires", NULL};

#define RFC_GROUPS                                                                                 \
	"(|(objectClass=groupOfNames)(objectClass=groupOfUniqueNames)(objectClass=posixGroup)"     \
	"(objectClass=groupOfMembers))"

static const struct server_facts facts[] = {
	[SERVER_OPENLDAP] = {"openldap", "OpenLDAP", "entryUUID", "(objectClass=inetOrgPerson)",
			     RFC_GROUPS, openldap_locks, "description", "groupOfNames"},
	[SERVER_389DS] = {"389ds", "389 Directory Server", "nsUniqueId",
			  "(|(objectClass=inetOrgPerson)(objectClass=nsPerson))", RFC_GROUPS,
			  ds389_locks, "description", "groupOfNames"},
	/* `description` of an AD group has one value and belongs to people. */
	[SERVER_AD] = {"ad", "Active Directory", "objectGUID",
		       "(&(objectCategory=person)(objectClass=user))", "(objectClass=group)",
		       ad_locks, "adminDescription", "group"},
};

const struct server_facts *server_facts_get(enum server_kind kind)
{
	assert(kind != SERVER_AUTO);
	return &facts[kind];
}

/* Password policy draft 5.3.2: this value means locked by an administrator, for good; other times
 * pass by themselves. */
#define LOCKED_FOR_GOOD "000001010000Z"

enum { ACCOUNT_DISABLED = 2 }; /* userAccountControl, MS-ADTS 2.2.16 */

/* accountExpires: 100 ns since 1601; 0 and the largest number mean never (MS-ADA1 2.1). */
static bool account_has_expired(str value, int64_t now)
{
	const int64_t per_second = 10000000, from_1601_to_1970 = 11644473600;
	int64_t number;

	return str_to_int(value, &number) && number > 0 && number < INT64_MAX &&
	       number / per_second - from_1601_to_1970 <= now;
}

bool server_says_locked(enum server_kind kind, str attribute, str value, int64_t now)
{
	int64_t number;

	switch (kind) {
	case SERVER_OPENLDAP:
		if (str_equal_nocase(attribute, STR("pwdAccountLockedTime")))
			return str_equal(value, STR(LOCKED_FOR_GOOD));
		return str_equal_nocase(attribute, STR("pwdEndTime")) &&
		       clock_parse(value, &number) && number <= now;
	case SERVER_389DS:
		return str_equal_nocase(attribute, STR("nsAccountLock")) &&
		       str_equal_nocase(value, STR("true"));
	case SERVER_AD:
		if (str_equal_nocase(attribute, STR("userAccountControl")))
			return str_to_int(value, &number) && (number & ACCOUNT_DISABLED);
		return str_equal_nocase(attribute, STR("accountExpires")) &&
		       account_has_expired(value, now);
	case SERVER_AUTO:
		break;
	}
	return false;
}

static const struct group_class classes[] = {
	{"groupOfNames", "member", true, false},
	{"groupOfUniqueNames", "uniqueMember", true, false},
	{"groupOfMembers", "member", true, true},
	{"posixGroup", "memberUid", false, true},
	{"group", "member", true, true},
};

const struct group_class *group_class_find(str name)
{
	for (size_t i = 0; i < sizeof classes / sizeof *classes; i++)
		if (str_equal_nocase(name, str_of(classes[i].name)))
			return &classes[i];
	return NULL;
}

bool group_may_be_empty(enum server_kind kind, const struct group_class *class)
{
	/* 389-ds keeps the older schema, in which `member` may be absent. */
	return class->may_be_empty || kind == SERVER_389DS;
}

bool server_is_binary(str attribute)
{
	return str_equal_nocase(attribute, STR("objectGUID")) ||
	       str_equal_nocase(attribute, STR("objectSid"));
}

/* Order of the bytes of a GUID in its text: the first three fields are little-endian
 * (MS-DTYP 2.3.4). */
static const uint8_t guid_order[16] = {3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15};

static bool guid_put_text(str value, struct buf *ret)
{
	if (value.n != 16)
		return false;
	for (size_t i = 0; i < 16; i++) {
		if (i == 4 || i == 6 || i == 8 || i == 10)
			buf_char(ret, '-');
		buf_printf(ret, "%02x", (unsigned char)value.p[guid_order[i]]);
	}
	return true;
}

/* MS-DTYP 2.4.2.2: revision, count, 48 bits big-endian, then `count` 32-bit numbers little-endian.
 */
static bool sid_put_text(str value, struct buf *ret)
{
	const unsigned char *p = (const unsigned char *)value.p;
	uint64_t authority = 0;

	if (value.n < 8 || value.n != 8 + 4 * (size_t)p[1])
		return false;
	for (size_t i = 2; i < 8; i++)
		authority = authority << 8 | p[i];
	buf_printf(ret, "S-%u-%llu", p[0], (unsigned long long)authority);
	for (size_t i = 8; i < value.n; i += 4)
		buf_printf(ret, "-%u",
			   (unsigned)p[i] | (unsigned)p[i + 1] << 8 | (unsigned)p[i + 2] << 16 |
				   (unsigned)p[i + 3] << 24);
	return true;
}

bool server_binary_text(str attribute, str value, struct buf *ret)
{
	if (str_equal_nocase(attribute, STR("objectGUID")))
		return guid_put_text(value, ret);
	return sid_put_text(value, ret);
}

/* 16 when it is none. */
static unsigned guid_hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return (unsigned)(c - '0');
	c = ascii_lower(c);
	return c >= 'a' && c <= 'f' ? (unsigned)(c - 'a') + 10 : 16;
}

/* The 16 bytes behind a GUID's text, in the order of the value; false when it is none. */
static bool guid_bytes(str text, uint8_t ret[16])
{
	uint8_t bytes[16];
	size_t count = 0;

	for (size_t i = 0; i < text.n; i++) {
		unsigned high, low;

		if (text.p[i] == '-')
			continue;
		if (count == 16 || i + 1 == text.n)
			return false;
		high = guid_hex_digit(text.p[i]);
		low = guid_hex_digit(text.p[++i]);
		if (high > 15 || low > 15)
			return false;
		bytes[count++] = (uint8_t)(high << 4 | low);
	}
	for (size_t i = 0; i < 16 && count == 16; i++)
		ret[guid_order[i]] = bytes[i];
	return count == 16;
}

void server_put_id_filter(const char *attribute, str id, struct buf *filter)
{
	uint8_t bytes[16];

	buf_printf(filter, "(%s=", attribute);
	if (str_equal_nocase(str_of(attribute), STR("objectGUID")) && guid_bytes(id, bytes)) {
		for (size_t i = 0; i < sizeof bytes; i++)
			buf_printf(filter, "\\%02x", bytes[i]);
	} else {
		filter_put_value(filter, id);
	}
	buf_char(filter, ')');
}

void filter_put_value(struct buf *filter, str value)
{
	for (size_t i = 0; i < value.n; i++) {
		unsigned char c = (unsigned char)value.p[i];

		if (c < ' ' || c >= 0x7f || strchr("*()\\", c))
			buf_printf(filter, "\\%02x", c);
		else
			buf_char(filter, (char)c);
	}
}
