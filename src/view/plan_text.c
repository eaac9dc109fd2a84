/* SPDX-License-Identifier: Apache-2.0 */
/* The plan for a person's eye, as muster(1) shows it. */
#include <stdio.h>

#include "base/unicode.h"
#include "view/internal.h"

/* Columns behind the sign and the noun: whom it is about, what happens, why. */
enum { DETAIL_AT = 27, REASON_AT = 64, VALUE_WIDTH = 60 };

#define GREEN "\033[32m"
#define YELLOW "\033[33m"
#define RED "\033[31m"
#define DIM "\033[2m"
#define BOLD "\033[1m"
#define PLAIN "\033[0m"

struct plan_printer {
	const struct plan *plan;
	const struct print_options *options;
	struct buf *out;
	struct buf subject, detail;
	size_t column; /* of the line, behind the sign and the noun */
};

static void plan_color(const struct plan_printer *p, const char *code)
{
	if (p->options->color)
		buf_text(p->out, code);
}

/* 1204 -> 1,204 */
static void put_grouped(struct buf *b, uint64_t number)
{
	char digits[32];
	int n = snprintf(digits, sizeof digits, "%llu", (unsigned long long)number);

	for (int i = 0; i < n; i++) {
		if (i && (n - i) % 3 == 0)
			buf_char(b, ',');
		buf_char(b, digits[i]);
	}
}

/* A text and blanks up to where the next column begins; a long one takes of the next one's room. */
static void plan_put_column(struct plan_printer *p, const struct buf *text, size_t next)
{
	if (text->n) {
		buf_put(p->out, buf_str(text));
		buf_char(p->out, ' ');
		p->column += unicode_cells(buf_str(text)) + 1;
	}
	for (; p->column < next; p->column++)
		buf_char(p->out, ' ');
}

static void plan_put_value(struct buf *b, str path, str value)
{
	bool quoted = !str_equal(path, STR(PATH_ACTIVE));
	str shown = unicode_clip(value, VALUE_WIDTH);

	if (!value.p) {
		buf_text(b, "none");
		return;
	}
	buf_text(b, quoted ? "\"" : "");
	put_safe(b, shown);
	buf_text(b, shown.n < value.n ? "..." : "");
	buf_text(b, quoted ? "\"" : "");
}

/* Without the schema's URN, which no person needs to read. */
static str short_path(str path)
{
	ptrdiff_t colon = str_starts(path, STR("urn:")) ? str_find_last(path, ':') : -1;

	return str_slice(path, (size_t)(colon + 1), path.n);
}

static void plan_put_edit(struct buf *b, const struct edit *edit)
{
	put_safe(b, short_path(edit->path));
	buf_text(b, ": ");
	plan_put_value(b, edit->path, edit->before);
	buf_text(b, " -> ");
	plan_put_value(b, edit->path, edit->after);
}

static const struct object *plan_object(const struct plan *plan, uint32_t object)
{
	static const struct object none = {0};

	return object == ROW_NONE ? &none : &plan->objects.items[object];
}

/* The sign and noun of each kind; where the reason stands: in a column of its own, or behind the
 * verb in (). */
struct kind_words {
	char sign;
	const char *noun;
	const char *verb;
};

static const struct kind_words words[] = {
	[CHANGE_ADOPT_USER] = {'=', "adopt", NULL},
	[CHANGE_ADOPT_TEAM] = {'=', "adopt", NULL},
	[CHANGE_CREATE_USER] = {'+', "user", NULL},
	[CHANGE_CREATE_TEAM] = {'+', "team", NULL},
	[CHANGE_UPDATE_USER] = {'~', "user", NULL},
	[CHANGE_UPDATE_TEAM] = {'~', "team", NULL},
	[CHANGE_INVITE] = {'+', "invite", NULL},
	[CHANGE_RESEND] = {'~', "invite", "send again"},
	[CHANGE_ADD_MEMBER] = {'+', "member", NULL},
	[CHANGE_SET_ROLE] = {'~', "role", NULL},
	[CHANGE_REMOVE_MEMBER] = {'-', "member", "remove"},
	[CHANGE_REVOKE] = {'-', "invite", "revoke"},
	[CHANGE_DISABLE_USER] = {'-', "user", "disable"},
	[CHANGE_DELETE_USER] = {'-', "user", "delete"},
	[CHANGE_DELETE_TEAM] = {'-', "team", "delete"},
	[CHANGE_HANDOFF] = {'!', "todo", NULL},
	[CHANGE_MISS] = {'.', "user", "missed"},
	[CHANGE_FORGET] = {'.', "link", "forget"},
};

