/* SPDX-License-Identifier: Apache-2.0 */
/* The address by which a person is invited: given by hand, made by a template, or the e-mail as it
 * is. */
#include "plan/internal.h"

bool by_invitation(const struct plan_context *w)
{
	return plan_can(w, ABILITY_INVITE) || w->abilities->missing_invite.n;
}

/* What an address template may speak of. */
struct address_source {
	struct template_source source;
	str local, domain, team;
};

static bool address_value(const struct template_source *source, str name, size_t nth, str *ret)
{
	const struct address_source *a = (const struct address_source *)(const void *)source;

	*ret = str_equal(name, STR("local"))    ? a->local
	       : str_equal(name, STR("domain")) ? a->domain
	       : str_equal(name, STR("team"))   ? a->team
						: (str){NULL, 0};
	return nth == 0 && ret->n;
}

static int address_build(struct plan_context *w, str mail, struct err *err)
{
	struct address_source source = {.source.value = address_value, .team = w->policy->to};

	if (address_split(mail, &source.local, &source.domain) &&
	    template_build(w->policy->address, &source.source, &w->address, NULL))
		return 0;
	return err_set(err, REACH_ENTRY, CODE_DATA,
		       "its e-mail %.*s makes no address with \"%.*s\"", STR_ARG(mail),
		       STR_ARG(w->policy->address->text));
}

int desire_address(struct plan_context *w, uint32_t row, struct err *err)
{
	char space[37], bare[PATH_SPACE];
	str id = snapshot_id(w->source, &w->source->users.items[row], space), mail = {NULL, 0};

	buf_reset(&w->address);
	list_each (struct alias, alias, &w->memory->aliases)
		if (str_equal(alias->source, id)) {
			buf_put(&w->address, alias->address);
			return 0;
		}
	list_each (struct field, f, &w->raw)
		if (!mail.n && str_equal(path_bare(f->name, bare), STR(PATH_EMAILS)))
			mail = f->value;
	if (!mail.n)
		mail = fields_value(&w->raw, STR(PATH_USERNAME));
	if (str_find(mail, '@') <= 0)
		return err_set(err, REACH_ENTRY, CODE_DATA,
			       "it has no e-mail address to be invited by");
	if (!w->policy->address) {
		buf_put(&w->address, mail);
		return 0;
	}
	return address_build(w, mail, err);
}
