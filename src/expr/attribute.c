/* SPDX-License-Identifier: Apache-2.0 */
/* RFC 7643 4.1 to 4.3 and 3.1 as one table. */
#include "expr/attribute.h"

#include "model/entry.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))
#define PARTS(array) .type = ATTRIBUTE_COMPLEX, .parts = (array), .part_count = COUNT(array)

static const struct attribute NAME_PARTS[] = {
	{.name = "formatted"},  {.name = "familyName"},      {.name = "givenName"},
	{.name = "middleName"}, {.name = "honorificPrefix"}, {.name = "honorificSuffix"},
};
static const struct attribute PLURAL_PARTS[] = {
	{.name = "value"},
	{.name = "display"},
	{.name = "type"},
	{.name = "primary", .type = ATTRIBUTE_BOOLEAN},
	{.name = "$ref", .type = ATTRIBUTE_REFERENCE, .exact = true},
};
static const struct attribute PHOTO_PARTS[] = {
	{.name = "value", .type = ATTRIBUTE_REFERENCE},
	{.name = "display"},
	{.name = "type"},
	{.name = "primary", .type = ATTRIBUTE_BOOLEAN},
};
static const struct attribute CERTIFICATE_PARTS[] = {
	{.name = "value", .type = ATTRIBUTE_BINARY, .exact = true},
	{.name = "display"},
	{.name = "type"},
	{.name = "primary", .type = ATTRIBUTE_BOOLEAN},
};
static const struct attribute ADDRESS_PARTS[] = {
	{.name = "formatted"},  {.name = "streetAddress"},
	{.name = "locality"},   {.name = "region"},
	{.name = "postalCode"}, {.name = "country"},
	{.name = "type"},       {.name = "primary", .type = ATTRIBUTE_BOOLEAN},
};
static const struct attribute LINK_PARTS[] = {
	{.name = "value"},
	{.name = "$ref", .type = ATTRIBUTE_REFERENCE, .exact = true},
	{.name = "display"},
	{.name = "type"},
};
static const struct attribute META_PARTS[] = {
	{.name = "resourceType", .exact = true},
	{.name = "created", .type = ATTRIBUTE_DATE, .exact = true},
	{.name = "lastModified", .type = ATTRIBUTE_DATE, .exact = true},
	{.name = "location", .type = ATTRIBUTE_REFERENCE, .exact = true},
	{.name = "version", .exact = true},
};
static const struct attribute MANAGER_PARTS[] = {
	{.name = "value"},
	{.name = "$ref", .type = ATTRIBUTE_REFERENCE, .exact = true},
	{.name = "displayName"},
};

static const struct attribute CORE[] = {
	{.name = "schemas",
	 .urn = "",
	 .type = ATTRIBUTE_REFERENCE,
	 .multiple = true,
	 .exact = true},
	{.name = "id", .urn = "", .exact = true},
	{.name = "externalId", .urn = "", .exact = true},
	{.name = "meta", .urn = "", PARTS(META_PARTS)},
	{.name = "userName", .urn = ""},
	{.name = "name", .urn = "", PARTS(NAME_PARTS)},
	{.name = "displayName", .urn = ""},
	{.name = "nickName", .urn = ""},
	{.name = "profileUrl", .urn = "", .type = ATTRIBUTE_REFERENCE},
	{.name = "title", .urn = ""},
	{.name = "userType", .urn = ""},
	{.name = "preferredLanguage", .urn = ""},
	{.name = "locale", .urn = ""},
	{.name = "timezone", .urn = ""},
	{.name = "active", .urn = "", .type = ATTRIBUTE_BOOLEAN},
	{.name = "password", .urn = "", .secret = true},
	{.name = "emails", .urn = "", .multiple = true, PARTS(PLURAL_PARTS)},
	{.name = "phoneNumbers", .urn = "", .multiple = true, PARTS(PLURAL_PARTS)},
	{.name = "ims", .urn = "", .multiple = true, PARTS(PLURAL_PARTS)},
	{.name = "photos", .urn = "", .multiple = true, PARTS(PHOTO_PARTS)},
	{.name = "addresses", .urn = "", .multiple = true, PARTS(ADDRESS_PARTS)},
	{.name = "groups", .urn = "", .multiple = true, PARTS(LINK_PARTS)},
	{.name = "entitlements", .urn = "", .multiple = true, PARTS(PLURAL_PARTS)},
	{.name = "roles", .urn = "", .multiple = true, PARTS(PLURAL_PARTS)},
	{.name = "x509Certificates", .urn = "", .multiple = true, PARTS(CERTIFICATE_PARTS)},
	{.name = "members", .urn = "", .multiple = true, PARTS(LINK_PARTS)},
};
static const struct attribute ENTERPRISE[] = {
	{.name = "employeeNumber", .urn = ENTERPRISE_URN},
	{.name = "costCenter", .urn = ENTERPRISE_URN},
	{.name = "organization", .urn = ENTERPRISE_URN},
	{.name = "division", .urn = ENTERPRISE_URN},
	{.name = "department", .urn = ENTERPRISE_URN},
	{.name = "manager", .urn = ENTERPRISE_URN, PARTS(MANAGER_PARTS)},
};
static const char *const SCHEMAS[] = {CORE_USER_URN, CORE_GROUP_URN, ENTERPRISE_URN};

static const struct attribute *find_in(const struct attribute *rows, size_t count, str name)
{
	for (size_t i = 0; i < count; i++)
		if (str_equal_nocase(str_of(rows[i].name), name))
			return &rows[i];
	return NULL;
}

const struct attribute *attribute_find(str urn, str name)
{
	const struct attribute *found = NULL;

	if (urn.n == 0 || str_equal_nocase(urn, STR(CORE_USER_URN)) ||
	    str_equal_nocase(urn, STR(CORE_GROUP_URN)))
		found = find_in(CORE, COUNT(CORE), name);
	if (!found && (urn.n == 0 || str_equal_nocase(urn, STR(ENTERPRISE_URN))))
		found = find_in(ENTERPRISE, COUNT(ENTERPRISE), name);
	return found;
}

const struct attribute *attribute_find_part(const struct attribute *of, str name)
{
	return find_in(of->parts, of->part_count, name);
}

static void guess_in(const struct attribute *rows, size_t count, str name, size_t *best,
		     const char **guess)
{
	for (size_t i = 0; i < count; i++)
		if (str_nearer(name, str_of(rows[i].name), best))
			*guess = rows[i].name;
}

const char *attribute_guess(const struct attribute *of, str name, size_t *best)
{
	const char *guess = NULL;

	if (of) {
		guess_in(of->parts, of->part_count, name, best, &guess);
		return guess;
	}
	guess_in(CORE, COUNT(CORE), name, best, &guess);
	guess_in(ENTERPRISE, COUNT(ENTERPRISE), name, best, &guess);
	return guess;
}

const char *schema_find(str urn)
{
	for (size_t i = 0; i < COUNT(SCHEMAS); i++)
		if (str_equal_nocase(str_of(SCHEMAS[i]), urn))
			return SCHEMAS[i];
	return NULL;
}