static void plan_put_subject(struct plan_printer *p, const struct change *c)
{
	const struct object *user = plan_object(p->plan, c->user);
	const struct object *team = plan_object(p->plan, c->team);

	buf_reset(&p->subject);
	put_safe(&p->subject, team->label);
	if (team->label.n && user->label.n)
		buf_text(&p->subject, " <- ");
	put_safe(&p->subject, c->invitation.n && user->address.n ? user->address : user->label);
}

static const char *change_verb(const struct plan_printer *p, const struct change *c)
{
	if (c->kind == CHANGE_DELETE_USER && p->plan->removal.n)
		return "remove";
	if (c->kind == CHANGE_MISS && c->returns)
		return "seen again";
	return words[c->kind].verb;
}

static void plan_put_verb(struct plan_printer *p, const struct change *c)
{
	struct buf *b = &p->detail;
	bool told = c->kind == CHANGE_DELETE_USER && p->plan->removal.n;

	buf_text(b, change_verb(p, c));
	if (c->reason.n || told) {
		buf_text(b, " (");
		put_safe(b, c->reason);
		buf_text(b, told && c->reason.n ? "; " : "");
		put_safe(b, told ? p->plan->removal : STR(""));
		buf_char(b, ')');
	}
}

static void plan_put_roles(struct plan_printer *p, const struct change *c)
{
	struct buf *b = &p->detail;

	if (c->kind == CHANGE_SET_ROLE) {
		put_safe(b, c->old_role.n ? c->old_role : STR("none"));
		buf_text(b, " -> ");
		put_safe(b, c->role.n ? c->role : STR("none"));
	} else if (c->role.n) {
		buf_text(b, b->n ? " role " : "role ");
		put_safe(b, c->role);
	}
}

static void plan_put_detail(struct plan_printer *p, const struct change *c)
{
	const struct object *user = plan_object(p->plan, c->user);
	bool named = c->kind == CHANGE_CREATE_USER || c->kind == CHANGE_INVITE;

	buf_reset(&p->detail);
	if (change_verb(p, c)) {
		plan_put_verb(p, c);
		return;
	}
	if (c->kind == CHANGE_HANDOFF) {
		put_safe(&p->detail, c->reason);
		return;
	}
	if (c->kind == CHANGE_ADOPT_USER || c->kind == CHANGE_ADOPT_TEAM)
		buf_text(&p->detail, c->invitation.n                ? "invitation"
				     : c->kind == CHANGE_ADOPT_USER ? "user"
								    : "team");
	if (named && user->name.n)
		plan_put_value(&p->detail, STR(PATH_DISPLAYNAME), user->name);
	if (c->edit_count)
		plan_put_edit(&p->detail, &c->edits[0]);
	plan_put_roles(p, c);
}

/* The last column: the reason, unless it stood behind the verb already; of who comes, where from.
 */
static void plan_put_reason(struct plan_printer *p, const struct change *c)
{
	const struct object *user = plan_object(p->plan, c->user);
	bool comes = c->kind == CHANGE_CREATE_USER || c->kind == CHANGE_INVITE;

	if (change_verb(p, c) || c->kind == CHANGE_HANDOFF)
		return;
	if (c->reason.n) {
		put_safe(p->out, c->reason);
	} else if (comes && user->origin.n) {
		buf_text(p->out, "in ");
		put_safe(p->out, user->origin);
	}
}

static void plan_end_line(struct plan_printer *p)
{
	while (p->out->n && p->out->p[p->out->n - 1] == ' ')
		p->out->p[--p->out->n] = '\0';
	plan_color(p, PLAIN);
	buf_char(p->out, '\n');
}

static const char *sign_color(char sign)
{
	switch (sign) {
	case '+':
		return GREEN;
	case '-':
		return RED;
	case '~':
	case '!':
		return YELLOW;
	default:
		return DIM;
	}
}

