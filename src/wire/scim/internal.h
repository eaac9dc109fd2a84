/* SPDX-License-Identifier: Apache-2.0 */
/* One PATCH on its way, and who applies its operations. Private to this folder. */
#ifndef WIRE_SCIM_INTERNAL_H
#define WIRE_SCIM_INTERNAL_H

#include "wire/scim/scim_patch.h"
#include "wire/scim/scim_patch_path.h"
#include "wire/scim/scim_value.h"

enum patch_verb { VERB_ADD, VERB_REPLACE, VERB_REMOVE };

struct patch_work {
	const struct scim_resource *resource;
	struct scim_dialect *dialect;
	struct scim_patch *patch; /* what comes of it so far */
	struct scim_error *error;
};

/*
 * One operation on a target that may be changed. value: as the body has it, NULL for none. -1 with
 * w->error, and the patch is worth nothing then.
 */
int patch_members_apply(struct patch_work *w, const struct scim_patch_path *t, enum patch_verb verb,
			const json_t *value);
/* The same for every attribute but `members`. */
int patch_values_apply(struct patch_work *w, const struct scim_patch_path *t, enum patch_verb verb,
		       const json_t *value);

#endif
