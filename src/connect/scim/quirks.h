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

enum profile_flag {
	PROFILE_NO_CONFIG = 1 << 0, /* no ServiceProviderConfig is asked for */
	PROFILE_NO_GROUPS = 1 << 1,
	PROFILE_NO_CREATE_GROUPS = 1 << 2,
	PROFILE_NO_DELETE_USERS = 1 << 3,
	PROFILE_NO_UPDATE_USERS = 1 << 4, /* only `active` can be changed */
	PROFILE_NO_USER_MARK = 1 << 5, /* externalId of users is not kept */
	PROFILE_NO_GROUP_MARK = 1 << 6,
	/* remove path=members value=[{value}], not members[value eq] */
	PROFILE_REMOVE_BY_VALUE = 1 << 7,
	PROFILE_TEXT_BOOLEANS = 1 << 8, /* "false" for false in PATCH */
	PROFILE_EMPTY_GROUPS = 1 << 9, /* a group is created without members, they follow */
	PROFILE_ID_IS_MARK = 1 << 10, /* the id is the externalId that was given */
	PROFILE_PATCH_ACTIVE = 1 << 11, /* `active` goes by PATCH, whatever the rest goes by */
	PROFILE_NO_BULK = 1 << 12,
	/* excludedAttributes is understood, as RFC 7644 3.9 demands */
	PROFILE_LEAN_LISTS = 1 << 13,
	PROFILE_ROLES_ANNOUNCED = 1 << 14, /* roles are kept in `roles` where /Schemas has it */
};

struct scim_profile {
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
extern const struct scim_profile scim_profiles[];
/* The names alone, for the table of settings; ends with NULL. In the same order. */
extern const char *const scim_profile_names[];
/* What is sent when neither profile nor /Schemas says otherwise. */
extern const char *const scim_attributes[];

#endif
