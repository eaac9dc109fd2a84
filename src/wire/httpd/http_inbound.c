/* SPDX-License-Identifier: Apache-2.0 */
/* One request: kept between two uses, asked for what it says, answered from any thread. */
#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include "wire/httpd/internal.h"

enum { RESTING_MAX = 32, BODY_KEPT = 64 << 10 };

struct http_inbound *inbound_open(struct http_server *server)
{
	struct http_inbound *r;

	pthread_mutex_lock(&server->lock);
	r = server->resting;
	if (r) {
		server->resting = r->next;
		server->resting_count--;
	}
	pthread_mutex_unlock(&server->lock);
	if (!r)
		r = mem_alloc(1, sizeof *r);
	r->server = server;
	return r;
}

void inbound_free(struct http_inbound *r)
{
	buf_clear(&r->body);
	arena_clear(&r->arena);
	free(r);
}

void inbound_close(struct http_inbound *r)
{
	struct http_server *server = r->server;
	struct http_inbound empty = {.arena = r->arena, .body = r->body};

	buf_clear(&r->answer);
	arena_reset(&empty.arena);
	buf_reset(&empty.body);
	if (empty.body.room > BODY_KEPT)
		buf_clear(&empty.body);
	*r = empty;
	pthread_mutex_lock(&server->lock);
	if (server->resting_count < RESTING_MAX) {
		r->next = server->resting;
		server->resting = r;
		server->resting_count++;
		r = NULL;
	}
	pthread_mutex_unlock(&server->lock);
	if (r)
		inbound_free(r);
}

const struct http_server *inbound_server(const struct http_inbound *r)
{
	return r->server;
}

enum inbound_method inbound_method(const struct http_inbound *r)
{
	return r->method;
}

const char *inbound_method_text(enum inbound_method method)
{
	static const char *const texts[] = {"GET", "POST", "PUT", "PATCH", "DELETE", "OTHER"};

	return texts[method];
}

str inbound_path(const struct http_inbound *r)
{
	return r->target.path;
}

str inbound_query(const struct http_inbound *r, const char *name)
{
	return http_target_find(&r->target, name);
}

str inbound_header(const struct http_inbound *r, const char *name)
{
	return str_of(MHD_lookup_connection_value(r->connection, MHD_HEADER_KIND, name));
}

str inbound_body(const struct http_inbound *r)
{
	return buf_str(&r->body);
}

static void peer_find(struct http_inbound *r)
{
	const union MHD_ConnectionInfo *info =
		MHD_get_connection_info(r->connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
	const struct sockaddr *address = info ? info->client_addr : NULL;
	const void *bytes = NULL;

	if (address && address->sa_family == AF_INET)
		bytes = &((const struct sockaddr_in *)(const void *)address)->sin_addr;
	if (address && address->sa_family == AF_INET6)
		bytes = &((const struct sockaddr_in6 *)(const void *)address)->sin6_addr;
	if (!bytes || !inet_ntop(address->sa_family, bytes, r->peer, sizeof r->peer))
		strcpy(r->peer, "unix");
}

const char *inbound_peer(struct http_inbound *r)
{
	if (r->peer[0] == '\0')
		peer_find(r);
	return r->peer;
}

bool inbound_is_tls(const struct http_inbound *r)
{
	return r->server->options.certificate != NULL;
}

struct arena *inbound_arena(struct http_inbound *r)
{
	return &r->arena;
}

void *inbound_user(const struct http_inbound *r)
{
	return r->user;
}

void inbound_user_set(struct http_inbound *r, void *user)
{
	r->user = user;
}

void inbound_answer_header(struct http_inbound *r, const char *name, const char *value)
{
	if (r->header_count == HEADERS_MAX)
		return;
	r->header_names[r->header_count] = name;
	r->header_values[r->header_count++] = arena_text(&r->arena, str_of(value));
}

void inbound_answer(struct http_inbound *r, int status, const char *content_type, struct buf *body)
{
	r->status = status;
	r->content_type = content_type;
	if (body) {
		r->answer = *body;
		*body = (struct buf){0};
	}
	r->answered = true;
}

void inbound_answer_drop(struct http_inbound *r)
{
	buf_clear(&r->answer);
	r->header_count = 0;
	r->answered = false;
}

void inbound_defer(struct http_inbound *r)
{
	r->deferred = true;
	MHD_suspend_connection(r->connection);
}

void inbound_resume(struct http_inbound *r)
{
	MHD_resume_connection(r->connection);
}

enum MHD_Result inbound_send(struct http_inbound *r)
{
	struct MHD_Response *response = MHD_create_response_from_buffer(
		r->answer.n, r->answer.p ? r->answer.p : (void *)(uintptr_t) "",
		r->answer.p ? MHD_RESPMEM_MUST_FREE : MHD_RESPMEM_PERSISTENT);
	enum MHD_Result result;

	if (!response)
		return MHD_NO;
	r->answer = (struct buf){0};
	if (r->content_type)
		MHD_add_response_header(response, "Content-Type", r->content_type);
	if (atomic_load(&r->server->ending))
		MHD_add_response_header(response, "Connection", "close");
	for (size_t i = 0; i < r->header_count; i++)
		MHD_add_response_header(response, r->header_names[i], r->header_values[i]);
	result = MHD_queue_response(r->connection, (unsigned)r->status, response);
	MHD_destroy_response(response);
	return result;
}
