/* SPDX-License-Identifier: Apache-2.0 */
/* Runs the golden cases: each makes a plan whose words are compared with those that the case
 * expects. */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/file.h"
#include "plans/case.h"

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

static int print_case(const struct plan_case *c, struct buf *out, struct err *err)
{
	struct plan_input in = case_input(c);
	struct plan plan;

	if (plan_build(&in, &plan, err) < 0)
		return -1;
	plan_print_text(&plan, &(struct print_options){.number = 17}, out);
	mask_checksum(out, &plan);
	plan_clear(&plan);
	return 0;
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
	struct plan_case c;
	struct err err;
	bool good = false;

	if (case_load(path, &c, &err) < 0) {
		printf("# %s\n", err.text);
		return false;
	}
	if (print_case(&c, &met, &err) < 0) {
		printf("# %s: %s\n", path, err.text);
	} else {
		case_squeeze(buf_str(&met), &squeezed);
		case_squeeze(c.expect, &expected);
		good = expected.n && str_equal(buf_str(&squeezed), buf_str(&expected));
		if (!good)
			print_difference(buf_str(&expected), buf_str(&squeezed));
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
	const char *at;
	bool good = false;

	if (case_load(path, &c, &err) < 0) {
		printf("# %s\n", err.text);
		return false;
	}
	if (print_case(&c, &met, &err) == 0 && file_read(path, 1 << 20, &file, &err) == 0) {
		at = strstr(file.p, "@expect");
		if (at) {
			file.n = (size_t)(at - file.p);
			file.p[file.n] = '\0';
		}
		buf_text(&file, "@expect\n");
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
