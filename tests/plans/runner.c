/* SPDX-License-Identifier: Apache-2.0 */
/* Runs the golden cases: each makes a plan whose words are compared with those that the case
 * expects. */
#include <dirent.h>
#include <stdio.h>
#include <string.h>

#include <jansson.h>

#include "base/file.h"
#include "plans/case.h"
#include "view/view.h"

/* The checksum is no part of what a case says, but that of a held plan is shown. */
static void mask_checksum(struct buf *b, const struct plan *plan)
{
	char *at = b->p ? strstr(b->p, plan->checksum) : NULL;

	if (at) {
		memmove(at + 8, at + 64, strlen(at + 64) + 1);
		memcpy(at, "CHECKSUM", 8);
		b->n -= 56;
	}
}

static int explain_case(const struct plan_case *c, const struct plan *plan, struct buf *out,
			struct err *err)
{
	struct explanation explanation;
	struct plan_input in = case_input(c);
	ptrdiff_t blank = str_find(c->ask, ' ');
	str who = str_slice(c->ask, 0, blank < 0 ? c->ask.n : (size_t)blank);
	str team = str_slice(c->ask, blank < 0 ? c->ask.n : (size_t)blank + 1, c->ask.n);

	buf_text(out, "@answer\n");
	if (plan_explain(&in, plan, who, team, &explanation, err) < 0) {
		buf_printf(out, "error: %s\n", err->text);
	} else {
		explain_print_text(&explanation, out);
		explanation_clear(&explanation);
	}
	return 0;
}

/* What the plan says, and what explain answers where the case asks. */
static int print_case(const struct plan_case *c, struct buf *out, char checksum[65],
		      struct err *err)
{
	struct plan_input in = case_input(c);
	struct plan plan;

	if (plan_build(&in, &plan, err) < 0)
		return -1;
	plan_print_text(&plan, &(struct print_options){.number = 17}, out);
	mask_checksum(out, &plan);
	if (c->ask.n)
		explain_case(c, &plan, out, err);
	memcpy(checksum, plan.checksum, sizeof plan.checksum);
	plan_clear(&plan);
	return 0;
}

static bool is_json(const struct plan_case *c)
{
	struct plan_input in = case_input(c);
	struct buf json = {0};
	struct plan plan;
	struct err err;
	json_t *value;
	bool good;

	if (plan_build(&in, &plan, &err) < 0)
		return false;
	plan_print_json(&plan, &json);
	value = json_loadb(json.p, json.n, JSON_REJECT_DUPLICATES, NULL);
	good = json_array_size(json_object_get(value, "changes")) == plan.changes.count &&
	       json_array_size(json_object_get(value, "objects")) == plan.objects.count;
	json_decref(value);
	buf_clear(&json);
	plan_clear(&plan);
	return good;
}

/* Notices may name another of several that meet; all else must be the same. */
static void drop_notices(str text, struct buf *out)
{
	str line;

	while (str_split(&text, '\n', &line))
		if (!str_starts(line, STR("? ")))
			buf_printf(out, "%.*s\n", STR_ARG(line));
}

/* Read the other way round, a case makes the same plan: same words, same checksum. */
static bool is_same_reversed(const char *path, str words, const char *checksum)
{
	struct buf met = {0}, squeezed = {0}, plain = {0}, expected = {0};
	struct plan_case c;
	struct err err;
	char other[65] = "";
	bool good;

	if (case_load_reversed(path, &c, &err) < 0) {
		printf("# %s\n", err.text);
		return false;
	}
	good = print_case(&c, &met, other, &err) == 0;
	case_squeeze(buf_str(&met), &squeezed);
	drop_notices(buf_str(&squeezed), &plain);
	drop_notices(words, &expected);
	good = good && str_equal(buf_str(&expected), buf_str(&plain)) &&
	       strcmp(checksum, other) == 0;
	if (!good)
		printf("# in another order of the reads (checksums %.8s, %.8s):\n%.*s", checksum,
		       other, STR_ARG(buf_str(&squeezed)));
	case_clear(&c);
	buf_clear(&met);
	buf_clear(&squeezed);
	buf_clear(&plain);
	buf_clear(&expected);
	return good;
}

