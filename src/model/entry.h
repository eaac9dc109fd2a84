/* SPDX-License-Identifier: Apache-2.0 */
/* The words of the house, after the SCIM core schema (RFC 7643): users, groups, memberships,
 * invitations. */
#ifndef MODEL_ENTRY_H
#define MODEL_ENTRY_H

#include "base/str.h"

enum entry_kind { ENTRY_USER, ENTRY_GROUP };

/*
 * A field is one value of one attribute. Its name is a canonical SCIM path (expr/path.h):
 * `userName`, `name.givenName`, `emails[type eq "work"].value`, `emails.value` where there is no
 * type, `urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department`. Booleans are
 * "true" and "false". Several values of one attribute are several fields of the same name. What is
 * absent has no field.
 */
struct field {
	str name;
	str value;
};

/* What a system says of an entry beside its fields. */
enum entry_flag {
	/* locked, disabled, `active: false`; such a user has no rights there */
	ENTRY_INACTIVE = 1 << 0,
	ENTRY_READONLY = 1 << 1, /* the system refuses changes of it (a profile's `read_only`) */
	ENTRY_SELF = 1 << 2, /* muster's own account: never changed */
	ENTRY_MARKED = 1 << 3, /* carries muster's mark of ownership */
	ENTRY_PLACEHOLDER = 1 << 4, /* exists only because a group may not be empty; no person */
};

/* Names of fields that are no SCIM attributes; they never leave the house. */
#define FIELD_DN "dn" /* an LDAP entry's distinguished name as the server wrote it */
#define FIELD_ETAG "etag" /* the version for If-Match (RFC 7644 3.14) */
#define FIELD_MARK "mark" /* muster's mark of ownership: the source id it was made for */
#define FIELD_LOGIN                                                                                \
	"login" /* how a team API addresses a member, where it is neither id nor e-mail */

/* The SCIM paths that the house itself speaks of. */
#define PATH_USERNAME "userName"
#define PATH_EXTERNALID "externalId"
#define PATH_DISPLAYNAME "displayName"
#define PATH_ACTIVE "active"
#define PATH_EMAILS "emails.value"
#define PATH_ROLES "roles.value"
#define ENTERPRISE_URN "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"

/* The one thing SCIM lacks. Times are seconds since 1970, 0 when unknown. */
enum invitation_state {
	INVITATION_PENDING,
	INVITATION_ACCEPTED,
	INVITATION_EXPIRED,
	INVITATION_REVOKED,
	INVITATION_REFUSED,
	INVITATION_WITHDRAWN, /* revoked by hand: not sent again on its own */
};

struct invitation {
	/* how the system addresses it: an id, a code or the address itself; a secret link is never
	 * kept */
	str id;
	str address; /* as the system shows it */
	str role; /* the house's role name, "" when the system has none */
	enum invitation_state state;
	bool assumed; /* the state was derived by a rule of thumb of the profile */
	bool is_fixed; /* not as it should be, or another's to manage: nobody touches it */
	int64_t sent_at, expires_at;
};

const char *invitation_state_text(enum invitation_state state);
/* INVITATION_PENDING when nobody knows the word. */
enum invitation_state invitation_state_find(str text);

#endif
