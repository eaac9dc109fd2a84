/* SPDX-License-Identifier: Apache-2.0 */
/* PATCH (RFC 7644 3.5.2) on a canonical resource: all operations or none; memberships come out as a
 * list of changes. */
#ifndef WIRE_SCIM_SCIM_PATCH_H
#define WIRE_SCIM_SCIM_PATCH_H

#include "base/list.h"
#include "wire/scim/scim_document.h"

struct filter_node;

/* What operations on `members` ask for; the store of memberships carries them out in this order. */
enum scim_members_verb {
	SCIM_MEMBERS_ADD, /* the given ones join; who is in stays as is */
	SCIM_MEMBERS_REMOVE, /* the given ones leave; who is not in is no error */
	SCIM_MEMBERS_REMOVE_WHERE, /* who matches the filter leaves */
	/* the given ones are all there are; an empty list empties the group */
	SCIM_MEMBERS_REPLACE,
	/* who matches the filter gets another display; none is an error (noTarget) */
	SCIM_MEMBERS_DISPLAY,
};

struct scim_members_change {
	enum scim_members_verb verb;
	/* array of canonical members, or of one text for DISPLAY; owned; NULL for WHERE */
	json_t *list;
	const struct filter_node *filter; /* in the arena; NULL where the verb has none */
};

struct scim_patch {
	json_t *attributes; /* the resource after all operations; owned */
	LIST(struct scim_members_change) members;
	struct arena arena;
};

void scim_patch_clear(struct scim_patch *patch);

/*
 * Applies the operations of a PatchOp body to a copy of `attributes`. On an error nothing comes
 * out. At most `operations_max` operations are taken (413 beyond).
 */
int scim_patch_apply(const struct scim_resource *resource, const json_t *attributes,
		     const json_t *body, size_t operations_max, struct scim_dialect *dialect,
		     struct scim_patch *ret, struct scim_error *error);

/* Sets what a dotted or filtered key of a POST or PUT body means ("name.givenName": "Ada"). */
int scim_document_put(const struct scim_resource *resource, struct scim_document *document, str urn,
		      str key, const json_t *value, struct scim_dialect *dialect,
		      struct scim_error *error);

#endif
