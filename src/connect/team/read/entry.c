/* SPDX-License-Identifier: Apache-2.0 */
/* One entry of a list: whatever the service sent becomes a record, and what is wrong with it is
 * said. */
#include "base/clock.h"
#include "base/unicode.h"
#include "connect/team/internal.h"
#include "connect/team/read/read.h"

static bool is_invitation_state(enum entry_state state)
{
	return state == ENTRY_INVITED || state == ENTRY_EXPIRED || state == ENTRY_ACCEPTED ||
	       state == ENTRY_REVOKED || state == ENTRY_REFUSED;
}

/* An entry being read. */
struct entry_reading {
	const struct team_connection *c;
	const struct entry_set *set;
	const json_t *item;
	struct arena *arena;
	struct entry_record *record;
	const struct json_path *state_at; /* what told the state */
};

/* The first thing that is wrong is told. */
static void entry_complain(const struct entry_reading *r, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
static void entry_complain(const struct entry_reading *r, const char *format, ...)
{
	struct buf b = {0};
	va_list args;

	if (r->record->defect)
		return;
	va_start(args, format);
	buf_vprintf(&b, format, args);
	va_end(args);
	r->record->defect = arena_text(r->arena, buf_str(&b));
	buf_clear(&b);
}

/* What would break a line, a terminal or a URL is no name of anybody. */
static bool is_clean_text(str text)
{
	for (size_t i = 0; i < text.n; i++)
		if ((unsigned char)text.p[i] < ' ' || text.p[i] == 0x7f)
			return false;
	return text.n <= 1024;
}

static str entry_text(const struct entry_reading *r, const struct json_path *path)
{
	const json_t *value = json_path_first(path, r->item, &r->c->parameters);
	str text = STR("");

	if (!value)
		return STR("");
	if (!json_to_text(value, r->arena, &text))
		entry_complain(r, "%.*s is %s, where a text is expected",
			       STR_ARG(json_path_text(path)), json_kind_text(value));
	else if (!is_clean_text(text))
		entry_complain(r, "%.*s holds control characters, or is longer than any name",
			       STR_ARG(json_path_text(path)));
	else
		return str_trim(text);
	return STR("");
}

/* Some services write a number where their documentation shows a text. */
static int64_t time_of_number(int64_t number)
{
	const int64_t beyond_seconds = 100000000000;

	return number > beyond_seconds ? number / 1000 : number;
}

static int64_t entry_time(const struct entry_reading *r, const struct json_path *path)
{
	str text = entry_text(r, path);
	int64_t at;

	if (!text.n)
		return 0;
	if (r->c->profile->times == TIMES_TEXT && clock_parse(text, &at))
		return at;
	if (r->c->profile->times == TIMES_TEXT && str_to_int(text, &at) && at > 0)
		return time_of_number(at);
	if (r->c->profile->times != TIMES_TEXT && str_to_int(text, &at) && at >= 0)
		return r->c->profile->times == TIMES_SECONDS ? at : at / 1000;
	entry_complain(r, "%.*s is no time: '%.*s'", STR_ARG(json_path_text(path)),
		       STR_ARG(str_slice(text, 0, 60)));
	return 0;
}

static void read_entry_state(struct entry_reading *r)
{
	r->record->state = ENTRY_UNKNOWN;
	list_each (const struct state_rule, rule, &r->set->states) {
		if (!rule->always && !condition_holds(&rule->when, r->item, &r->c->parameters))
			continue;
		r->record->state = rule->is;
		r->record->assumed = rule->assumed;
		r->state_at = rule->always ? NULL : rule->when.path;
		return;
	}
	for (size_t i = 0; i < r->set->states.count; i++) {
		const struct json_path *path = r->set->states.items[i].when.path;
		const json_t *met = json_path_first(path, r->item, &r->c->parameters);
		str text = STR("");

		if (met && !json_to_text(met, r->arena, &text))
			text = str_of(json_kind_text(met));
		entry_complain(r, "its state is not known to the profile: %.*s is %s%.*s%s",
			       STR_ARG(json_path_text(path)), text.n ? "'" : "",
			       STR_ARG(text.n ? str_slice(text, 0, 60) : STR("missing")),
			       text.n ? "'" : "");
	}
}

/* A state that is told in place of a role ("role": "invited") is none. */
static bool is_state_for_role(const struct entry_reading *r)
{
	return r->state_at && r->set->role && is_invitation_state(r->record->state) &&
	       str_equal(json_path_text(r->state_at), json_path_text(r->set->role));
}

/* Of several roles the most powerful one counts. */
static void read_entry_role(const struct entry_reading *r)
{
	json_list all = {0};
	str name, text;

	if (is_state_for_role(r))
		return;
	if (r->set->role_is.n)
		r->record->role = r->set->role_is;
	json_path_all(r->set->role, r->item, &r->c->parameters, &all);
	list_each (const json_t *, value, &all) {
		if (!json_to_text(*value, r->arena, &text)) {
			entry_complain(r, "%.*s is %s, where a role is expected",
				       STR_ARG(json_path_text(r->set->role)),
				       json_kind_text(*value));
			r->record->read_only = true;
			continue;
		}
		if (!role_from_service(r->c, text, r->set->invitations, r->arena, &name)) {
			entry_complain(r, "its role '%.*s' is not known to the profile: it stays",
				       STR_ARG(str_slice(text, 0, 60)));
			r->record->read_only = true;
			continue;
		}
		if (!r->record->role.n ||
		    role_rank_of(r->c, name) > role_rank_of(r->c, r->record->role))
			r->record->role = name;
	}
	/* A list of roles may be empty: then it has none. */
	if (r->set->role && !all.count && !r->set->role_is.n && !json_path_is_many(r->set->role)) {
		entry_complain(r, "it has no role: %.*s is missing",
			       STR_ARG(json_path_text(r->set->role)));
		r->record->read_only = true;
	}
	list_clear(&all);
}

static void read_entry_id(const struct entry_reading *r)
{
	struct buf folded = {0};

	r->record->id = entry_text(r, r->set->id);
	if (r->set->fold_id && r->record->id.n) {
		text_lower(r->record->id, &folded);
		r->record->id = buf_keep(&folded, r->arena);
	}
	if (!r->record->id.n)
		entry_complain(r, "it has no id: %.*s is missing",
			       STR_ARG(json_path_text(r->set->id)));
}

/* Some services write a phone number or a user name where the address would be. */
static void read_entry_address(const struct entry_reading *r)
{
	struct entry_record *e = r->record;

	e->email = entry_text(r, r->set->email);
	e->login = entry_text(r, r->set->login);
	if (e->email.n && str_find(e->email, '@') <= 0) {
		if (!e->login.n &&
		    json_is_string(json_path_first(r->set->email, r->item, &r->c->parameters)))
			e->login = e->email;
		e->email = STR("");
	}
	if (!e->email.n && !e->login.n && r->set->email)
		entry_complain(r, "it has no e-mail address: %.*s is missing or is none",
			       STR_ARG(json_path_text(r->set->email)));
}

static void put_entry_values(const struct entry_reading *r)
{
	struct entry_record *e = r->record;
	const struct {
		const char *name;
		str text;
	} own[] = {{"id", e->id},     {"email", e->email}, {"login", e->login},
		   {"name", e->name}, {"given", e->given}, {"family", e->family}};

	for (size_t i = 0; i < sizeof own / sizeof *own; i++)
		if (own[i].text.n)
			values_put(&e->values, str_of(own[i].name), own[i].text);
	list_each (const struct named_path, n, &r->set->keep)
		values_put(&e->values, n->name, entry_text(r, n->path));
	list_each (const struct named_path, n, &r->set->secrets) {
		values_put(&e->values, n->name, entry_text(r, n->path));
		e->values.items.items[e->values.items.count - 1].secret = true;
	}
}

static bool is_own_account(const struct team_connection *c, const struct entry_record *e)
{
	str own = values_text(&c->parameters, "own_account");

	return own.n && (str_equal(own, e->id) || text_equal(own, e->email) ||
			 (e->login.n && text_equal(own, e->login)));
}

bool team_entry_read(const struct team_connection *c, const struct entry_set *set,
		     const json_t *item, struct arena *arena, struct entry_record *ret)
{
	struct entry_reading r = {.c = c, .set = set, .item = item, .arena = arena, .record = ret};

	*ret = (struct entry_record){.state = ENTRY_UNKNOWN};
	if (!json_is_object(item)) {
		entry_complain(&r, "it is %s, where an entry is expected", json_kind_text(item));
		return true;
	}
	if (!conditions_all_hold(&set->where, item, &c->parameters))
		return false;
	read_entry_id(&r);
	read_entry_state(&r);
	if (ret->state == ENTRY_GONE)
		return false;
	read_entry_address(&r);
	read_entry_role(&r);
	ret->name = entry_text(&r, set->name);
	ret->given = entry_text(&r, set->given);
	ret->family = entry_text(&r, set->family);
	ret->sent = entry_time(&r, set->sent);
	ret->expires = entry_time(&r, set->expires);
	if (!ret->expires && ret->sent && c->profile->lasts && is_invitation_state(ret->state))
		ret->expires = ret->sent + c->profile->lasts;
	/* What is not as it should be may be anything: it is told, and nobody touches it. */
	ret->read_only |=
		ret->defect != NULL || conditions_any_holds(&set->read_only, item, &c->parameters);
	ret->self =
		conditions_any_holds(&set->self, item, &c->parameters) || is_own_account(c, ret);
	put_entry_values(&r);
	return true;
}
