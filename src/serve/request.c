/* SPDX-License-Identifier: Apache-2.0 */
/* A request from its headers to the API that answers it, and its end: counted and logged. */
#include "serve/request.h"

#include "base/clock.h"
#include "base/log.h"
#include "serve/answer.h"
#include "serve/internal.h"

static const struct api *api_of(const struct service *s, str path)
{
	const struct api *const *api = s->apis;

	while (!(*api)->takes(path))
		api++;
	return *api;
}

static bool wants_plain_json(const struct http_inbound *inbound)
{
	str accept = inbound_header(inbound, "Accept");

	return str_contains(accept, STR("application/json")) &&
	       !str_contains(accept, STR("application/scim+json"));
}

static struct request *request_new(struct service *s, struct http_inbound *inbound)
{
	const struct api *api = api_of(s, inbound_path(inbound));
	struct arena *arena = inbound_arena(inbound);
	struct request *r = arena_alloc(arena, api->request_size);

	r->service = s;
	r->api = api;
	r->inbound = inbound;
	r->arena = arena;
	r->started = clock_ticks();
	r->plain_json = wants_plain_json(inbound);
	inbound_user_set(inbound, r);
	return r;
}

bool request_begin(void *service, struct http_inbound *inbound)
{
	struct request *r = request_new(service, inbound);

	return r->api->begin(r);
}

void request_too_large(void *service, struct http_inbound *inbound)
{
	struct request *r = inbound_user(inbound);

	if (!r)
		r = request_new(service, inbound);
	answer_fail(r, 413, NULL, "the body is larger than maxPayloadSize, %zu bytes",
		    r->service->options.body_max);
}

void request_handle(void *service, struct http_inbound *inbound)
{
	struct request *r = inbound_user(inbound);

	(void)service;
	r->api->handle(r);
}

void request_done(void *service, struct http_inbound *inbound, int status)
{
	struct service *s = service;
	struct request *r = inbound_user(inbound);

	if (!r)
		return;
	metrics_count(&s->metrics, inbound_method(inbound), status, clock_ticks() - r->started);
	if (r->api->done)
		r->api->done(r);
	log_debug("serve", "%s %.*s %d %s", inbound_method_text(inbound_method(inbound)),
		  STR_ARG(inbound_path(inbound)), status, r->token.id);
}

void request_defer(struct request *r, struct queue *queue)
{
	inbound_defer(r->inbound);
	if (queue_put(queue, r))
		return;
	answer_fail(r, 503, NULL, "too many requests are waiting");
	inbound_resume(r->inbound);
}

bool request_is_local(const struct request *r)
{
	str peer = str_of(inbound_peer(r->inbound));

	return str_starts(peer, STR("127.")) || str_equal(peer, STR("::1")) ||
	       str_equal(peer, STR("unix"));
}

bool request_method_admit(struct request *r, unsigned methods, const char *allow)
{
	if (methods >> inbound_method(r->inbound) & 1)
		return true;
	inbound_answer_header(r->inbound, "Allow", allow);
	answer_fail(r, 405, NULL, "this endpoint takes %s only", allow);
	return false;
}
