/* SPDX-License-Identifier: Apache-2.0 */
/* Collects faults in order of place and prints them. */
#include "config/yaml/diag.h"

#include <inttypes.h>
#include <string.h>

void diag_clear(struct diagnostics *f)
{
	list_clear(&f->items);
	list_clear(&f->sources);
	list_clear(&f->masks);
	arena_clear(&f->arena);
	*f = (struct diagnostics){0};
}

/* Faults may outlive what was being loaded: its name is kept here. */
static const char *diag_keep_name(struct diagnostics *f, const char *file)
{
	if (!file)
		return NULL;
	list_each (const struct diag_source, source, &f->sources)
		if (strcmp(source->file, file) == 0)
			return source->file;
	return arena_text(&f->arena, str_of(file));
}

void diag_source(struct diagnostics *f, const char *file, str text)
{
	file = diag_keep_name(f, file);
	*list_add(&f->sources) = (struct diag_source){file, text};
}

void diag_mask(struct diagnostics *f, struct source_pos from, uint32_t line, uint32_t column)
{
	from.file = diag_keep_name(f, from.file);
	*list_add(&f->masks) = (struct diag_mask){from, line, column};
}

static int pos_compare(struct source_pos a, struct source_pos b)
{
	int order = a.file && b.file ? strcmp(a.file, b.file) : (a.file != NULL) - (b.file != NULL);

	if (order)
		return order;
	if (a.line != b.line)
		return a.line < b.line ? -1 : 1;
	return a.column == b.column ? 0 : a.column < b.column ? -1 : 1;
}

static bool is_diag_known(const struct diagnostics *f, struct source_pos pos, const char *text)
{
	list_each (const struct diag, known, &f->items)
		if (pos_compare(known->pos, pos) == 0 && strcmp(known->text, text) == 0)
			return true;
	return false;
}

static void diag_insert(struct diagnostics *f, struct diag diag)
{
	size_t at;

	if (f->items.count < DIAG_MAX)
		list_push(&f->items, diag);
	else if (pos_compare(diag.pos, f->items.items[DIAG_MAX - 1].pos) >= 0)
		return;
	for (at = f->items.count - 1;
	     at > 0 && pos_compare(f->items.items[at - 1].pos, diag.pos) > 0; at--)
		f->items.items[at] = f->items.items[at - 1];
	f->items.items[at] = diag;
}

static void diag_put(struct diagnostics *f, struct source_pos pos, bool warning, const char *format,
		     va_list args) __attribute__((format(printf, 4, 0)));

static void diag_put(struct diagnostics *f, struct source_pos pos, bool warning, const char *format,
		     va_list args)
{
	struct err text; /* makes control characters visible and bounds the length */
	struct buf b = {0};

	buf_vprintf(&b, format, args);
	err_set(&text, REACH_RUN, CODE_CONFIG, "%s", b.p);
	buf_clear(&b);
	if (is_diag_known(f, pos, text.text))
		return;
	if (warning)
		f->warnings++;
	else
		f->errors++;
	pos.file = diag_keep_name(f, pos.file);
	diag_insert(f, (struct diag){pos, warning, arena_text(&f->arena, str_of(text.text))});
}

void diag_add(struct diagnostics *f, struct source_pos pos, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	diag_put(f, pos, false, format, args);
	va_end(args);
}

void diag_warn(struct diagnostics *f, struct source_pos pos, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	diag_put(f, pos, true, format, args);
	va_end(args);
}

static void diag_print_one(const struct diagnostics *f, const struct diag *diag, FILE *to,
			   bool colour)
{
	const char *word = diag->warning ? "warning" : "error";
	const char *bold = colour ? "\033[1m" : "", *off = colour ? "\033[0m" : "";
	const char *tint = !colour ? "" : diag->warning ? "\033[1;35m" : "\033[1;31m";
	struct arena scratch = {0};
	size_t column = 0;
	str line = diag_line(f, diag->pos, &scratch, &column);

	fprintf(to, "%s%s", bold, diag->pos.file ? diag->pos.file : "configuration");
	if (diag->pos.line)
		fprintf(to, ":%" PRIu32 ":%" PRIu32, diag->pos.line, diag->pos.column);
	fprintf(to, ":%s %s%s:%s %s\n", off, tint, word, off, diag->text);
	if (line.p)
		fprintf(to, "%.*s\n%*s%s^%s\n", STR_ARG(line), (int)column, "", tint, off);
	arena_clear(&scratch);
}

void diag_print(const struct diagnostics *f, FILE *to, bool colour)
{
	size_t hidden = f->errors + f->warnings - f->items.count;

	list_each (const struct diag, diag, &f->items)
		diag_print_one(f, diag, to, colour);
	if (hidden)
		fprintf(to, "... and %zu more\n", hidden);
}

int diag_err(const struct diagnostics *f, struct err *err)
{
	const struct diag *first = NULL;

	list_each (const struct diag, diag, &f->items)
		if (!diag->warning && !first)
			first = diag;
	if (!first)
		return err_set(err, REACH_RUN, CODE_CONFIG, "the file has faults");
	err_set(err, REACH_RUN, CODE_CONFIG, "%s", first->text);
	if (first->pos.line)
		err_wrap(err, "%s:%" PRIu32 ":%" PRIu32, first->pos.file, first->pos.line,
			 first->pos.column);
	else if (first->pos.file)
		err_wrap(err, "%s", first->pos.file);
	if (f->errors > 1 && err) {
		char more[sizeof err->text];

		memcpy(more, err->text, sizeof more);
		err_set(err, REACH_RUN, CODE_CONFIG, "%s (and %zu more)", more, f->errors - 1);
	}
	return -1;
}

/* The word as it is compared at first: `Bind-DN` and `bind_dn` are one. */
static str plain_word(str s, char ret[64])
{
	size_t n = 0;

	for (size_t i = 0; i < s.n && n < 63; i++)
		if (s.p[i] != '-' && s.p[i] != '_' && s.p[i] != ' ')
			ret[n++] = ascii_lower(s.p[i]);
	return str_make(ret, n);
}

str word_near(str met, const char *const *words)
{
	char plain[64], other[64];
	str best = {NULL, 0}, wanted = plain_word(met, plain);
	/* A third of the letters may be wrong: with more, the guess would mislead. */
	size_t limit = met.n < 3 ? 0 : met.n < 6 ? 1 : met.n < 12 ? 2 : 3;

	for (; *words; words++) {
		str word = str_of(*words);
		size_t distance = str_distance(wanted, plain_word(word, other), limit);

		if (distance == 0)
			return word;
		if (distance <= limit) {
			limit = distance - 1;
			best = word;
		}
	}
	return best;
}
