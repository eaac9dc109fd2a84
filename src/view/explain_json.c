/* SPDX-License-Identifier: Apache-2.0 */
/* An explanation as JSON: {"format_version": 1, "sync": "crm", "who": "...", "team": "...",
 * "facts": [{"topic": "scope", "text": "..."}]} */
#include "base/json.h"
#include "view/explain_lines.h"
#include "view/explanation.h"

void explain_print_json(const struct explanation *e, struct buf *out)
{
	struct json_writer w = {.out = out, .pretty = true};
	struct explain_lines lines;

	explain_lines_init(&lines, e);
	json_write_object(&w);
	json_write_member_int(&w, "format_version", 1);
	json_write_member(&w, "sync", e->sync);
	json_write_member(&w, "who", e->who);
	json_write_member(&w, "team", e->team);
	json_write_key(&w, STR("facts"));
	json_write_array(&w);
	list_each (struct explain_line, line, &lines.list) {
		json_write_object(&w);
		json_write_member(&w, "topic", str_of(line->topic));
		json_write_member(&w, "text", line->text);
		json_write_object_end(&w);
	}
	json_write_array_end(&w);
	json_write_object_end(&w);
	buf_char(out, '\n');
	explain_lines_clear(&lines);
}
