/* SPDX-License-Identifier: Apache-2.0 */
/* The quirks: numbers and manners from the documentation of each service. */
#include "connect/scim/quirks.h"

#include "model/entry.h"

#define ENTERPRISE(name) ENTERPRISE_URN ":" name
#define TYPED(attribute, type, part) attribute "[type eq \"" type "\"]." part
#define VALUES(attribute, type)                                                                    \
	TYPED(attribute, type, "value"), TYPED(attribute, type, "display"),                        \
		TYPED(attribute, type, "primary")
#define ADDRESS(type)                                                                              \
	TYPED("addresses", type, "formatted"), TYPED("addresses", type, "streetAddress"),          \
		TYPED("addresses", type, "locality"), TYPED("addresses", type, "region"),          \
		TYPED("addresses", type, "postalCode"), TYPED("addresses", type, "country"),       \
		TYPED("addresses", type, "primary")
#define NAME_PARTS                                                                                 \
	"name.formatted", "name.familyName", "name.givenName", "name.middleName",                  \
		"name.honorificPrefix", "name.honorificSuffix"
#define ENTERPRISE_PARTS                                                                           \
	ENTERPRISE("employeeNumber"), ENTERPRISE("costCenter"), ENTERPRISE("organization"),        \
		ENTERPRISE("division"), ENTERPRISE("department"), ENTERPRISE("manager.value")

/* Work comes first: a value without a type goes where the service wants a type. */
const char *const scim_attributes[] = {"userName",
				       "externalId",
				       "displayName",
				       "nickName",
				       "profileUrl",
				       "title",
				       "userType",
				       "preferredLanguage",
				       "locale",
				       "timezone",
				       "active",
				       NAME_PARTS,
				       VALUES("emails", "work"),
				       VALUES("emails", "home"),
				       VALUES("emails", "other"),
				       VALUES("phoneNumbers", "work"),
				       VALUES("phoneNumbers", "mobile"),
				       VALUES("phoneNumbers", "home"),
				       VALUES("phoneNumbers", "fax"),
				       VALUES("phoneNumbers", "pager"),
				       VALUES("phoneNumbers", "other"),
				       ADDRESS("work"),
				       ADDRESS("home"),
				       ADDRESS("other"),
				       TYPED("photos", "photo", "value"),
				       TYPED("photos", "thumbnail", "value"),
				       TYPED("ims", "xmpp", "value"),
				       TYPED("ims", "other", "value"),
				       "entitlements.value",
				       ENTERPRISE_PARTS,
				       NULL};

/* One value of each multi-valued attribute, no photos, ims, certificates, entitlements. */
static const char *const AWS[] = {"userName",
				  "externalId",
				  "displayName",
				  "nickName",
				  "profileUrl",
				  "title",
				  "userType",
				  "preferredLanguage",
				  "locale",
				  "timezone",
				  "active",
				  NAME_PARTS,
				  TYPED("emails", "work", "value"),
				  TYPED("phoneNumbers", "work", "value"),
				  ADDRESS("work"),
				  ENTERPRISE_PARTS,
				  NULL};

static const char *const GITHUB[] = {"userName",
				     "externalId",
				     "displayName",
				     "active",
				     "name.formatted",
				     "name.familyName",
				     "name.givenName",
				     "name.middleName",
				     TYPED("emails", "work", "value"),
				     NULL};

static const char *const GITLAB[] = {"userName",
				     "externalId",
				     "active",
				     "name.formatted",
				     "name.familyName",
				     "name.givenName",
				     TYPED("emails", "work", "value"),
				     NULL};

static const char *const SENTRY[] = {
	"userName",        "active",         TYPED("emails", "work", "value"),
	"name.familyName", "name.givenName", NULL};

static const char *const ZOOM[] = {"userName",
				   "displayName",
				   "active",
				   "name.familyName",
				   "name.givenName",
				   "userType",
				   TYPED("emails", "work", "value"),
				   TYPED("phoneNumbers", "work", "value"),
				   ENTERPRISE("department"),
				   ENTERPRISE("costCenter"),
				   NULL};

#define DELETES "deletes the account"

