/* SPDX-License-Identifier: Apache-2.0 */
/* The facts of an explanation in words: a topic and a text each, the same for every way to show
 * them. */
#include "base/clock.h"
#include "view/explain_lines.h"

static void explain_line(struct explain_lines *lines, const char *topic, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

static void explain_line(struct explain_lines *lines, const char *topic, const char *format, ...)
{
	struct explain_line *line = list_add(&lines->list);
	struct buf b = {0};
	va_list args;

	va_start(args, format);
	buf_vprintf(&b, format, args);
	va_end(args);
	*line = (struct explain_line){topic, arena_str(&lines->arena, buf_str(&b))};
	buf_clear(&b);
}

/* "" where the time is not known. */
static str words_of_date(struct explain_lines *lines, const char *before, int64_t at)
{
	char day[11];

	if (!at)
		return STR("");
	clock_date(at, day);
	return arena_printf(&lines->arena, "%s%s", before, day);
}

static void source_words(struct explain_lines *lines, const struct explanation *e)
{
	const struct explained_source *s = &e->source;

	switch (s->entry) {
	case SOURCE_PRESENT:
		explain_line(lines, "source", "%.*s has %.*s, %s", STR_ARG(e->from),
			     STR_ARG(s->place), s->is_active ? "active" : "inactive");
		break;
	case SOURCE_GONE:
		explain_line(lines, "source", "%.*s no longer has the entry with the id %.*s%.*s",
			     STR_ARG(e->from), STR_ARG(s->id),
			     STR_ARG(words_of_date(lines, " since ", s->gone_since)));
		break;
	case SOURCE_NOBODY:
		explain_line(lines, "source", "%.*s has nobody who matches", STR_ARG(e->from));
		break;
	}
}

static void scope_words(struct explain_lines *lines, const struct explanation *e)
{
	const struct explained_scope *s = &e->scope;

	switch (s->want) {
	case SCOPE_UNKNOWN:
		break;
	case SCOPE_INACTIVE:
		explain_line(lines, "scope", "not wanted: the entry is inactive");
		break;
	case SCOPE_OUTSIDE:
		if (s->where.n)
			explain_line(lines, "scope", "not wanted: users.where does not match: %.*s",
				     STR_ARG(s->where));
		break;
	case SCOPE_SKIPPED:
		explain_line(lines, "scope",
			     "wanted, but skipped: it cannot be said at the target");
		break;
	case SCOPE_DOUBTFUL:
		explain_line(lines, "scope",
			     "wanted, but nobody knows for sure which account it is");
		break;
	case SCOPE_WANTED:
		if (s->where.n)
			explain_line(lines, "scope", "wanted: users.where matches: %.*s",
				     STR_ARG(s->where));
		else
			explain_line(lines, "scope",
				     "wanted: there is no users.where, so everyone is");
		break;
	}
	list_each (const str, part, &s->not_true)
		explain_line(lines, "scope", "not true here: %.*s", STR_ARG(*part));
}

static void link_words(struct explain_lines *lines, const struct explanation *e)
{
	const struct explained_target *t = &e->target;

	switch (t->link) {
	case LINK_NONE:
		explain_line(lines, "link", "none: muster does not know this account");
		break;
	case LINK_MET:
		explain_line(lines, "link", "none yet; recognised by %.*s", STR_ARG(t->met_by));
		break;
	case LINK_REMEMBERED:
		explain_line(lines, "link", "id %.*s at %.*s, %s%s%s%.*s", STR_ARG(t->source_id),
			     STR_ARG(e->from),
			     t->link_flags & LINK_CREATED ? "made by muster" : "adopted",
			     t->link_flags & LINK_BY_HAND ? ", linked by hand" : "",
			     t->link_flags & LINK_DISABLED ? ", disabled by muster" : "",
			     STR_ARG(words_of_date(lines, ", missed since ", t->gone_since)));
		break;
	}
}

static void target_words(struct explain_lines *lines, const struct explanation *e)
{
	const struct explained_target *t = &e->target;

	if (!t->is_there) {
		explain_line(lines, "target", "%.*s has no account of this person", STR_ARG(e->to));
		return;
	}
	explain_line(lines, "target", "%.*s has %.*s (id %.*s), %s%s%s", STR_ARG(e->to),
		     STR_ARG(t->label), STR_ARG(t->id),
		     t->flags & ENTRY_INACTIVE ? "inactive" : "active",
		     t->flags & ENTRY_READONLY ? ", read-only there" : "",
		     t->flags & ENTRY_SELF ? ", muster's own account" : "");
	link_words(lines, e);
}

static void invitation_words(struct explain_lines *lines, const struct explained_invitation *i)
{
	bool unlisted = !i->is_listed && i->state == INVITATION_PENDING;

	if (!i->is_known)
		return;
	explain_line(lines, "invited", "%.*s: %s%s%.*s%s%.*s", STR_ARG(i->address),
		     i->is_sent ? "by muster, " : "not by muster, ",
		     invitation_state_text(i->state),
		     STR_ARG(words_of_date(lines, ", last sent ", i->sent_at)),
		     unlisted ? ", not listed there" : "",
		     STR_ARG(words_of_date(lines, ", ends ", i->expires_at)));
}

static void role_words(struct explain_lines *lines, const struct explained_role *role)
{
	str reason = role->reason.n ? role->reason : STR("roles.default, no rule matches");

	if (role->name.n)
		explain_line(lines, "role", "%.*s by %.*s", STR_ARG(role->name), STR_ARG(reason));
}

/* "ada <- g3 <- g1" */
static str path_words(struct explain_lines *lines, const struct explained_team *t)
{
	struct buf b = {0};
	str words;

	list_each (const str, step, &t->path)
		buf_printf(&b, "%s%.*s", step > t->path.items ? " <- " : "", STR_ARG(*step));
	words = buf_keep(&b, &lines->arena);
	return words;
}

/* Why the person is, or is not, to be in the team. */
static str membership_words(struct explain_lines *lines, const struct explanation *e,
			    const struct explained_team *t)
{
	str path = path_words(lines, t);

	switch (t->membership) {
	case MEMBER_NO_PERSON:
		return STR("nobody at the source");
	case MEMBER_NOT_IN_GROUP:
		return arena_printf(&lines->arena, "not a member of %.*s at %.*s",
				    STR_ARG(t->group), STR_ARG(e->from));
	case MEMBER_OUT_OF_SCOPE:
		return arena_printf(&lines->arena, "%.*s, but not wanted at all", STR_ARG(path));
	case MEMBER_WITHOUT_ROLE:
		return arena_printf(&lines->arena, "%.*s, but without the role %.*s", STR_ARG(path),
				    STR_ARG(t->role));
	case GROUP_WITHOUT_RULE:
		return path.n ? path : STR("the person is no member of it");
	case MEMBER_WANTED:
	case GROUP_UNKNOWN:
		break;
	}
	return path;
}

static void team_words(struct explain_lines *lines, const struct explanation *e,
		       const struct explained_team *t)
{
	str why = membership_words(lines, e, t);
	bool wanted = t->membership == MEMBER_WANTED, ruled = wanted && t->rule.n;

	if (t->membership == GROUP_UNKNOWN)
		explain_line(lines, "team", "%.*s: %.*s has no such group", STR_ARG(t->name),
			     STR_ARG(e->from));
	else if (t->membership == GROUP_WITHOUT_RULE)
		explain_line(lines, "team", "%.*s: no rule of teams names this group (%.*s)",
			     STR_ARG(t->name), STR_ARG(why));
	else
		explain_line(lines, "team", "%.*s: %s (%.*s%s%.*s); %s%s", STR_ARG(t->name),
			     wanted ? "wanted" : "not wanted", STR_ARG(why), ruled ? "; rule " : "",
			     STR_ARG(ruled ? t->rule : STR("")),
			     t->is_member ? "is a member there" : "is no member there",
			     t->is_frozen ? "; the team is in conflict or doubtful, nothing of it "
					    "is touched"
					  : "");
}

static str edit_words(struct explain_lines *lines, str value)
{
	return value.p ? arena_printf(&lines->arena, "\"%.*s\"", STR_ARG(value)) : STR("none");
}

static void change_words(struct explain_lines *lines, const struct plan *plan,
			 const struct change *c)
{
	str team = c->team == ROW_NONE ? STR("") : plan->objects.items[c->team].label;

	explain_line(lines, "planned", "%u. %s%s%.*s%s%.*s%s%.*s%s", c->number,
		     change_kind_text(c->kind), c->team == ROW_NONE ? "" : " ", STR_ARG(team),
		     c->role.n ? ", role " : "", STR_ARG(c->role), c->reason.n ? " (" : "",
		     STR_ARG(c->reason), c->reason.n ? ")" : "");
	for (size_t i = 0; i < c->edit_count; i++)
		explain_line(lines, "planned", "   %.*s: %.*s -> %.*s", STR_ARG(c->edits[i].path),
			     STR_ARG(edit_words(lines, c->edits[i].before)),
			     STR_ARG(edit_words(lines, c->edits[i].after)));
}

static void texts_words(struct explain_lines *lines, const char *topic, const str *texts,
			size_t count)
{
	for (size_t i = 0; i < count; i++)
		explain_line(lines, topic, "%.*s", STR_ARG(texts[i]));
}

void explain_lines_init(struct explain_lines *lines, const struct explanation *e)
{
	*lines = (struct explain_lines){0};
	source_words(lines, e);
	scope_words(lines, e);
	target_words(lines, e);
	invitation_words(lines, &e->invitation);
	role_words(lines, &e->role);
	list_each (const struct explained_team, t, &e->teams)
		team_words(lines, e, t);
	if (e->has_teams && e->teams.count == 0)
		explain_line(lines, "team", "none");
	list_each (const uint32_t, index, &e->changes)
		change_words(lines, e->plan, &e->plan->changes.items[*index]);
	if (e->changes.count == 0)
		explain_line(lines, "planned", "nothing");
	texts_words(lines, "blocked", e->blocked.items, e->blocked.count);
	texts_words(lines, "todo", e->todo.items, e->todo.count);
	texts_words(lines, "held", e->held.items, e->held.count);
}

void explain_lines_clear(struct explain_lines *lines)
{
	list_clear(&lines->list);
	arena_clear(&lines->arena);
}
