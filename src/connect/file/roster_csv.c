/* SPDX-License-Identifier: Apache-2.0 */
/* A roster in CSV (RFC 4180): one membership a row; a user's attributes may stand in any of the
 * user's rows. */
#include <string.h>

#include "connect/file/roster.h"

enum { COLUMNS_MAX = 64 };

/* What the columns of the head line mean. `team` and `role` belong to the row's membership, the
 * rest to the user. */
enum column_kind {
	COLUMN_ATTRIBUTE,
	COLUMN_USERNAME,
	COLUMN_ID,
	COLUMN_ACTIVE,
	COLUMN_TEAM,
	COLUMN_ROLE
};

struct csv_column_kind {
	enum column_kind kind;
	str path;
};

struct cell {
	str text;
	struct source_pos pos;
};

/* A user, as far as the rows so far have told: values by column. */
struct csv_user {
	str values[COLUMNS_MAX];
	struct source_pos pos;
};

struct membership {
	str user; /* the key of the user */
	str team, role;
	struct source_pos pos;
};

struct csv {
	struct roster *roster;
	str rest;
	uint32_t line;
	const char *line_start;
	struct csv_column_kind columns[COLUMNS_MAX];
	size_t column_count;
	struct cell cells[COLUMNS_MAX];
	size_t cell_count;
	struct intern names; /* user names, lower case */
	LIST(struct csv_user *) users;
	LIST(struct membership) memberships;
};

static uint32_t csv_column(const struct csv *c, const char *at)
{
	uint32_t characters = 1;

	for (const char *p = c->line_start; p < at; p++)
		characters += ((unsigned char)*p & 0xc0) != 0x80;
	return characters;
}

static struct source_pos pos_here(const struct csv *c)
{
	return (struct source_pos){c->roster->path, c->line, csv_column(c, c->rest.p)};
}

static void skip(struct csv *c, size_t n)
{
	c->rest = str_slice(c->rest, n, c->rest.n);
}

static void line_ended(struct csv *c)
{
	c->line++;
	c->line_start = c->rest.p;
}

/* A cell in quotes: "" stands for one quote, line ends belong to the value. */
static bool read_quoted(struct csv *c, str *ret)
{
	struct source_pos start = pos_here(c);
	struct buf value = {0};

	for (skip(c, 1);;) {
		ptrdiff_t quote = str_find(c->rest, '"');
		ptrdiff_t end = str_find(c->rest, '\n');

		if (quote < 0) {
			diag_add(&c->roster->diags, start,
				 "the quote that opens here is not closed");
			buf_clear(&value);
			return false;
		}
		if (end >= 0 && end < quote) {
			buf_put(&value, str_slice(c->rest, 0, (size_t)end + 1));
			skip(c, (size_t)end + 1);
			line_ended(c);
			continue;
		}
		buf_put(&value, str_slice(c->rest, 0, (size_t)quote));
		skip(c, (size_t)quote + 1);
		if (c->rest.n == 0 || c->rest.p[0] != '"')
			break;
		buf_char(&value, '"');
		skip(c, 1);
	}
	*ret = buf_keep(&value, &c->roster->arena);
	return true;
}

static str csv_read_plain(struct csv *c)
{
	size_t n = 0;
	str text;

	while (n < c->rest.n && c->rest.p[n] != ',' && c->rest.p[n] != '\n')
		n++;
	text = str_trim(str_slice(c->rest, 0, n));
	skip(c, n);
	return text;
}

/* Reads one line into cells; false at the end of the file or when nothing more can be understood.
 */
static bool read_line(struct csv *c)
{
	c->cell_count = 0;
	while (c->rest.n) {
		struct cell cell = {.pos = pos_here(c)};

		if (c->rest.p[0] != '"')
			cell.text = csv_read_plain(c);
		else if (!read_quoted(c, &cell.text))
			return false;
		if (c->cell_count == COLUMNS_MAX) {
			diag_add(&c->roster->diags, cell.pos, "more than %d columns", COLUMNS_MAX);
			return false;
		}
		c->cells[c->cell_count++] = cell;
		if (c->rest.n && c->rest.p[0] == '\r')
			skip(c, 1);
		if (c->rest.n && c->rest.p[0] == '\n') {
			skip(c, 1);
			return true;
		}
		if (c->rest.n && c->rest.p[0] != ',') {
			diag_add(&c->roster->diags, pos_here(c),
				 "expected a comma after the closing quote");
			return false;
		}
		skip(c, 1);
	}
	return c->cell_count > 0;
}

static void take_column(struct csv *c, const struct cell *cell)
{
	static const struct {
		const char *name;
		enum column_kind kind;
	} known[] = {
		{PATH_USERNAME, COLUMN_USERNAME},
		{"id", COLUMN_ID},
		{PATH_ACTIVE, COLUMN_ACTIVE},
		{"team", COLUMN_TEAM},
		{"role", COLUMN_ROLE},
	};
	struct csv_column_kind *column = &c->columns[c->column_count++];

	for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
		if (str_equal_nocase(cell->text, str_of(known[i].name))) {
			column->kind = known[i].kind;
			column->path = str_of(known[i].name);
			return;
		}
	}
	if (!roster_attribute(c->roster, cell->text, cell->pos, &column->path))
		column->path = cell->text;
}

