/* SPDX-License-Identifier: Apache-2.0 */
/* All that is made from the tables agrees with them: the example, the effective configuration, the
 * schema. */
#include <fcntl.h>
#include <setjmp.h>
#include <spawn.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/file.h"
#include "config/internal.h"
#include "config/keys.h"
#include "lib/uncomment.h"
#include "unit/config/kinds.h"

static struct config *load(str text)
{
	struct diagnostics diags = {0};
	struct config *config = NULL;

	if (config_parse("t.yaml", text, kinds, KINDS, &config, &diags) < 0)
		diag_print(&diags, stderr, false);
	assert_non_null(config);
	diag_clear(&diags);
	return config;
}

/* What a printer prints. */
static char *shown(const struct config *config, void (*show)(const struct config *, FILE *))
{
	char *text = NULL;
	size_t n = 0;
	FILE *to = open_memstream(&text, &n);

	show(config, to);
	fclose(to);
	return text;
}

static char *from_tables(void (*print)(FILE *, const struct kind *, size_t))
{
	char *text = NULL;
	size_t n = 0;
	FILE *to = open_memstream(&text, &n);

	print(to, kinds, KINDS);
	fclose(to);
	return text;
}

static void the_example_is_good_as_it_is(void **unused)
{
	char *text = from_tables(config_print_example);
	struct config *c = load(str_of(text));

	(void)unused;
	assert_int_equal(c->systems.count, KINDS);
	assert_int_equal(c->syncs.count, 1);
	config_free(c);
	free(text);
}

static void the_example_is_good_with_everything_in_it(void **unused)
{
	char *text = from_tables(config_print_example);
	struct buf all = {0};
	struct config *c;

	(void)unused;
	uncomment_all(str_of(text), &all);
	c = load(buf_str(&all));
	for (size_t i = 0; sync_keys[i].name; i++)
		assert_true(setting_given(c->syncs.items[0].settings, sync_keys[i].name));
	assert_int_equal(c->syncs.items[0].policy.roles.count, 1);
	assert_int_equal(c->syncs.items[0].policy.guard.protect.count, 1);
	assert_non_null(setting_table(c->serve, "tls"));
	config_free(c);
	buf_clear(&all);
	free(text);
}

static void what_is_shown_reads_back_the_same(void **unused)
{
	char *example = from_tables(config_print_example);
	struct buf all = {0};
	struct config *first, *second;
	char *shown_first, *shown_second;

	(void)unused;
	uncomment(str_of(example), &all);
	first = load(buf_str(&all));
	shown_first = shown(first, config_show);
	second = load(str_of(shown_first));
	shown_second = shown(second, config_show_json);
	free(shown_first);
	shown_first = shown(first, config_show_json);
	assert_string_equal(shown_first, shown_second);
	config_free(first);
	config_free(second);
	free(shown_first);
	free(shown_second);
	free(example);
	buf_clear(&all);
}

static void defaults_and_secrets_are_shown_as_such(void **unused)
{
	struct config *c = load(
		STR("version: 1\n"
		    "systems:\n"
		    "  a:\n"
		    "    kind: scim\n"
		    "    url: https://a.example\n"
		    "    timeout: 120s\n"
		    "    profile: 'true'\n"
		    "    token: {command: [pass, 'show me', \"a,b\"]}\n"
		    "  t: {kind: team, profile: scale, auth: {file: k}, site: 'x: y', n: 5}\n"));
	char *text = shown(c, config_show), *json = shown(c, config_show_json);

	(void)unused;
	assert_non_null(strstr(text, "state: /var/lib/muster/state.db   # default\n"));
	assert_non_null(strstr(text, "    timeout: 120s\n"));
	assert_non_null(strstr(text, "    connect_timeout: 10s   # default\n"));
	assert_non_null(strstr(text, "    profile: \"true\"\n"));
	assert_non_null(strstr(text, "    token: {command: [pass, \"show me\", \"a,b\"]}\n"));
	assert_non_null(strstr(text, "    auth: {file: k}\n"));
	assert_non_null(strstr(text, "    site: \"x: y\"\n    n: 5\n"));
	assert_non_null(strstr(json, "\"format_version\": 1"));
	assert_non_null(strstr(json, "\"timeout\": \"120s\""));
	assert_non_null(strstr(json, "\"insecure\": false"));
	free(text);
	free(json);
	config_free(c);
}