static void plan_put_change(struct plan_printer *p, const struct change *c)
{
	const struct kind_words *w = &words[c->kind];
	const char *noun = c->kind == CHANGE_SET_ROLE && c->invitation.n ? "invite" : w->noun;

	plan_color(p, sign_color(w->sign));
	buf_printf(p->out, "  %c %-6s ", w->sign, noun);
	plan_put_subject(p, c);
	plan_put_detail(p, c);
	p->column = 0;
	plan_put_column(p, &p->subject, DETAIL_AT);
	plan_put_column(p, &p->detail, REASON_AT);
	plan_put_reason(p, c);
	plan_end_line(p);
	for (size_t i = 1; i < c->edit_count; i++) {
		buf_reset(&p->detail);
		plan_put_edit(&p->detail, &c->edits[i]);
		buf_printf(p->out, "%*s", 4 + 7 + DETAIL_AT, "");
		buf_put(p->out, buf_str(&p->detail));
		plan_end_line(p);
	}
}

static void plan_put_changes(struct plan_printer *p)
{
	const struct plan *plan = p->plan;
	size_t lines = p->options->lines;

	for (size_t i = 0, n; i < plan->changes.count; i += n) {
		enum change_kind kind = plan->changes.items[i].kind;

		for (n = 0; i + n < plan->changes.count && plan->changes.items[i + n].kind == kind;
		     n++)
			if (!lines || n < lines)
				plan_put_change(p, &plan->changes.items[i + n]);
		if (lines && n > lines) {
			buf_text(p->out, "  ... and ");
			put_grouped(p->out, n - lines);
			buf_printf(p->out, " more to %s\n", change_kind_text(kind));
		}
	}
}

static void plan_put_notices(struct plan_printer *p)
{
	static const char *const kinds[] = {"doubtful", "skipped",   "unmatched",
					    "conflict", "protected", "note"};
	const struct plan *plan = p->plan;
	size_t lines = p->options->lines;

	for (size_t i = 0, n; i < plan->notices.count; i += n) {
		enum notice_kind kind = plan->notices.items[i].kind;

		for (n = 0; i + n < plan->notices.count && plan->notices.items[i + n].kind == kind;
		     n++) {
			const struct notice *notice = &plan->notices.items[i + n];

			if (lines && n >= lines)
				continue;
			plan_color(p, YELLOW);
			buf_printf(p->out, "  ? %-9s ", kinds[kind]);
			put_safe(p->out, notice->subject);
			buf_text(p->out, ": ");
			put_safe(p->out, notice->text);
			plan_end_line(p);
		}
		if (lines && n > lines) {
			buf_text(p->out, "  ... and ");
			put_grouped(p->out, n - lines);
			buf_printf(p->out, " more %s\n", kinds[kind]);
		}
	}
}

struct headline {
	struct plan_printer *p;
	bool any;
};

/* "4 to create", "1 team to delete" */
static void headline_put_count(struct headline *h, uint64_t count, const char *one,
			       const char *many, const char *verb)
{
	if (count == 0)
		return;
	buf_text(h->p->out, h->any ? ", " : "");
	h->any = true;
	put_grouped(h->p->out, count);
	if (*one)
		buf_printf(h->p->out, " %s", count == 1 ? one : many);
	buf_printf(h->p->out, " %s", verb);
}

static void plan_put_counts(struct plan_printer *p)
{
	const struct counts *n = &p->plan->counts;
	struct headline h = {.p = p};
	bool adds = n->members_add;

	headline_put_count(&h, n->adopt, "", "", "to adopt");
	headline_put_count(&h, n->create, "", "", "to create");
	headline_put_count(&h, n->update, "", "", "to update");
	headline_put_count(&h, n->disable, "", "", "to disable");
	headline_put_count(&h, n->remove, "", "", p->plan->removal.n ? "to remove" : "to delete");
	headline_put_count(&h, n->invite, "", "", "to invite");
	headline_put_count(&h, n->resend, "invitation", "invitations", "to resend");
	headline_put_count(&h, n->revoke, "invitation", "invitations", "to revoke");
	headline_put_count(&h, n->teams_create, "team", "teams", "to create");
	headline_put_count(&h, n->teams_update, "team", "teams", "to rename");
	headline_put_count(&h, n->teams_delete, "team", "teams", "to delete");
	headline_put_count(&h, n->members_add, "membership", "memberships", "to add");
	headline_put_count(&h, n->members_remove, adds ? "" : "membership",
			   adds ? "" : "memberships", "to remove");
	headline_put_count(&h, n->roles, "role", "roles", "to change");
	headline_put_count(&h, n->handoffs, "hand-off", "hand-offs", "to do by hand");
	headline_put_count(&h, n->miss, "", "", "to take note of");
	headline_put_count(&h, n->forget, "", "", "to forget");
	if (!h.any)
		buf_text(p->out, "nothing to do");
}

