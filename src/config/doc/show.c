/* SPDX-License-Identifier: Apache-2.0 */
/* `config show`: what is in force, defaults and all. */
#include "config/config.h"

void config_show(const struct config *c, FILE *to)
{
	struct buf b = {0};

	print_settings(c->settings, 0, PRINT_ALL_MARKED, &b);
	fwrite(b.p, 1, b.n, to);
	buf_clear(&b);
}

void config_put_system(const struct system *system, unsigned indent, struct buf *b)
{
	print_settings(system->settings, indent, PRINT_GIVEN, b);
}

void config_show_json(const struct config *c, FILE *to)
{
	struct buf b = {0};
	struct json_writer w = {.out = &b, .pretty = true};

	json_write_object(&w);
	json_write_member_int(&w, "format_version", 1);
	json_write_member(&w, "file", str_of(c->file));
	json_write_key(&w, STR("config"));
	print_settings_json(c->settings, &w);
	json_write_object_end(&w);
	buf_char(&b, '\n');
	fwrite(b.p, 1, b.n, to);
	buf_clear(&b);
}
