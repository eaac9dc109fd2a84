/* SPDX-License-Identifier: Apache-2.0 */
/* Attributes that a plan compares, and one source user as it is to be at the target. Private to
 * this room. */
#ifndef PLAN_PERSON_H
#define PLAN_PERSON_H

#include "base/hash.h"
#include "model/plan.h"

/* One attribute, as it is called at the target. */
struct plan_attribute {
	str path;
	bool managed; /* it is compared and written */
	bool seen; /* somebody in scope has it */
	bool fold; /* compared without case */
	struct hash_key key; /* values are hashed under the key of their path */
};

struct plan_value {
	const struct plan_attribute *attribute;
	str text;
};
typedef LIST(struct plan_value) value_list;
typedef LIST(struct field) field_list;
typedef LIST(uint32_t) row_list;
typedef LIST(struct edit) edit_list;

/* The attributes that both sides and the mapping speak of. */
struct plan_attributes {
	struct plan_attribute *source, *target; /* by name number of the snapshot */
	struct plan_attribute *mapped; /* by policy.users */
};

/*
 * One source user, as it was read and as it should be at the target. Whoever goes through the users
 * owns one and uses it again for the next row; its texts point into itself and into the read.
 */
struct person {
	uint32_t row; /* at the source */
	field_list fields; /* as read, with groups.display and groups.value of each group */
	row_list groups; /* rows of those groups; their fields are the last ones */
	value_list desired; /* what is to be of it at the target */
	struct buf *mapped; /* values that the mapping makes: by policy.users */
	size_t mapped_count;
	struct buf address; /* by which it is invited, where people are */
};

#endif
