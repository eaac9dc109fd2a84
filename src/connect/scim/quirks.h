/* SPDX-License-Identifier: Apache-2.0 */
/* What a service's documentation says and its ServiceProviderConfig does not: plain data, one row a
 * service. */
#ifndef CONNECT_SCIM_QUIRKS_H
#define CONNECT_SCIM_QUIRKS_H

#include "base/str.h"
#include "model/ability.h"

enum paging { PAGING_AUTO, PAGING_INDEX, PAGING_CURSOR, PAGING_NONE };

/* How a resource is changed. */
enum update_style {
	UPDATE_AUTO, /* PATCH where ServiceProviderConfig has it or says nothing, else PUT */
	UPDATE_PATCH,
	UPDATE_PUT, /* read, changed, written back whole */
	UPDATE_PUT_CHANGED, /* only what changed is written */
};

/* Where the members of groups are seen. */
enum members_style {
	MEMBERS_LISTED, /* in the list of groups */
	MEMBERS_EACH, /* in each group read by itself */
	MEMBERS_NEVER, /* nowhere */
};

/* What a filter may look for with eq. */
enum search_by {
	SEARCH_EXTERNALID = 1 << 0,
	SEARCH_USERNAME = 1 << 1,
	SEARCH_DISPLAYNAME = 1 << 2,
	SEARCH_MEMBERS = 1 << 3, /* id eq "g" and members eq "u" */
};

enum quirk_flag {
	QUIRK_NO_CONFIG = 1 << 0, /* no ServiceProviderConfig is asked for */
	QUIRK_NO_GROUPS = 1 << 1,
	QUIRK_NO_CREATE_GROUPS = 1 << 2,
	QUIRK_NO_DELETE_USERS = 1 << 3,
	QUIRK_NO_UPDATE_USERS = 1 << 4, /* only `active` can be changed */
	QUIRK_NO_USER_MARK = 1 << 5, /* externalId of users is not kept */
	QUIRK_NO_GROUP_MARK = 1 << 6,
	/* remove path=members value=[{value}], not members[value eq] */
	QUIRK_REMOVE_BY_VALUE = 1 << 7,
	QUIRK_TEXT_BOOLEANS = 1 << 8, /* "false" for false in PATCH */
	QUIRK_EMPTY_GROUPS = 1 << 9, /* a group is created without members, they follow */
	QUIRK_ID_IS_MARK = 1 << 10, /* the id is the externalId that was given */
	QUIRK_PATCH_ACTIVE = 1 << 11, /* `active` goes by PATCH, whatever the rest goes by */
	QUIRK_NO_BULK = 1 << 12,
	/* excludedAttributes is understood, as RFC 7644 3.9 demands */
	QUIRK_LEAN_LISTS = 1 << 13,
	QUIRK_ROLES_ANNOUNCED = 1 << 14, /* roles are kept in `roles` where /Schemas has it */
};

struct scim_quirks {
	const char *name;
	const char *url; /* what the url looks like, for the manual */
	unsigned flags;
	enum paging paging;
	unsigned page_size; /* asked for; 0: as announced, else 100 */
	unsigned member_chunk; /* members in one request; 0: 100 */
	size_t body_limit; /* bytes of a request; 0: none known */
	enum update_style users, groups;
	enum members_style members;
	unsigned search; /* 0: everything */
	enum role_style roles;
	unsigned in_flight; /* 0: as the sync says */
	double per_second; /* 0: no limit of its own */
	/* canonical paths it takes; NULL: as /Schemas says, else all */
	const char *const *attributes;
	const char *removal; /* what DELETE of a user does there */
};

/* Ends with a nameless row; the first is "generic". */
extern const struct scim_quirks scim_quirks_rows[];
/* The names alone, for the table of settings; ends with NULL. In the same order. */
extern const char *const scim_quirks_names[];
/* What is sent when neither quirks nor /Schemas says otherwise. */
extern const char *const scim_attributes[];

#endif