static void the_manual_has_every_key(void **unused)
{
	char *text = from_tables(config_print_manual);

	(void)unused;
	assert_non_null(strstr(text, "\n.It Cm \"guard.removals.percent\" : Ar \"number\"\n"));
	assert_non_null(strstr(text, "\n.It Cm \"url\" : Ar \"url | [url, ...]\"\n"));
	assert_non_null(
		strstr(text, "\n.It Cm \"users.attributes\" : Ar \"{name: template, ...}\"\n"));
	assert_non_null(strstr(text, "\n.It Cm \"roles.rules[].where\" : Ar \"filter\"\n"));
	assert_non_null(strstr(text, "\n.It Cm \"owns\" : Ar \"managed | all\"\n"));
	assert_non_null(strstr(text, "\n.Ss Systems of kind team\n"));
	free(text);
}

/* Does the tree fit the tables? What only config_check finds does not count. `first`: the first
 * fault, or "". */
static bool fits(str text, char first[200])
{
	struct arena arena = {0};
	struct diagnostics diags = {0};
	const struct yaml_node *root = yaml_parse(&arena, "mutant", text, &diags);
	struct fill_options options = {
		.folder = ".",
		.kinds = kind_tables(kinds, KINDS, &arena),
		.kind_count = KINDS,
	};
	bool good;

	if (root)
		settings_fill(&arena, root, top_keys, "", &options, &diags);
	good = diags.errors == 0;
	snprintf(first, 200, "%s", good ? "" : diags.items.items[0].text);
	diag_clear(&diags);
	arena_clear(&arena);
	return good;
}

static void write_file(const char *folder, const char *name, const char *text, char path[64])
{
	struct err err;

	snprintf(path, 64, "%s/%s", folder, name);
	assert_int_equal(file_replace(path, str_of(text), 0600, &err), 0);
}

static void run_python(char *const *command, const char *output)
{
	extern char **environ;
	posix_spawn_file_actions_t actions;
	pid_t pid;
	int status;

	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, output,
					 O_WRONLY | O_CREAT | O_TRUNC, 0600);
	assert_int_equal(posix_spawn(&pid, command[0], &actions, NULL, command, environ), 0);
	posix_spawn_file_actions_destroy(&actions);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

static void the_schema_judges_as_the_tables_do(void **unused)
{
	char folder[] = "/tmp/muster-schema-XXXXXX", schema[64], config[64], output[64];
	char *example = from_tables(config_print_example), *json, *text;
	struct buf all = {0}, lines = {0};
	size_t good = 0, bad = 0;
	struct config *c;
	struct err err;
	str rest, line;

	(void)unused;
	assert_non_null(mkdtemp(folder));
	uncomment(str_of(example), &all);
	c = load(buf_str(&all));
	json = shown(c, config_show_json);
	text = from_tables(config_print_schema);
	write_file(folder, "schema", text, schema);
	write_file(folder, "config", json, config);
	snprintf(output, sizeof output, "%s/output", folder);
	run_python((char *[]){(char[]){"/usr/bin/python3"},
			      (char[]){"tests/unit/config/mutants.py"}, schema, config, NULL},
		   output);
	assert_int_equal(file_read(output, 256 * 1024 * 1024, &lines, &err), 0);
	rest = buf_str(&lines);
	while (str_split(&rest, '\n', &line)) {
		bool wanted = line.p[0] == '1';
		str place, text_of_it = str_slice(line, 2, line.n);
		char first[200];

		str_split(&text_of_it, ' ', &place);
		/* A row's own check is beyond any schema. */
		if (str_equal(place, STR("serve.listen")))
			continue;
		if (fits(text_of_it, first) != wanted)
			fail_msg("at %.*s the schema says %s, the tables '%s': %.*s",
				 STR_ARG(place), wanted ? "good" : "bad", first,
				 STR_ARG(text_of_it));
		good += wanted;
		bad += !wanted;
	}
	assert_true(good > 100 && bad > 1000);
	unlink(schema);
	unlink(config);
	unlink(output);
	rmdir(folder);
	config_free(c);
	free(json);
	free(text);
	free(example);
	buf_clear(&all);
	buf_clear(&lines);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_example_is_good_as_it_is),
		cmocka_unit_test(the_example_is_good_with_everything_in_it),
		cmocka_unit_test(what_is_shown_reads_back_the_same),
		cmocka_unit_test(defaults_and_secrets_are_shown_as_such),
		cmocka_unit_test(the_manual_has_every_key),
		cmocka_unit_test(the_schema_judges_as_the_tables_do),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
