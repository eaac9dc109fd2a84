/* SPDX-License-Identifier: Apache-2.0 */
/* Finds and loads a profile: a file of the admin's, else one of those in the program. */
#include "connect/team/profile/internal.h"

#include <string.h>
#include <unistd.h>

#include "base/embed.h"

#define PROFILE_FOLDER "/etc/muster/profiles"

EMBED(profile_auth0, "conf/profiles/auth0.yaml");
EMBED(profile_clerk, "conf/profiles/clerk.yaml");
EMBED(profile_cloudflare, "conf/profiles/cloudflare.yaml");
EMBED(profile_datadog, "conf/profiles/datadog.yaml");
EMBED(profile_github, "conf/profiles/github.yaml");
EMBED(profile_gitlab, "conf/profiles/gitlab.yaml");
EMBED(profile_grafana, "conf/profiles/grafana.yaml");
EMBED(profile_pagerduty, "conf/profiles/pagerduty.yaml");
EMBED(profile_scale, "conf/profiles/scale.yaml");
EMBED(profile_scalekit, "conf/profiles/scalekit.yaml");
EMBED(profile_scalekit_workspace, "conf/profiles/scalekit-workspace.yaml");
EMBED(profile_scaling, "conf/profiles/scaling.yaml");
EMBED(profile_sentry, "conf/profiles/sentry.yaml");
EMBED(profile_tailscale, "conf/profiles/tailscale.yaml");
EMBED(profile_vercel, "conf/profiles/vercel.yaml");
EMBED(profile_workos, "conf/profiles/workos.yaml");

#define ROW(word, symbol)                                                                          \
	{                                                                                          \
		(word), embed_profile_##symbol, embed_profile_##symbol##_end                       \
	}

static const struct {
	const char *name, *from, *to;
} embedded[] = {
	ROW("scale", scale),
	ROW("scalekit", scalekit),
	ROW("scalekit-workspace", scalekit_workspace),
	ROW("scaling", scaling),
	ROW("clerk", clerk),
	ROW("github", github),
	ROW("gitlab", gitlab),
	ROW("sentry", sentry),
	ROW("workos", workos),
	ROW("auth0", auth0),
	ROW("pagerduty", pagerduty),
	ROW("vercel", vercel),
	ROW("datadog", datadog),
	ROW("grafana", grafana),
	ROW("tailscale", tailscale),
	ROW("cloudflare", cloudflare),
};

enum { EMBEDDED_COUNT = sizeof embedded / sizeof *embedded };

const char *const profile_names[] = {
	"scale",      "scalekit",  "scalekit-workspace",
	"scaling",    "clerk",     "github",
	"gitlab",     "sentry",    "workos",
	"auth0",      "pagerduty", "vercel",
	"datadog",    "grafana",   "tailscale",
	"cloudflare", NULL,
};

static bool embedded_profile(str name, str *ret)
{
	for (size_t i = 0; i < EMBEDDED_COUNT; i++)
		if (str_equal(name, str_of(embedded[i].name))) {
			*ret = str_make(embedded[i].from,
					(size_t)(embedded[i].to - embedded[i].from));
			return true;
		}
	return false;
}

static bool is_profile_name(str word)
{
	for (size_t i = 0; i < word.n; i++) {
		char c = ascii_lower(word.p[i]);

		if (!(c >= 'a' && c <= 'z') && !(c >= '0' && c <= '9') && c != '-' && c != '_')
			return false;
	}
	return word.n > 0;
}

static const char *profile_path(str word, const char *folder, struct arena *arena)
{
	if (str_find(word, '/') < 0)
		return arena_printf(arena, PROFILE_FOLDER "/%.*s.yaml", STR_ARG(word)).p;
	if (word.p[0] == '/')
		return arena_text(arena, word);
	if (str_starts(word, STR("./")))
		word = str_slice(word, 2, word.n);
	return arena_printf(arena, "%s/%.*s", folder, STR_ARG(word)).p;
}

static void note_no_profile(str word, struct source_pos pos, struct diagnostics *diags)
{
	str near = word_near(word, profile_names);
	struct buf all = {0};

	for (size_t i = 0; i < EMBEDDED_COUNT; i++)
		buf_printf(&all, "%s%s", i ? ", " : "", embedded[i].name);
	if (near.n)
		diag_add(diags, pos, "no profile '%.*s'; did you mean '%.*s'?", STR_ARG(word),
			 STR_ARG(near));
	else
		diag_add(diags, pos,
			 "no profile '%.*s': there are %s; for one of your own write its path, "
			 "or put it into " PROFILE_FOLDER,
			 STR_ARG(word), all.p);
	buf_clear(&all);
}

/* Reads the tree; where it came from is noted in the profile. */
static bool load_profile_settings(struct profile *p, str word, const char *folder,
				  struct source_pos pos, struct arena *arena,
				  struct diagnostics *diags)
{
	const char *path;
	str text;

	if (str_find(word, '/') < 0 && !is_profile_name(word)) {
		note_no_profile(word, pos, diags);
		return false;
	}
	path = profile_path(word, folder, arena);
	p->file = path;
	if (str_find(word, '/') >= 0 || access(path, F_OK) == 0) {
		p->settings = config_load_table(arena, path, profile_keys, diags);
	} else if (embedded_profile(word, &text)) {
		p->file = arena_printf(arena, "profile %.*s", STR_ARG(word)).p;
		p->embedded = true;
		p->settings = config_parse_table(arena, p->file, text, profile_keys, diags);
	} else {
		note_no_profile(word, pos, diags);
	}
	return p->settings;
}

/* "acme" of "profiles/acme.yaml". */
static const char *profile_name_of(str word, struct arena *arena)
{
	ptrdiff_t slash = str_find_last(word, '/');

	word = str_slice(word, (size_t)(slash + 1), word.n);
	if (str_ends(word, STR(".yaml")))
		word = str_slice(word, 0, word.n - 5);
	return arena_text(arena, word);
}

const struct profile *profile_load(str word, const char *folder, struct source_pos pos,
				   struct arena *arena, struct diagnostics *diags)
{
	struct profile *p = arena_new(arena, struct profile);
	size_t before = diags->errors;

	p->name = profile_name_of(word, arena);
	if (load_profile_settings(p, word, folder, pos, arena, diags) && diags->errors == before) {
		profile_read(p, arena, diags);
		if (diags->errors == before)
			profile_check(p, diags);
	}
	if (diags->errors == before)
		return p;
	profile_clear(p);
	return NULL;
}
