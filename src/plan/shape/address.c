/* SPDX-License-Identifier: Apache-2.0 */
/* The address by which a person is invited: given by hand, made by a template, or the e-mail as it
 * is. */
#include "plan/internal.h"
#include "plan/shape/internal.h"
#include "plan/shape/shape.h"

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

static int address_build(const struct plan_context *w, str mail, struct buf *ret, struct err *err)
{
	struct address_source source = {.source.value = address_value, .team = w->policy->to};

	if (address_split(mail, &source.local, &source.domain) &&
	    template_build(w->policy->address, &source.source, ret, NULL))
		return 0;
	return err_set(err, REACH_ENTRY, CODE_DATA,
		       "its e-mail %.*s makes no address with \"%.*s\"", STR_ARG(mail),
		       STR_ARG(w->policy->address->text));
}

/* The first e-mail, else the user name. */
static str mail_of_person(const struct person *p)
{
	char bare[PATH_SPACE];

	list_each (struct field, f, &p->fields)
		if (str_equal(path_bare(f->name, bare), STR(PATH_EMAILS)) && f->value.n)
			return f->value;
	return fields_value(&p->fields, STR(PATH_USERNAME));
}

int person_address(const struct plan_context *w, struct person *p, struct err *err)
{
	char space[37];
	str id = snapshot_id(w->source, &w->source->users.items[p->row], space), mail;

	buf_reset(&p->address);
	list_each (struct alias, alias, &w->memory->aliases)
		if (str_equal(alias->source, id)) {
			buf_put(&p->address, alias->address);
			return 0;
		}
	mail = mail_of_person(p);
	if (str_find(mail, '@') <= 0)
		return err_set(err, REACH_ENTRY, CODE_DATA,
			       "it has no e-mail address to be invited by");
	if (!w->policy->address) {
		buf_put(&p->address, mail);
		return 0;
	}
	return address_build(w, mail, &p->address, err);
}
