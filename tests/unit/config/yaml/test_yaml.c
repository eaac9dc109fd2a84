/* SPDX-License-Identifier: Apache-2.0 */
/* YAML with marks: what is taken, what is refused, and where each fault points. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "config/yaml/yaml.h"

struct state {
	struct arena arena;
	struct diagnostics diags;
	const struct yaml_node *root;
};

static void begin(struct state *s, const char *text)
{
	*s = (struct state){0};
	s->root = yaml_parse(&s->arena, "t.yaml", str_of(text), &s->diags);
}

static void end(struct state *s)
{
	diag_clear(&s->diags);
	arena_clear(&s->arena);
}

static char *printed(const struct diagnostics *f)
{
	char *text = NULL;
	size_t n = 0;
	FILE *to = open_memstream(&text, &n);

	diag_print(f, to, false);
	fclose(to);
	return text;
}

static void expect(const char *text, const char *diags)
{
	struct state s;
	char *met;

	begin(&s, text);
	met = printed(&s.diags);
	assert_string_equal(met, diags);
	free(met);
	end(&s);
}

static void tree_has_kinds_texts_and_marks(void **unused)
{
	struct state s;
	const struct yaml_node *list, *map;

	(void)unused;
	begin(&s, "# comment\na: 1\nlist:\n  - x\n  - 'y z'\nmap: {k: v, \"q\": |\n}\n");
	assert_null(s.root); /* a block text cannot stand in a flow map */
	end(&s);
	begin(&s, "# comment\na: 1\nlist:\n  - x\n  - 'y z'\nmap: {k: v, \"q\": }\nblock: |\n  "
		  "one\n  two\n");
	assert_non_null(s.root);
	assert_int_equal(s.diags.errors, 0);
	assert_int_equal(s.root->kind, YAML_MAP);
	assert_int_equal(s.root->count, 4);
	list = yaml_find(s.root, "list");
	assert_int_equal(list->kind, YAML_LIST);
	assert_int_equal(list->count, 2);
	assert_false(list->items[0].quoted);
	assert_true(list->items[1].quoted);
	assert_true(str_equal(list->items[1].text, STR("y z")));
	assert_int_equal(list->items[1].pos.line, 5);
	assert_int_equal(list->items[1].pos.column, 5);
	assert_int_equal(list->items[1].end_column, 10);
	map = yaml_find(s.root, "map");
	assert_int_equal(map->keys[1].pos.column, 13);
	assert_true(yaml_is_null(yaml_find(map, "q")));
	assert_true(str_equal(yaml_find(s.root, "block")->text, STR("one\ntwo\n")));
	assert_null(yaml_find(s.root, "absent"));
	assert_null(yaml_find(list, "a"));
	end(&s);
}

static void scalars_are_read_as_yaml_1_2_reads_them(void **unused)
{
	struct state s;
	const struct yaml_node *v;
	int64_t number = 0;
	bool truth = false;

	(void)unused;
	begin(&s, "[5, '5', true, yes, 'true', ~, '', , 0x10, False, -7]");
	if (!s.root) {
		end(&s);
		begin(&s, "[5, '5', true, yes, 'true', ~, '', null, 0x10, False, -7]");
	}
	v = s.root->items;
	assert_true(yaml_to_int(&v[0], &number) && number == 5);
	assert_false(yaml_to_int(&v[1], &number));
	assert_true(yaml_to_bool(&v[2], &truth) && truth);
	assert_false(yaml_to_bool(&v[3], &truth));
	assert_false(yaml_to_bool(&v[4], &truth));
	assert_true(yaml_is_null(&v[5]));
	assert_false(yaml_is_null(&v[6]));
	assert_true(yaml_is_null(&v[7]));
	assert_false(yaml_to_int(&v[8], &number));
	assert_true(yaml_to_bool(&v[9], &truth) && !truth);
	assert_true(yaml_to_int(&v[10], &number) && number == -7);
	end(&s);
}

static void clever_yaml_is_refused_all_at_once(void **unused)
{
	(void)unused;
	expect("a: &x 1\n"
	       "b: *x\n"
	       "c: !!str 5\n"
	       "d: {<<: {e: 1}}\n"
	       "a: 2\n"
	       "? [k]\n"
	       ": 1\n",
	       "t.yaml:1:4: error: anchors ('&x') are not taken: write the value out\n"
	       "a: &x 1\n"
	       "   ^\n"
	       "t.yaml:2:4: error: aliases ('*x') are not taken: write the value out\n"
	       "b: *x\n"
	       "   ^\n"
	       "t.yaml:3:4: error: tags ('tag:yaml.org,2002:str') are not taken: write the value "
	       "alone, in quotes if it is text\n"
	       "c: !!str 5\n"
	       "   ^\n"
	       "t.yaml:4:5: error: merge keys ('<<') are not taken: write the keys out\n"
	       "d: {<<: {e: 1}}\n"
	       "    ^\n"
	       "t.yaml:5:1: error: duplicate key 'a': it is at line 1 already\n"
	       "a: 2\n"
	       "^\n"
	       "t.yaml:6:3: error: a key must be text, not a list\n"
	       "? [k]\n"
	       "  ^\n");
}

