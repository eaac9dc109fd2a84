/* SPDX-License-Identifier: Apache-2.0 */
/* Unique names on the move: who waits for whom, circles broken by a name for the time between,
 * taken names told. */
#include <string.h>

#include "base/unicode.h"
#include "plan/diff/internal.h"
#include "plan/internal.h"

/* A change that gives an entry a name which only one may have. */
struct move {
	uint32_t change; /* index in plan.changes */
	/* index + 1 of the move that frees the name; 0: nobody in this plan has it */
	uint32_t waits;
	uint8_t state; /* of the walk along the chain */
	bool dropped;
	str from, to; /* as they are; from "" for what is created */
};

enum { MOVE_NEW, MOVE_OPEN, MOVE_DONE };

struct moves {
	struct plan_context *w;
	enum entry_kind kind;
	LIST(struct move) list;
	struct intern from; /* folded */
	row_list movers; /* by number in `from` */
	struct buf fold; /* the name that was looked up last */
};

static str name_path(const struct moves *m)
{
	return m->kind == ENTRY_USER ? STR(PATH_USERNAME) : STR(PATH_DISPLAYNAME);
}

static str fold_name_of(struct moves *m, str name)
{
	buf_reset(&m->fold);
	text_lower(name, &m->fold);
	return buf_str(&m->fold);
}

static struct edit *name_edit(const struct moves *m, const struct change *c)
{
	for (size_t i = 0; i < c->edit_count; i++)
		if (str_equal(c->edits[i].path, name_path(m)))
			return &c->edits[i];
	return NULL;
}

static struct object *move_object(const struct moves *m, const struct change *c)
{
	return &m->w->plan->objects.items[m->kind == ENTRY_USER ? c->user : c->team];
}

static void find_moves(struct moves *m)
{
	bool users = m->kind == ENTRY_USER;
	enum change_kind create = users ? CHANGE_CREATE_USER : CHANGE_CREATE_TEAM;
	enum change_kind update = users ? CHANGE_UPDATE_USER : CHANGE_UPDATE_TEAM;

	for (uint32_t i = 0; i < m->w->plan->changes.count; i++) {
		const struct change *c = &m->w->plan->changes.items[i];
		const struct edit *edit = c->kind == update ? name_edit(m, c) : NULL;

		if (edit)
			list_push(&m->list,
				  ((struct move){
					  .change = i, .from = edit->before, .to = edit->after}));
		else if (c->kind == create)
			list_push(&m->list,
				  ((struct move){.change = i, .to = move_object(m, c)->label}));
	}
}

static void link_moves(struct moves *m)
{
	for (uint32_t i = 0; i < m->list.count; i++)
		if (m->list.items[i].from.n) {
			uint32_t number =
				intern_put(&m->from, fold_name_of(m, m->list.items[i].from));

			if (number == m->movers.count)
				list_push(&m->movers, i + 1);
		}
	for (uint32_t i = 0; i < m->list.count; i++) {
		struct move *move = &m->list.items[i];
		uint32_t number =
			move->to.n ? intern_find(&m->from, fold_name_of(m, move->to)) : INTERN_NONE;

		if (number != INTERN_NONE && m->movers.items[number] != i + 1)
			move->waits = m->movers.items[number];
	}
}

/* Whoever cannot be created takes all that was planned for it along. */
static void drop_creation(struct moves *m, const struct change *c)
{
	list_each (struct change, other, &m->w->plan->changes)
		if (m->kind == ENTRY_USER ? other->user == c->user : other->team == c->team)
			other->number = CHANGE_DROPPED;
}

/* The other attributes are changed all the same; the name stays in what a PUT would write, too. */
static void drop_rename(struct moves *m, struct change *c)
{
	struct edit *edit = name_edit(m, c);
	struct object *o = move_object(m, c);

	for (size_t i = 0; i < o->field_count; i++)
		if (str_equal(o->fields[i].name, name_path(m)))
			o->fields[i].value = edit->before;
	memmove(edit, edit + 1, (size_t)(c->edits + c->edit_count - edit - 1) * sizeof *edit);
	if (--c->edit_count == 0)
		c->number = CHANGE_DROPPED;
}

/* A name that an entry has which stays as it is: whoever is to get it must wait for a person. */
static void drop_move(struct moves *m, struct move *move, uint32_t holder)
{
	struct plan_context *w = m->w;
	struct change *c = &w->plan->changes.items[move->change];
	char space[37];

	notice_add(
		w, NOTICE_CONFLICT, move_object(m, c)->label,
		"the name %.*s is taken at %.*s by the entry with the id %.*s", STR_ARG(move->to),
		STR_ARG(w->policy->to),
		STR_ARG(snapshot_id(w->target, snapshot_entry(w->target, m->kind, holder), space)));
	move->dropped = true;
	if (move->from.n)
		drop_rename(m, c);
	else
		drop_creation(m, c);
}