static void plan_put_head(struct plan_printer *p)
{
	const struct plan *plan = p->plan;

	plan_color(p, BOLD);
	buf_printf(p->out, "%.*s: ", STR_ARG(plan->sync));
	plan_put_counts(p);
	plan_color(p, PLAIN);
	buf_printf(p->out, "            from %.*s, ", STR_ARG(plan->from));
	put_grouped(p->out, plan->source_users);
	buf_text(p->out, plan->source_users == 1 ? " user, " : " users, ");
	put_grouped(p->out, plan->source_groups);
	buf_text(p->out, plan->source_groups == 1 ? " team, " : " teams, ");
	buf_text(p->out, plan->source_complete ? "complete" : "NOT complete");
	if (plan->open_handoffs.count)
		buf_printf(p->out, "; %zu open in muster todo", plan->open_handoffs.count);
	buf_char(p->out, '\n');
}

static void put_limit_checks(struct plan_printer *p)
{
	list_each (struct limit_check, f, &p->plan->limit_checks) {
		if (!f->over && f->value == 0)
			continue;
		buf_text(p->out, f->over ? "  ! guard  " : "    guard  ");
		put_safe(p->out, f->what);
		buf_text(p->out, ": ");
		put_grouped(p->out, f->value);
		if (f->of) {
			buf_text(p->out, " of ");
			put_grouped(p->out, f->of);
		}
		buf_text(p->out, ", limit ");
		put_grouped(p->out, f->limit);
		buf_printf(p->out, " (%.*s)", STR_ARG(f->limit_text));
		if (f->in_window) {
			buf_text(p->out, "; ");
			put_grouped(p->out, f->in_window);
			buf_text(p->out, " by earlier runs");
		}
		buf_char(p->out, '\n');
	}
}

static void plan_put_next_step(struct plan_printer *p)
{
	const struct plan *plan = p->plan;

	if (p->options->approved)
		buf_printf(p->out, " Plan %llu was approved, once.",
			   (unsigned long long)p->options->number);
	else if (!plan->approvable)
		buf_text(p->out,
			 plan->verdict == VERDICT_UNTRUSTED
				 ? " Nobody can approve this: the source has to be read in full."
				 : " Nobody can approve this.");
	else if (p->options->number)
		buf_printf(p->out, " %s muster approve %llu %s",
			   plan->verdict == VERDICT_HELD ? "Approve with:" : "If that is meant:",
			   (unsigned long long)p->options->number, plan->checksum);
	else
		buf_printf(p->out, " muster sync %.*s stores it for approval.",
			   STR_ARG(plan->sync));
}

static void plan_put_verdict(struct plan_printer *p)
{
	static const char *const verdicts[] = {"go", "held", "refused", "not trusted"};
	const struct plan *plan = p->plan;

	if (plan->verdict == VERDICT_GO)
		return;
	put_limit_checks(p);
	plan_color(p, plan->verdict == VERDICT_HELD ? YELLOW : RED);
	for (size_t i = 0; i < plan->reasons.count; i++) {
		buf_printf(p->out, "%s: ",
			   p->options->approved ? "approved"
			   : i                  ? "also"
						: verdicts[plan->verdict]);
		put_safe(p->out, plan->reasons.items[i]);
		buf_text(p->out, i + 1 < plan->reasons.count ? ".\n" : ".");
	}
	plan_put_next_step(p);
	plan_color(p, PLAIN);
	buf_char(p->out, '\n');
}

void plan_print_text(const struct plan *plan, const struct print_options *options, struct buf *out)
{
	struct plan_printer p = {.plan = plan, .options = options, .out = out};

	plan_put_head(&p);
	plan_put_changes(&p);
	plan_put_notices(&p);
	plan_put_verdict(&p);
	buf_clear(&p.subject);
	buf_clear(&p.detail);
}
