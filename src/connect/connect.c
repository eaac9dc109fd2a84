/* SPDX-License-Identifier: Apache-2.0 */
/* Every kind of system there is. */
#include "connect/connect.h"

#include "config/config.h"
#include "connect/file/file.h"
#include "connect/inbox/inbox.h"
#include "connect/ldap/ldap.h"
#include "connect/scim/scim.h"
#include "connect/team/team.h"

/* In the order of the manual; ends with NULL. */
static const struct connector *const connectors[] = {
	&ldap_connector, &scim_connector, &team_connector, &file_connector, &inbox_connector, NULL,
};

const struct connector *connector_find(str kind)
{
	for (size_t i = 0; connectors[i]; i++)
		if (str_equal(str_of(connectors[i]->kind), kind))
			return connectors[i];
	return NULL;
}

const struct kind *connector_kinds(struct arena *arena, size_t *ret_count)
{
	size_t count = sizeof connectors / sizeof *connectors - 1;
	struct kind *kinds = arena_array(arena, struct kind, count);

	for (size_t i = 0; i < count; i++) {
		const struct connector *c = connectors[i];

		kinds[i] = (struct kind){
			.name = c->kind,
			.summary = c->summary,
			.keys = c->settings,
			.reads = c->can & CAN_READ,
			.writes = c->can & CAN_WRITE,
			.manages = c->can & CAN_MANAGE,
			.example = c->example,
			.validate = c->validate,
			.policy = c->policy,
			.same_service = c->same_service,
		};
	}
	*ret_count = count;
	return kinds;
}