/* Both texts line by line; what only one has is marked. Good enough for texts that are nearly the
 * same. */
static void print_difference(str expected, str met)
{
	str a = {0}, b = {0};
	bool more_a = str_split(&expected, '\n', &a), more_b = str_split(&met, '\n', &b);

	while (more_a || more_b) {
		bool same = more_a && more_b && str_equal(a, b);

		if (same)
			printf("#     %.*s\n", STR_ARG(a));
		if (more_a && !same)
			printf("#   - %.*s\n", STR_ARG(a));
		if (more_b && !same)
			printf("#   + %.*s\n", STR_ARG(b));
		more_a = str_split(&expected, '\n', &a);
		more_b = str_split(&met, '\n', &b);
	}
}

static bool check_case(const char *path)
{
	struct buf met = {0}, squeezed = {0}, expected = {0};
	char checksum[65];
	struct plan_case c;
	struct err err;
	bool good = false;

	if (case_load(path, &c, &err) < 0) {
		printf("# %s\n", err.text);
		return false;
	}
	if (print_case(&c, &met, checksum, &err) < 0) {
		printf("# %s: %s\n", path, err.text);
	} else {
		case_squeeze(buf_str(&met), &squeezed);
		case_squeeze(c.expect, &expected);
		if (c.ask.n)
			buf_text(&expected, "@answer\n");
		case_squeeze(c.answer, &expected);
		good = expected.n && str_equal(buf_str(&squeezed), buf_str(&expected));
		if (!good)
			print_difference(buf_str(&expected), buf_str(&squeezed));
		good = good && is_json(&c) && is_same_reversed(path, buf_str(&squeezed), checksum);
	}
	case_clear(&c);
	buf_clear(&met);
	buf_clear(&squeezed);
	buf_clear(&expected);
	return good;
}

/* Writes what the plan says into the case; to be read by a person before it is committed. */
static bool accept_case(const char *path)
{
	struct buf file = {0}, met = {0};
	struct plan_case c;
	struct err err;
	char checksum[65];
	const char *at;
	bool good = false;

	if (case_load(path, &c, &err) < 0) {
		printf("# %s\n", err.text);
		return false;
	}
	if (print_case(&c, &met, checksum, &err) == 0 &&
	    file_read(path, 1 << 20, &file, &err) == 0) {
		at = strstr(file.p, "\n@expect");
		if (at) {
			file.n = (size_t)(at - file.p);
			file.p[file.n] = '\0';
		}
		buf_text(&file, "\n@expect\n");
		buf_put(&file, buf_str(&met));
		good = file_replace(path, buf_str(&file), 0644, &err) == 0;
	}
	if (!good)
		printf("# %s\n", err.text);
	case_clear(&c);
	buf_clear(&file);
	buf_clear(&met);
	return good;
}

static int is_case(const struct dirent *entry)
{
	return str_ends(str_of(entry->d_name), STR(".case"));
}

int main(int argc, char **argv)
{
	const char *folder = "tests/plans";
	struct dirent **names = NULL;
	bool accept = argc > 1 && strcmp(argv[1], "--accept") == 0;
	int first = accept ? 2 : 1, count = argc - first, passed = 0;

	if (count <= 0) {
		if (accept) {
			fprintf(stderr, "usage: %s [--accept] CASE...\n", argv[0]);
			return 64;
		}
		count = scandir(folder, &names, is_case, alphasort);
	}
	printf("TAP version 13\n1..%d\n", count);
	for (int i = 0; i < count; i++) {
		char path[512];
		bool good;

		snprintf(path, sizeof path, names ? "%s/%s" : "%s%s", names ? folder : "",
			 names ? names[i]->d_name : argv[first + i]);
		good = accept ? accept_case(path) : check_case(path);
		passed += good;
		printf("%sok %d - %s\n", good ? "" : "not ", i + 1, path);
	}
	for (int i = 0; names && i < count; i++)
		free(names[i]);
	free(names);
	printf("%d passed, %d failed\n", passed, count - passed);
	return passed == count && count > 0 ? 0 : 1;
}