static void check_taken(struct moves *m)
{
	const struct snapshot *t = m->w->target;
	size_t count = m->kind == ENTRY_USER ? t->users.count : t->groups.count;
	struct intern to = {0};
	row_list movers = {0};

	for (uint32_t i = 0; i < m->list.count; i++)
		if (!m->list.items[i].waits && m->list.items[i].to.n) {
			uint32_t number = intern_put(&to, fold_name_of(m, m->list.items[i].to));

			if (number == movers.count)
				list_push(&movers, i);
		}
	for (uint32_t row = 0; to.count && row < count; row++) {
		str name = snapshot_value(t, snapshot_entry(t, m->kind, row), name_path(m));
		uint32_t number = name.n ? intern_find(&to, fold_name_of(m, name)) : INTERN_NONE;
		struct move *move =
			number == INTERN_NONE ? NULL : &m->list.items[movers.items[number]];

		if (move &&
		    move_object(m, &m->w->plan->changes.items[move->change])->target_row != row)
			drop_move(m, move, row);
	}
	intern_clear(&to);
	list_clear(&movers);
}

static str name_between(struct moves *m, str name)
{
	ptrdiff_t at = m->kind == ENTRY_USER ? str_find_last(name, '@') : -1;
	size_t local = at < 0 ? name.n : (size_t)at;

	return plan_text(m->w, "%.*s.muster-renames%.*s", STR_ARG(str_slice(name, 0, local)),
			 STR_ARG(str_slice(name, local, name.n)));
}

/* The entry as it is between: everything at its end, but for the name; what is applied then is not
 * the whole. */
static uint32_t object_between(struct moves *m, const struct change *c, str name)
{
	struct plan *plan = m->w->plan;
	uint32_t index = (uint32_t)plan->objects.count;
	struct object *o = list_add(&plan->objects);

	*o = *move_object(m, c);
	o->digest = 0;
	o->fields = arena_array(&plan->arena, struct field, o->field_count);
	for (size_t i = 0; i < o->field_count; i++) {
		o->fields[i] = move_object(m, c)->fields[i];
		if (str_equal(o->fields[i].name, name_path(m)))
			o->fields[i].value = name;
	}
	return index;
}

/* The first of a circle steps aside, so that the last can have its name; then it takes its own. */
static void break_circle(struct moves *m, struct move *first, struct move *last)
{
	struct plan_context *w = m->w;
	struct change *c = &w->plan->changes.items[first->change], *aside;
	str between = name_between(m, first->from);
	uint32_t object = object_between(m, c, between);
	struct edit *edit = arena_new(&w->plan->arena, struct edit);

	*edit = (struct edit){name_path(m), first->from, between};
	aside = change_add(w, c->kind, m->kind == ENTRY_USER ? object : ROW_NONE,
			   m->kind == ENTRY_GROUP ? object : ROW_NONE);
	aside->edits = edit;
	aside->edit_count = 1;
	aside->reason =
		plan_text(w, "steps aside: %.*s takes its name",
			  STR_ARG(move_object(m, &w->plan->changes.items[last->change])->label));
	name_edit(m, &w->plan->changes.items[first->change])->before = between;
	w->plan->changes.items[last->change].after = (uint32_t)w->plan->changes.count;
	last->waits = 0;
}

/* Whoever is waited for in vain: then one cannot come either. */
static void follow(struct moves *m, uint32_t start)
{
	struct move *move = &m->list.items[start], *last = move;

	while (move->state == MOVE_NEW) {
		move->state = MOVE_OPEN;
		if (!move->waits)
			break;
		last = move;
		move = &m->list.items[move->waits - 1];
	}
	if (move->waits && move->state == MOVE_OPEN)
		break_circle(m, move, last);
	for (move = &m->list.items[start]; move->state == MOVE_OPEN;
	     move = &m->list.items[move->waits - 1]) {
		move->state = MOVE_DONE;
		if (!move->waits)
			break;
		m->w->plan->changes.items[move->change].after =
			m->list.items[move->waits - 1].change + 1;
	}
}

/* Who waits for one that was dropped finds its name still taken. */
static void drop_waiting(struct moves *m)
{
	for (bool again = true; again;) {
		again = false;
		for (uint32_t i = 0; i < m->list.count; i++) {
			struct move *move = &m->list.items[i];
			struct move *other = move->waits ? &m->list.items[move->waits - 1] : NULL;

			if (move->dropped || !other || !other->dropped)
				continue;
			drop_move(m, move,
				  move_object(m, &m->w->plan->changes.items[other->change])
					  ->target_row);
			again = true;
		}
	}
}

/* Users who were matched by their name do not collide with it. */
static bool names_were_matched(const struct plan_context *w, enum entry_kind kind)
{
	if (kind == ENTRY_GROUP)
		return true;
	list_each (str, path, &w->policy->match)
		if (str_equal(*path, STR(PATH_USERNAME)))
			return true;
	return false;
}

void order_renames(struct plan_context *w, enum entry_kind kind)
{
	struct moves m = {.w = w, .kind = kind};
	bool renames = false;

	find_moves(&m);
	list_each (struct move, move, &m.list)
		renames = renames || move->from.n;
	if (renames || (m.list.count && !names_were_matched(w, kind))) {
		link_moves(&m);
		check_taken(&m);
		drop_waiting(&m);
		for (uint32_t i = 0; i < m.list.count; i++)
			if (!m.list.items[i].dropped)
				follow(&m, i);
	}
	list_clear(&m.list);
	list_clear(&m.movers);
	intern_clear(&m.from);
	buf_clear(&m.fold);
}
