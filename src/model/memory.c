/* SPDX-License-Identifier: Apache-2.0 */
/* Letting go of what was remembered. */
#include "model/memory.h"

void memory_clear(struct memory *m)
{
	list_clear(&m->users);
	list_clear(&m->groups);
	list_clear(&m->invitations);
	list_clear(&m->handoffs);
	list_clear(&m->aliases);
	list_clear(&m->claims);
	list_clear(&m->unlisted_members);
	list_clear(&m->window.teams);
	arena_clear(&m->arena);
}
