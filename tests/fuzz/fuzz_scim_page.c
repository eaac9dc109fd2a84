/* SPDX-License-Identifier: Apache-2.0 */
/* Pages of a SCIM service: whatever comes, names are canonical, values lie within the page, and
 * each goes into a document and out of it again. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "connect/scim/write/internal.h"
#include "expr/path.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool right, const char *what)
{
	if (right)
		return;
	fprintf(stderr, "fuzz_scim_page: %s\n", what);
	abort();
}

static void put_and_remove(json_t *document, const struct field *f)
{
	struct edit edit = {.path = f->name, .before = f->value};
	struct change removal = {.edits = &edit, .edit_count = 1};

	document_put(document, f->name, f->value);
	document_edit(document, &removal);
}

static int check(void *context, const struct resource *r, const char *diag, struct err *err)
{
	static const struct parse_rules rules = {.any_attribute = true};
	json_t *document = json_object();
	struct arena arena = {0};
	str again;

	(void)err;
	(*(size_t *)context)++;
	must(diag || r->id.n > 0, "a resource without id and without fault");
	for (size_t i = 0; i < r->field_count; i++) {
		const struct field *f = &r->fields[i];

		must(f->value.n > 0, "an empty field");
		must(path_canonical(f->name, &rules, &arena, &again, NULL) == 0 &&
			     str_equal(again, f->name),
		     "a name that is not canonical");
		put_and_remove(document, f);
	}
	json_decref(document);
	arena_clear(&arena);
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct resource_names *names = resource_names_open();
	str text = str_make((const char *)data, size);
	struct http_response r = {.outcome = HTTP_ANSWERED, .status = 400, .body = text};
	struct page page = {0};
	struct err err;
	size_t met = 0;

	if (page_read(names, text, true, &page, check, &met, &err) == 0)
		must(met == page.resources, "resources that were counted and not shown");
	resource_read(names, text, true, check, &met, &err);
	scim_error_explain(&r, &err);
	buf_clear(&page.cursor);
	resource_names_close(names);
	return 0;
}