const struct scim_quirks scim_quirks_rows[] = {
	{.name = "generic",
	 .url = "https://HOST/scim/v2",
	 .flags = QUIRK_LEAN_LISTS | QUIRK_ROLES_ANNOUNCED,
	 .removal = DELETES},
	/* Lists by cursor, 1 to 100 a page; 100 members a request; members are never shown; no
	   PutGroup. */
	{.name = "aws",
	 .url = "https://scim.REGION.amazonaws.com/TENANT/scim/v2",
	 .flags = QUIRK_REMOVE_BY_VALUE | QUIRK_NO_BULK,
	 .paging = PAGING_CURSOR,
	 .page_size = 100,
	 .member_chunk = 100,
	 .users = UPDATE_PATCH,
	 .groups = UPDATE_PATCH,
	 .members = MEMBERS_NEVER,
	 .in_flight = 10,
	 .attributes = AWS,
	 .removal = DELETES},
	/* User writes 180 a minute; a deleted user is a deactivated one. */
	{.name = "slack",
	 .url = "https://api.slack.com/scim/v2",
	 .flags = QUIRK_NO_BULK,
	 .member_chunk = 100,
	 .search = SEARCH_EXTERNALID | SEARCH_USERNAME | SEARCH_DISPLAYNAME,
	 .in_flight = 8,
	 .per_second = 3,
	 .removal = "deactivates the account"},
	/* 1,000 users an hour; roles in `roles`; DELETE cannot be taken back. */
	{.name = "github",
	 .url = "https://api.github.com/scim/v2/enterprises/NAME",
	 .flags = QUIRK_NO_BULK,
	 .page_size = 100,
	 .users = UPDATE_PATCH,
	 .groups = UPDATE_PATCH,
	 .search = SEARCH_EXTERNALID | SEARCH_USERNAME | SEARCH_DISPLAYNAME,
	 .roles = ROLE_USER,
	 .in_flight = 4,
	 .attributes = GITHUB,
	 .removal = "deprovisions the account for good, which cannot be taken back"},
	/* The id is the external uid; PATCH only; no groups. */
	{.name = "gitlab",
	 .url = "https://HOST/api/scim/v2/groups/NAME",
	 .flags = QUIRK_NO_CONFIG | QUIRK_NO_GROUPS | QUIRK_TEXT_BOOLEANS | QUIRK_ID_IS_MARK |
		  QUIRK_NO_BULK,
	 .paging = PAGING_INDEX,
	 .page_size = 20,
	 .users = UPDATE_PATCH,
	 .search = SEARCH_EXTERNALID,
	 .attributes = GITLAB,
	 .removal = "blocks the account"},
	/* A deleted user is deactivated and then answers 404 until it is activated again. */
	{.name = "atlassian",
	 .url = "https://api.atlassian.com/scim/directory/ID",
	 .flags = QUIRK_NO_BULK,
	 .page_size = 100,
	 .search = SEARCH_EXTERNALID | SEARCH_USERNAME | SEARCH_DISPLAYNAME,
	 .in_flight = 8,
	 .removal = "deactivates the account"},
	/* Changes of groups are throttled hard. */
	{.name = "databricks",
	 .url = "https://accounts.cloud.databricks.com/api/2.1/accounts/ID/scim/v2",
	 .flags = QUIRK_NO_BULK,
	 .page_size = 100,
	 .in_flight = 4,
	 .removal = DELETES},
	/* Groups are roles; one comparison a filter; 500 requests at once in an account. */
	{.name = "snowflake",
	 .url = "https://ACCOUNT.snowflakecomputing.com/scim/v2",
	 .flags = QUIRK_NO_BULK,
	 .search = SEARCH_EXTERNALID | SEARCH_USERNAME | SEARCH_DISPLAYNAME,
	 .removal = "disables and drops the account"},
	/* PATCH of a user only switches it on and off; PUT takes what changed; 100,000 characters.
	 */
	{.name = "zoom",
	 .url = "https://api.zoom.us/scim2",
	 .flags = QUIRK_PATCH_ACTIVE | QUIRK_NO_USER_MARK | QUIRK_NO_GROUP_MARK | QUIRK_NO_BULK,
	 .page_size = 100,
	 .body_limit = 100000,
	 .users = UPDATE_PUT_CHANGED,
	 .groups = UPDATE_PATCH,
	 .search = SEARCH_USERNAME | SEARCH_DISPLAYNAME,
	 .in_flight = 2,
	 .per_second = 1,
	 .attributes = ZOOM,
	 .removal = DELETES},
	/* Teams are the groups; of a member only `active` and the role can change. */
	{.name = "sentry",
	 .url = "https://sentry.io/api/0/organizations/NAME/scim/v2",
	 .flags = QUIRK_NO_UPDATE_USERS | QUIRK_NO_USER_MARK | QUIRK_NO_GROUP_MARK | QUIRK_NO_BULK,
	 .page_size = 100,
	 .users = UPDATE_PATCH,
	 .groups = UPDATE_PATCH,
	 .search = SEARCH_USERNAME | SEARCH_DISPLAYNAME,
	 .in_flight = 4,
	 .attributes = SENTRY,
	 .removal = "removes the member from the organization"},
	/* Neither paging, sorting, Bulk, ETag nor PUT. */
	{.name = "google",
	 .url = "https://cloudidentity.googleapis.com/v1beta1/tenants/ID/scim/v2",
	 .flags = QUIRK_NO_BULK,
	 .paging = PAGING_NONE,
	 .users = UPDATE_PATCH,
	 .groups = UPDATE_PATCH,
	 .removal = DELETES},
	/* 8,000 members or 800,000 bytes a request; groups may be listed 5 times in 30 s. */
	{.name = "miro",
	 .url = "https://miro.com/api/v1/scim",
	 .flags = QUIRK_NO_BULK | QUIRK_NO_CREATE_GROUPS | QUIRK_NO_GROUP_MARK,
	 .page_size = 1000,
	 .member_chunk = 5000,
	 .body_limit = 800000,
	 .in_flight = 4,
	 .removal = DELETES},
	/* 5 requests a second. */
	{.name = "zscaler",
	 .url = "https://zsapi.HOST.net/TENANT/scim",
	 .flags = QUIRK_NO_BULK,
	 .page_size = 100,
	 .in_flight = 4,
	 .per_second = 5,
	 .removal = DELETES},
	/* Microsoft's own SCIM API: strict PATCH, each call is billed. */
	{.name = "entra",
	 .url = "https://graph.microsoft.com/rp/scim",
	 .flags = QUIRK_NO_BULK,
	 .page_size = 100,
	 .users = UPDATE_PATCH,
	 .groups = UPDATE_PATCH,
	 .in_flight = 8,
	 .removal = "moves the account to the deleted ones, from where it is gone after 30 days"},
	/* Members by PATCH only. */
	{.name = "keycloak",
	 .url = "https://HOST/realms/REALM/scim/v2",
	 .page_size = 100,
	 .groups = UPDATE_PATCH,
	 .removal = DELETES},
	{.name = NULL}};

const char *const scim_quirks_names[] = {
	"generic", "aws",    "slack",  "github", "gitlab",  "atlassian", "databricks", "snowflake",
	"zoom",    "sentry", "google", "miro",   "zscaler", "entra",     "keycloak",   NULL};
