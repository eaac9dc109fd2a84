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

struct column {
	enum column_kind kind;
	str path;
};

struct cell {
	str text;
	struct mark mark;
};

/* A user, as far as the rows so far have told: values by column. */
struct csv_user {
	str values[COLUMNS_MAX];
	struct mark mark;
};

struct membership {
	str user; /* the key of the user */
	str team, role;
	struct mark mark;
};

struct csv {
	struct roster *roster;
	str rest;
	uint32_t line;
	const char *line_start;
	struct column columns[COLUMNS_MAX];
	size_t column_count;
	struct cell cells[COLUMNS_MAX];
	size_t cell_count;
	struct table names; /* user names, lower case */
	LIST(struct csv_user *) users;
	LIST(struct membership) memberships;
};

static uint32_t column_of(const struct csv *c, const char *at)
{
	uint32_t characters = 1;

	for (const char *p = c->line_start; p < at; p++)
		characters += ((unsigned char)*p & 0xc0) != 0x80;
	return characters;
}

static struct mark mark_here(const struct csv *c)
{
	return (struct mark){c->roster->path, c->line, column_of(c, c->rest.p)};
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
	struct mark start = mark_here(c);
	struct buf value = {0};

	for (skip(c, 1);;) {
		ptrdiff_t quote = str_find(c->rest, '"');
		ptrdiff_t end = str_find(c->rest, '\n');

		if (quote < 0) {
			faults_add(&c->roster->faults, start,
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
	*ret = arena_str(&c->roster->arena, buf_str(&value));
	buf_clear(&value);
	return true;
}

static str read_plain(struct csv *c)
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
		struct cell cell = {.mark = mark_here(c)};

		if (c->rest.p[0] != '"')
			cell.text = read_plain(c);
		else if (!read_quoted(c, &cell.text))
			return false;
		if (c->cell_count == COLUMNS_MAX) {
			faults_add(&c->roster->faults, cell.mark, "more than %d columns",
				   COLUMNS_MAX);
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
			faults_add(&c->roster->faults, mark_here(c),
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
	struct column *column = &c->columns[c->column_count++];

	for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
		if (str_equal_nocase(cell->text, str_of(known[i].name))) {
			column->kind = known[i].kind;
			column->path = str_of(known[i].name);
			return;
		}
	}
	if (!roster_attribute(c->roster, cell->text, cell->mark, &column->path))
		column->path = cell->text;
}

static bool read_head(struct csv *c)
{
	bool named = false;

	if (str_starts(c->rest, STR("\xef\xbb\xbf")))
		skip(c, 3);
	line_ended(c);
	if (!read_line(c)) {
		faults_add(&c->roster->faults, (struct mark){c->roster->path, 1, 1},
			   "expected a head line such as userName,displayName,team,role");
		return false;
	}
	for (size_t i = 0; i < c->cell_count; i++) {
		take_column(c, &c->cells[i]);
		named |= c->columns[i].kind == COLUMN_USERNAME;
		for (size_t k = 0; k < i; k++)
			if (str_equal(c->columns[k].path, c->columns[i].path))
				faults_add(&c->roster->faults, c->cells[i].mark,
					   "column '%.*s' is there twice",
					   STR_ARG(c->cells[i].text));
	}
	if (!named)
		faults_add(&c->roster->faults, c->cells[0].mark, "there is no column 'userName'");
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
			faults_add(&c->roster->faults, cell->mark,
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
		faults_add(&c->roster->faults, c->cells[0].mark,
			   "expected %zu columns as in the head line, met %zu", c->column_count,
			   c->cell_count);
		return;
	}
	name = cell_of(c, COLUMN_USERNAME);
	if (!name) {
		faults_add(&c->roster->faults, c->cells[0].mark, "userName is empty");
		return;
	}
	key = roster_key(c->roster, ENTRY_USER, name->text);
	number = table_put(&c->names, key);
	if (number == c->users.count) {
		list_push(&c->users, arena_new(&c->roster->arena, struct csv_user));
		c->users.items[number]->mark = name->mark;
	}
	merge_user(c, c->users.items[number]);
	team = cell_of(c, COLUMN_TEAM);
	role = cell_of(c, COLUMN_ROLE);
	if (team)
		*list_add(&c->memberships) = (struct membership){
			key, team->text, role ? role->text : STR(""), team->mark};
	else if (role)
		faults_add(&c->roster->faults, role->mark, "a role needs a team");
}

static bool active_of(struct csv *c, str text, struct mark mark)
{
	if (text.n == 0 || str_equal_nocase(text, STR("true")))
		return true;
	if (!str_equal_nocase(text, STR("false")))
		faults_add(&c->roster->faults, mark,
			   "expected true or false for 'active', met '%.*s'", STR_ARG(text));
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
			active = active_of(c, value, user->mark);
		else if (value.n)
			snapshot_field(c->roster->into, c->columns[i].path, value);
		if (c->columns[i].kind == COLUMN_USERNAME)
			name = value;
	}
	roster_claim(c->roster, ENTRY_USER, name, user->mark);
	roster_end(c->roster, ENTRY_USER, id, name, active, user->mark, &row);
}

static void put_membership(struct csv *c, struct table *teams, uint32_t *rows,
			   const struct membership *m)
{
	struct roster *r = c->roster;
	uint32_t known = teams->count, team = table_put(teams, m->team);

	if (team == known) {
		roster_claim(r, ENTRY_GROUP, m->team, m->mark);
		snapshot_begin(r->into);
		snapshot_field(r->into, STR(PATH_DISPLAYNAME), m->team);
		if (!roster_end(r, ENTRY_GROUP, STR(""), m->team, true, m->mark, &rows[team]))
			rows[team] = ROW_NONE;
	}
	if (rows[team] != ROW_NONE)
		snapshot_member(r->into, rows[team], m->user, m->role);
}

void roster_read_csv(struct roster *r, str text)
{
	struct csv c = {.roster = r, .rest = text, .line_start = text.p};
	struct table teams = {0};

	faults_source(&r->faults, r->path, text);
	if (!str_is_utf8(text)) {
		faults_add(&r->faults, (struct mark){.file = r->path}, "the file is not UTF-8");
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
	table_clear(&teams);
	table_clear(&c.names);
	list_clear(&c.users);
	list_clear(&c.memberships);
}