static void documents_are_single_and_not_empty(void **unused)
{
	(void)unused;
	expect("", "t.yaml: error: there is nothing in this file\n");
	expect("# only a comment\n", "t.yaml: error: there is nothing in this file\n");
	expect("a: 1\n---\nb: 2\n",
	       "t.yaml:2:1: error: a second document begins here: one file holds one\n---\n^\n");
	expect("---\na: 1\n...\n", "");
	expect("\xef\xbb\xbf"
	       "a: 1\na: 2\n",
	       "t.yaml:2:1: error: duplicate key 'a': it is at line 1 already\na: 2\n^\n");
}

static void syntax_faults_point_at_their_place(void **unused)
{
	(void)unused;
	expect("a:\n\tb: 1\n", "t.yaml:2:1: error: a value cannot begin with this character: quote "
			       "it; indent with blanks, not with tabs\n b: 1\n^\n");
	expect("name: a: b\n",
	       "t.yaml:1:8: error: a ':' is out of place: put the value in quotes, or check the "
	       "indentation of this line\nname: a: b\n       ^\n");
	expect("a: [1, 2\nb: 3\n", "t.yaml:2:2: error: a ',' or the closing ']' is missing (while "
				   "parsing a flow sequence that begins at line 1)\nb: 3\n ^\n");
	expect("a: 1\nb: \"\x01\"\n", "t.yaml:2:5: error: control characters are not allowed\n"
				      "b: \"?\"\n    ^\n");
}

static void text_must_be_utf8(void **unused)
{
	(void)unused;
	expect("a: \xc3\xa4\nbc: \xff\n",
	       "t.yaml:2:5: error: this is not UTF-8: save the file as UTF-8\nbc: ?\n    ^\n");
	expect("\xff\xfe"
	       "a",
	       "t.yaml:1:1: error: this is not UTF-8: save the file as UTF-8\n??a\n^\n");
}

static void columns_count_characters(void **unused)
{
	(void)unused;
	expect("{\xc3\xa4\xe2\x82\xac: 1, b: 2, b: 3}\n",
	       "t.yaml:1:15: error: duplicate key 'b': it is at line 1 already\n"
	       "{\xc3\xa4\xe2\x82\xac: 1, b: 2, b: 3}\n"
	       "              ^\n");
}

static void depth_is_bounded(void **unused)
{
	char deep[4096];
	struct state s;

	(void)unused;
	memset(deep, '[', 4000);
	deep[4000] = '\0';
	begin(&s, deep);
	assert_null(s.root);
	assert_int_equal(s.diags.errors, 1);
	assert_string_equal(s.diags.items.items[0].text, "nested more than 32 deep");
	assert_int_equal(s.diags.items.items[0].pos.column, 33);
	end(&s);
	memset(deep, '[', 32);
	memset(deep + 32, ']', 32);
	deep[64] = '\0';
	begin(&s, deep);
	assert_non_null(s.root);
	assert_int_equal(s.diags.errors, 0);
	end(&s);
}

static void size_is_bounded_and_files_must_exist(void **unused)
{
	char path[] = "/tmp/muster-yaml-XXXXXX";
	int fd = mkstemp(path);
	struct state s = {0};
	char *met;

	(void)unused;
	assert_true(fd >= 0);
	assert_int_equal(dprintf(fd, "a: 12345\n"), 9);
	assert_null(yaml_load(&s.arena, path, 8, &s.diags));
	assert_non_null(strstr(s.diags.items.items[0].text, "larger than 8 bytes"));
	end(&s);
	s = (struct state){0};
	assert_non_null(yaml_load(&s.arena, path, YAML_LIMIT, &s.diags));
	end(&s);
	unlink(path);
	close(fd);
	s = (struct state){0};
	assert_null(yaml_load(&s.arena, path, YAML_LIMIT, &s.diags));
	met = printed(&s.diags);
	assert_non_null(strstr(met, "No such file"));
	free(met);
	end(&s);
}

static void many_keys_stay_quick(void **unused)
{
	struct buf b = {0};
	struct state s;

	(void)unused;
	for (int i = 0; i < 100000; i++)
		buf_printf(&b, "k%d: v\n", i);
	begin(&s, b.p);
	assert_int_equal(s.diags.errors, 0);
	assert_int_equal(s.root->count, 100000);
	end(&s);
	buf_clear(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tree_has_kinds_texts_and_marks),
		cmocka_unit_test(scalars_are_read_as_yaml_1_2_reads_them),
		cmocka_unit_test(clever_yaml_is_refused_all_at_once),
		cmocka_unit_test(documents_are_single_and_not_empty),
		cmocka_unit_test(syntax_faults_point_at_their_place),
		cmocka_unit_test(text_must_be_utf8),
		cmocka_unit_test(columns_count_characters),
		cmocka_unit_test(depth_is_bounded),
		cmocka_unit_test(size_is_bounded_and_files_must_exist),
		cmocka_unit_test(many_keys_stay_quick),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
