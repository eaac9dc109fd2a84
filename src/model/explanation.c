/* SPDX-License-Identifier: Apache-2.0 */
/* The end of an explanation. */
#include "model/explanation.h"

void explanation_clear(struct explanation *e)
{
	list_each (struct explained_team, team, &e->teams)
		list_clear(&team->path);
	list_clear(&e->scope.not_true);
	list_clear(&e->teams);
	list_clear(&e->changes);
	list_clear(&e->blocked);
	list_clear(&e->todo);
	list_clear(&e->held);
	arena_clear(&e->arena);
	*e = (struct explanation){0};
}
