/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as the body of a PATCH, a POST and a PUT: what comes out is canonical, an error has its
 * words. */
#include <stdlib.h>
#include <string.h>

#include "wire/wire.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct scim_schemas schemas;

static void check_error(const struct scim_error *error)
{
	if (error->status < 400 || error->detail[0] == '\0' || !str_is_utf8(str_of(error->detail)))
		abort();
}

/* What was read once is read again as the same. */
static void check_canonical(const struct scim_resource *resource, const json_t *attributes)
{
	struct scim_dialect dialect = {0};
	struct scim_document again;
	struct scim_error error = {0};

	if (scim_document_read(resource, attributes, &dialect, &again, &error) < 0 ||
	    !json_equal(attributes, again.attributes))
		abort();
	scim_document_clear(&again);
}

static void check_document(const struct scim_resource *resource, const json_t *body, bool strict)
{
	struct scim_dialect dialect = {.strict = strict};
	struct scim_document document;
	struct scim_error error = {0};

	if (scim_document_read(resource, body, &dialect, &document, &error) < 0) {
		check_error(&error);
		return;
	}
	check_canonical(resource, document.attributes);
	scim_document_clear(&document);
}

static void check_patch(const struct scim_resource *resource, const char *before,
			const json_t *body, bool strict)
{
	struct scim_dialect dialect = {.strict = strict};
	struct scim_patch patch;
	struct scim_error error = {0};
	json_t *attributes = json_loads(before, 0, NULL), *copy = json_deep_copy(attributes);

	if (scim_patch_apply(resource, attributes, body, 100, &dialect, &patch, &error) < 0) {
		check_error(&error);
	} else {
		check_canonical(resource, patch.attributes);
		scim_patch_clear(&patch);
	}
	if (!json_equal(attributes, copy))
		abort();
	json_decref(copy);
	json_decref(attributes);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char user[] =
		"{\"userName\":\"a\",\"active\":true,\"name\":{\"givenName\":\"A\"},\"emails\":[{"
		"\"value\":\"a@x\",\"type\":\"work\",\"primary\":true},{\"value\":\"b@x\"}],"
		"\"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User\":{\"department\":"
		"\"D\",\"manager\":{\"value\":\"m\"}}}";
	struct scim_error error = {0};
	json_t *body;

	if (schemas.count == 0)
		scim_schemas_load(&schemas);
	body = scim_body_parse(str_make((const char *)data, size), &error);
	if (!body) {
		check_error(&error);
		return 0;
	}
	for (int strict = 0; strict < 2; strict++) {
		check_document(&schemas.user, body, strict);
		check_document(&schemas.group, body, strict);
		check_patch(&schemas.user, user, body, strict);
		check_patch(&schemas.group, "{\"displayName\":\"g\"}", body, strict);
	}
	json_decref(body);
	return 0;
}
