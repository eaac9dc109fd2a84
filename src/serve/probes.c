/* SPDX-License-Identifier: Apache-2.0 */
/* Health, readiness and metrics. */
#include "serve/probes.h"

#include "serve/answer.h"
#include "serve/auth/auth.h"
#include "serve/internal.h"

static bool is_health(str path)
{
	return str_equal(path, STR("/healthz"));
}

static bool is_readiness(str path)
{
	return str_equal(path, STR("/readyz"));
}

static bool is_metrics(str path)
{
	return str_equal(path, STR("/metrics"));
}

static bool probe_takes(str path)
{
	return is_health(path) || is_readiness(path) || is_metrics(path);
}

/* A scraper on the same machine; what came through a proxy is not. */
static bool is_scraper(const struct request *r)
{
	return !inbound_header(r->inbound, "X-Forwarded-For").p &&
	       !inbound_header(r->inbound, "Forwarded").p && request_is_local(r);
}

static bool probe_begin(struct request *r)
{
	if (is_metrics(inbound_path(r->inbound)) && !is_scraper(r) &&
	    (!auth_admit(r) || !auth_admit_scopes(r, TOKEN_READ)))
		return false;
	return request_method_admit(r, 1 << INBOUND_GET, "GET");
}

static bool inbox_is_well(struct service *s)
{
	struct inbox_reader reader = reader_acquire(s);
	bool well;

	inbox_totals(reader.inbox);
	well = inbox_error(reader.inbox, NULL) == 0;
	reader_release(s, reader);
	return well;
}

static void health_answer(struct request *r)
{
	struct buf body = {0};

	if (is_readiness(inbound_path(r->inbound)) &&
	    !(inbox_is_well(r->service) && workers_are_alive(r->service))) {
		answer_fail(r, 503, NULL, "the inbox cannot be read or written");
		return;
	}
	buf_text(&body, "ok\n");
	inbound_answer(r->inbound, 200, "text/plain; charset=utf-8", &body);
}

static void metrics_answer(struct request *r)
{
	struct service *s = r->service;
	struct inbox_reader reader = reader_acquire(s);
	struct buf body = {0};

	metrics_write(&s->metrics, reader.inbox, http_server_busy(inbound_server(r->inbound)),
		      &body);
	reader_release(s, reader);
	inbound_answer(r->inbound, 200, "text/plain; version=0.0.4; charset=utf-8", &body);
}

static void probe_handle(struct request *r)
{
	if (is_metrics(inbound_path(r->inbound)))
		metrics_answer(r);
	else
		health_answer(r);
}

const struct api probe_api = {
	.takes = probe_takes,
	.request_size = sizeof(struct request),
	.begin = probe_begin,
	.handle = probe_handle,
};
