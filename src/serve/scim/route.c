/* SPDX-License-Identifier: Apache-2.0 */
/* Paths: which endpoint, which resource, and the address to put into `location`. */
#include <ctype.h>
#include <string.h>

#include "serve/scim/internal.h"

static bool host_is_sound(str host)
{
	for (size_t i = 0; i < host.n; i++)
		if (!isalnum((unsigned char)host.p[i]) &&
		    !str_contains(STR(".:-_[]"), str_slice(host, i, i + 1)))
			return false;
	return host.n > 0 && host.n < 256;
}

/* A proxy on this machine may say that its clients speak TLS with it. */
static bool is_https(struct scim_request *x)
{
	if (inbound_is_tls(x->request.inbound))
		return true;
	if (!str_equal(inbound_header(x->request.inbound, "X-Forwarded-Proto"), STR("https")))
		return false;
	return request_is_local(&x->request);
}

/* The address of the service as this client sees it. */
static str base_address(struct scim_request *x, str prefix)
{
	str host = inbound_header(x->request.inbound, "Host"), scheme;
	char *base;

	if (x->request.service->options.base_url)
		return str_of(x->request.service->options.base_url);
	if (!host_is_sound(host))
		return prefix;
	scheme = is_https(x) ? STR("https://") : STR("http://");
	base = arena_alloc(x->request.arena, scheme.n + host.n + prefix.n);
	memcpy(base, scheme.p, scheme.n);
	memcpy(base + scheme.n, host.p, host.n);
	if (prefix.n > 0)
		memcpy(base + scheme.n + host.n, prefix.p, prefix.n);
	return str_make(base, scheme.n + host.n + prefix.n);
}

/* "/scim/v2", "/scim", "/v2" or nothing: the version may be left out (RFC 7644 3.13). */
static size_t prefix_size(str path)
{
	size_t n = 0;

	if (str_equal(path, STR("/scim")) || str_starts(path, STR("/scim/")))
		n = 5;
	path = str_slice(path, n, path.n);
	if (str_equal(path, STR("/v2")) || str_starts(path, STR("/v2/")))
		n += 3;
	return n;
}

static enum route route_named(str name)
{
	static const struct {
		str name;
		enum route route;
	} names[] = {
		{{"ServiceProviderConfig", 21}, ROUTE_CONFIG},
		{{"ServiceProviderConfigs", 22}, ROUTE_CONFIG},
		{{"serviceConfiguration", 20}, ROUTE_CONFIG}, /* Microsoft's reference code */
		{{"ResourceTypes", 13}, ROUTE_TYPES},
		{{"Schemas", 7}, ROUTE_SCHEMAS},
		{{"Me", 2}, ROUTE_ME},
		{{"Bulk", 4}, ROUTE_BULK},
		{{".search", 7}, ROUTE_SEARCH},
		{{"Users", 5}, ROUTE_LIST},
		{{"Groups", 6}, ROUTE_LIST},
	};

	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (str_equal_nocase(name, names[i].name))
			return names[i].route;
	return ROUTE_NONE;
}

static void resource_route(struct scim_request *x, str first, str rest)
{
	bool users = str_equal_nocase(first, STR("Users"));

	x->resource = users ? &x->scim->schemas.user : &x->scim->schemas.group;
	x->kind = users ? INBOX_USER : INBOX_GROUP;
	if (str_equal_nocase(rest, STR(".search"))) {
		x->route = ROUTE_SEARCH;
	} else if (str_find(rest, '/') >= 0) {
		x->route = ROUTE_NONE;
	} else if (rest.n > 0) {
		x->route = ROUTE_ONE;
		x->id = rest;
	}
}

static str segments_trim(str path)
{
	while (str_starts(path, STR("/")))
		path = str_slice(path, 1, path.n);
	while (str_ends(path, STR("/")))
		path = str_slice(path, 0, path.n - 1);
	return path;
}

void route_find(struct scim_request *x)
{
	str path = inbound_path(x->request.inbound), rest, first;
	size_t prefix = prefix_size(path);
	ptrdiff_t slash;

	x->base = base_address(x, str_slice(path, 0, prefix));
	rest = segments_trim(str_slice(path, prefix, path.n));
	slash = str_find(rest, '/');
	first = slash < 0 ? rest : str_slice(rest, 0, (size_t)slash);
	rest = slash < 0 ? STR("") : segments_trim(str_slice(rest, (size_t)slash, rest.n));
	x->route = first.n == 0 ? ROUTE_ROOT : route_named(first);
	if (x->route == ROUTE_LIST)
		resource_route(x, first, rest);
	else if (x->route == ROUTE_TYPES || x->route == ROUTE_SCHEMAS)
		x->id = rest;
	else if (rest.n > 0)
		x->route = ROUTE_NONE;
}
