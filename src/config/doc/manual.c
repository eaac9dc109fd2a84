/* SPDX-License-Identifier: Apache-2.0 */
/* The keys as lists in mdoc(7), for muster.yaml(5): nested keys stand under their dotted names. */
#include <string.h>

#include "config/config.h"
#include "config/internal.h"
#include "config/keys.h"

static const char *manual_type(const struct key *key)
{
	static const char *const words[] = {
		[KEY_TEXT] = "text",
		[KEY_INTEGER] = "number",
		[KEY_BOOLEAN] = "true | false",
		[KEY_DURATION] = "duration",
		[KEY_CHOICE] = NULL,
		[KEY_URL] = "url",
		[KEY_PATH] = "path",
		[KEY_FILTER] = "filter",
		[KEY_TEMPLATE] = "template",
		[KEY_ATTRIBUTE] = "attribute",
		[KEY_DN] = "dn",
		[KEY_SECRET] = "secret",
		[KEY_TREE] = "anything",
		[KEY_TABLE] = "table",
	};

	return words[key->type];
}

/* Text of a line or of a macro's argument: nothing in it is a request. */
static void manual_escaped(str text, struct buf *b)
{
	if (text.n && (text.p[0] == '.' || text.p[0] == '\''))
		buf_text(b, "\\&");
	for (size_t i = 0; i < text.n; i++) {
		if (text.p[i] == '\\')
			buf_text(b, "\\e");
		else if (text.p[i] == '"')
			buf_text(b, "\\(dq");
		else if (text.p[i] == '-')
			buf_text(b, "\\-");
		else if (text.p[i] == '\'')
			buf_text(b, "\\(aq");
		else if (text.p[i] == '^' || text.p[i] == '~')
			buf_text(b, text.p[i] == '^' ? "\\(ha" : "\\(ti");
		else
			buf_char(b, text.p[i]);
	}
}

static void manual_words(const char *const *words, struct buf *b)
{
	for (size_t i = 0; words[i]; i++) {
		buf_text(b, i ? " | " : "");
		manual_escaped(str_of(words[i]), b);
	}
}

/* .It Cm users.base : Ar dn */
static void manual_head(const struct key *key, const char *path, struct buf *b)
{
	static const char *const shapes[] = {
		[KEY_ONE] = "%s",
		[KEY_LIST] = "[%s, ...]",
		[KEY_ONE_OR_LIST] = "%s | [%s, ...]",
		[KEY_MAP] = "{name: %s, ...}",
	};
	struct buf one = {0};

	if (key->type == KEY_CHOICE)
		manual_words(key->words, &one);
	else
		manual_escaped(str_of(manual_type(key)), &one);
	buf_text(b, ".It Cm \"");
	manual_escaped(str_of(path), b);
	buf_text(b, "\" : Ar \"");
	for (const char *p = shapes[key->shape]; *p; p++) {
		if (p[0] == '%') {
			buf_put(b, buf_str(&one));
			p++;
		} else {
			buf_char(b, *p);
		}
	}
	buf_text(b, "\"\n");
	buf_clear(&one);
}

static void manual_limits(const struct key *key, struct buf *b)
{
	char min[DURATION_SIZE], max[DURATION_SIZE];

	if (key->max == 0 || key->max == key->min)
		return;
	if (key->type == KEY_DURATION) {
		duration_print(key->min, min);
		duration_print(key->max, max);
		buf_printf(b, "From %s to %s.\n", min, max);
	} else if (key->type == KEY_INTEGER) {
		buf_printf(b, "From %lld to %lld.\n", (long long)key->min, (long long)key->max);
	}
}

/* The one line of the table as a sentence. */
static void manual_doc(const struct key *key, struct buf *b)
{
	struct buf doc = {0};

	buf_text(&doc, key->doc);
	if (doc.n && doc.p[0] >= 'a' && doc.p[0] <= 'z' &&
	    !(doc.n > 1 && str_find(str_slice(buf_str(&doc), 0, 9), ':') >= 0))
		doc.p[0] = (char)(doc.p[0] - 'a' + 'A');
	manual_escaped(buf_str(&doc), b);
	buf_text(b, ".\n");
	buf_clear(&doc);
	if (key->required)
		buf_text(b, "Required.\n");
	manual_limits(key, b);
	if (key->fallback && key->type != KEY_TABLE) {
		buf_text(b, "Default: ");
		manual_escaped(str_of(key->fallback), b);
		buf_text(b, ".\n");
	} else if (key->example && key->type != KEY_TABLE) {
		buf_text(b, "Example: ");
		manual_escaped(str_of(key->example), b);
		buf_text(b, ".\n");
	}
	if (key->since)
		buf_printf(b, "Since version %s.\n", key->since);
}

static void manual_keys(const struct key *keys, const char *path, struct buf *b)
{
	static const char *const inner[] = {
		[KEY_ONE] = ".",
		[KEY_LIST] = "[].",
		[KEY_ONE_OR_LIST] = "[].",
	};

	for (; keys->name; keys++) {
		struct buf name = {0};

		buf_printf(&name, "%s%s", path, strcmp(keys->name, "*") == 0 ? "NAME" : keys->name);
		manual_head(keys, name.p, b);
		manual_doc(keys, b);
		/* Systems and syncs have lists of their own. */
		if (keys->type == KEY_TABLE && keys->keys && keys->shape != KEY_MAP) {
			buf_text(&name, inner[keys->shape]);
			manual_keys(keys->keys, name.p, b);
		}
		buf_clear(&name);
	}
}

static void manual_list(const char *title, const char *summary, const struct key *keys,
			struct buf *b)
{
	buf_text(b, ".Ss ");
	manual_escaped(str_of(title), b);
	buf_char(b, '\n');
	if (summary) {
		manual_escaped(str_of(summary), b);
		buf_text(b, ".\n");
	}
	buf_text(b, ".Bl -tag -width Ds\n");
	manual_keys(keys, "", b);
	buf_text(b, ".El\n");
}

void config_print_manual(FILE *to, const struct kind *kinds, size_t kind_count)
{
	struct buf b = {0}, title = {0};

	manual_list("The file as a whole", NULL, top_keys, &b);
	manual_list("Every system", NULL, system_keys, &b);
	for (size_t i = 0; i < kind_count; i++) {
		if (!kinds[i].keys || !kinds[i].keys->name)
			continue;
		buf_reset(&title);
		buf_printf(&title, "Systems of kind %s", kinds[i].name);
		manual_list(title.p, kinds[i].summary, kinds[i].keys, &b);
	}
	manual_list("Every sync", NULL, sync_keys, &b);
	fwrite(b.p, 1, b.n, to);
	buf_clear(&title);
	buf_clear(&b);
}
