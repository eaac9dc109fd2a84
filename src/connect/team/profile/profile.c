/* SPDX-License-Identifier: Apache-2.0 */
/* A profile as data: its parameters by name, and letting go of it. */
#include <stdlib.h>

#include "connect/team/profile/profile.h"

const struct parameter *profile_parameter(const struct profile *p, str name)
{
	list_each (const struct parameter, parameter, &p->parameters)
		if (str_equal(parameter->name, name))
			return parameter;
	return NULL;
}

static void list_call_clear(const struct list_call *l)
{
	struct list_call copy = *l;

	list_each (struct entry_set, set, &copy.sets) {
		list_clear(&set->where);
		list_clear(&set->read_only);
		list_clear(&set->self);
		list_clear(&set->states);
		list_clear(&set->keep);
		list_clear(&set->secrets);
	}
	list_clear(&copy.sets);
}

void profile_clear(const struct profile *p)
{
	struct profile copy;

	if (!p)
		return;
	copy = *p;
	list_each (struct list_call, l, &copy.lists)
		list_call_clear(l);
	list_call_clear(&copy.catalogue);
	for (size_t i = 0; i < OP_COUNT; i++) {
		list_each (struct call_step, step, &copy.operations[i].steps)
			if (step->op == (enum team_op)i)
				list_clear(&step->capture);
		list_clear(&copy.operations[i].steps);
	}
	list_clear(&copy.lists);
	list_clear(&copy.parameters);
	list_clear(&copy.roles);
	list_clear(&copy.good);
	list_clear(&copy.errors);
}