static bool read_head(struct csv *c)
{
	bool named = false;

	if (str_starts(c->rest, STR("\xef\xbb\xbf")))
		skip(c, 3);
	line_ended(c);
	if (!read_line(c)) {
		diag_add(&c->roster->diags, (struct source_pos){c->roster->path, 1, 1},
			 "expected a head line such as userName,displayName,team,role");
		return false;
	}
	for (size_t i = 0; i < c->cell_count; i++) {
		take_column(c, &c->cells[i]);
		named |= c->columns[i].kind == COLUMN_USERNAME;
		for (size_t k = 0; k < i; k++)
			if (str_equal(c->columns[k].path, c->columns[i].path))
				diag_add(&c->roster->diags, c->cells[i].pos,
					 "column '%.*s' is there twice", STR_ARG(c->cells[i].text));
	}
	if (!named)
		diag_add(&c->roster->diags, c->cells[0].pos, "there is no column 'userName'");
	return named;
}

static const struct cell *cell_of(const struct csv *c, enum column_kind kind)
{
	for (size_t i = 0; i < c->column_count; i++)
		if (c->columns[i].kind == kind)
			return c->cells[i].text.n ? &c->cells[i] : NULL;
	return NULL;
}

/* A user's rows may leave values out, but they must not contradict each other. */
static void merge_user(struct csv *c, struct csv_user *user)
{
	for (size_t i = 0; i < c->column_count; i++) {
		const struct cell *cell = &c->cells[i];

		if (c->columns[i].kind == COLUMN_TEAM || c->columns[i].kind == COLUMN_ROLE ||
		    cell->text.n == 0)
			continue;
		if (user->values[i].n == 0)
			user->values[i] = cell->text;
		else if (c->columns[i].kind != COLUMN_USERNAME &&
			 !str_equal(user->values[i], cell->text))
			diag_add(&c->roster->diags, cell->pos,
				 "%.*s is '%.*s' here and '%.*s' in an earlier row of this user",
				 STR_ARG(c->columns[i].path), STR_ARG(cell->text),
				 STR_ARG(user->values[i]));
	}
}

static void take_row(struct csv *c)
{
	const struct cell *name, *team, *role;
	uint32_t number;
	str key;

	if (c->cell_count == 1 && c->cells[0].text.n == 0)
		return; /* an empty line */
	if (c->cell_count != c->column_count) {
		diag_add(&c->roster->diags, c->cells[0].pos,
			 "expected %zu columns as in the head line, met %zu", c->column_count,
			 c->cell_count);
		return;
	}
	name = cell_of(c, COLUMN_USERNAME);
	if (!name) {
		diag_add(&c->roster->diags, c->cells[0].pos, "userName is empty");
		return;
	}
	key = roster_key(c->roster, ENTRY_USER, name->text);
	number = intern_put(&c->names, key);
	if (number == c->users.count) {
		list_push(&c->users, arena_new(&c->roster->arena, struct csv_user));
		c->users.items[number]->pos = name->pos;
	}
	merge_user(c, c->users.items[number]);
	team = cell_of(c, COLUMN_TEAM);
	role = cell_of(c, COLUMN_ROLE);
	if (team)
		*list_add(&c->memberships) = (struct membership){
			key, team->text, role ? role->text : STR(""), team->pos};
	else if (role)
		diag_add(&c->roster->diags, role->pos, "a role needs a team");
}

static bool csv_read_active(struct csv *c, str text, struct source_pos pos)
{
	if (text.n == 0 || str_equal_nocase(text, STR("true")))
		return true;
	if (!str_equal_nocase(text, STR("false")))
		diag_add(&c->roster->diags, pos, "expected true or false for 'active', met '%.*s'",
			 STR_ARG(text));
	return false;
}

static void put_user(struct csv *c, const struct csv_user *user)
{
	str name = STR(""), id = STR("");
	bool active = true;
	uint32_t row;

	snapshot_begin(c->roster->into);
	for (size_t i = 0; i < c->column_count; i++) {
		str value = user->values[i];

		if (c->columns[i].kind == COLUMN_ID)
			id = value;
		else if (c->columns[i].kind == COLUMN_ACTIVE)
			active = csv_read_active(c, value, user->pos);
		else if (value.n)
			snapshot_field(c->roster->into, c->columns[i].path, value);
		if (c->columns[i].kind == COLUMN_USERNAME)
			name = value;
	}
	roster_claim(c->roster, ENTRY_USER, name, user->pos);
	roster_end(c->roster, ENTRY_USER, id, name, active, user->pos, &row);
}

static void put_membership(struct csv *c, struct intern *teams, uint32_t *rows,
			   const struct membership *m)
{
	struct roster *r = c->roster;
	uint32_t known = teams->count, team = intern_put(teams, m->team);

	if (team == known) {
		roster_claim(r, ENTRY_GROUP, m->team, m->pos);
		snapshot_begin(r->into);
		snapshot_field(r->into, STR(PATH_DISPLAYNAME), m->team);
		if (!roster_end(r, ENTRY_GROUP, STR(""), m->team, true, m->pos, &rows[team]))
			rows[team] = ROW_NONE;
	}
	if (rows[team] != ROW_NONE)
		snapshot_member(r->into, rows[team], m->user, m->role);
}

void roster_read_csv(struct roster *r, str text)
{
	struct csv c = {.roster = r, .rest = text, .line_start = text.p};
	struct intern teams = {0};

	diag_source(&r->diags, r->path, text);
	if (!str_is_utf8(text)) {
		diag_add(&r->diags, (struct source_pos){.file = r->path}, "the file is not UTF-8");
		return;
	}
	if (read_head(&c)) {
		uint32_t *rows;

		while (line_ended(&c), read_line(&c))
			take_row(&c);
		rows = arena_array(&r->arena, uint32_t, c.memberships.count + 1);
		list_each (struct csv_user *, user, &c.users)
			put_user(&c, *user);
		list_each (struct membership, m, &c.memberships)
			put_membership(&c, &teams, rows, m);
	}
	intern_clear(&teams);
	intern_clear(&c.names);
	list_clear(&c.users);
	list_clear(&c.memberships);
}
