/* SPDX-License-Identifier: Apache-2.0 */
/* What libmicrohttpd tells of one exchange: its first line, its headers, its body, its end. */
#include <string.h>

#include "wire/httpd/http_deadline.h"
#include "wire/httpd/internal.h"

/* A body that is far too large is not even read to its end. */
enum { SWALLOW_FACTOR = 4 };

static struct http_line *line_of(struct MHD_Connection *connection)
{
	const union MHD_ConnectionInfo *info =
		MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);

	return info ? info->socket_context : NULL;
}

void http_connection_noted(void *context, struct MHD_Connection *connection, void **line,
			   enum MHD_ConnectionNotificationCode what)
{
	struct http_server *s = context;
	const union MHD_ConnectionInfo *info =
		MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);

	if (what == MHD_CONNECTION_NOTIFY_STARTED && s->lines && info)
		*line = http_line_open(s->lines, info->connect_fd);
	else if (what == MHD_CONNECTION_NOTIFY_CLOSED && *line)
		http_line_close(s->lines, *line);
}

/* The first line is there; what this returns is *state from now on. */
void *http_target_met(void *context, const char *uri, struct MHD_Connection *connection)
{
	struct http_inbound *r = inbound_open(context);

	r->connection = connection;
	r->line = line_of(connection);
	r->target_text = arena_str(&r->arena, str_of(uri));
	return r;
}

void http_request_over(void *context, struct MHD_Connection *connection, void **state,
		       enum MHD_RequestTerminationCode why)
{
	struct http_inbound *r = *state;

	(void)context;
	(void)connection;
	if (!r)
		return;
	*state = NULL;
	if (r->begun && r->server->options.done)
		r->server->options.done(r->server->options.context, r,
					why == MHD_REQUEST_TERMINATED_COMPLETED_OK ? r->status : 0);
	if (r->line)
		http_line_client(r->line);
	if (r->handled)
		atomic_fetch_sub(&r->server->busy, 1);
	inbound_close(r);
}

static enum inbound_method method_read(const char *text)
{
	if (strcmp(text, "HEAD") == 0)
		return INBOUND_GET;
	for (unsigned m = 0; m < INBOUND_OTHER; m++)
		if (strcmp(text, inbound_method_text(m)) == 0)
			return m;
	return INBOUND_OTHER;
}

static void inbound_refuse(struct http_inbound *r, const char *why)
{
	struct buf body = {0};

	buf_printf(&body,
		   "{\"schemas\":[\"urn:ietf:params:scim:api:messages:2.0:Error\"],\"status\":"
		   "\"400\",\"scimType\":\"invalidSyntax\",\"detail\":\"%s\"}",
		   why);
	inbound_answer_header(r, "Connection", "close");
	inbound_answer(r, 400, "application/scim+json", &body);
}

static enum MHD_Result length_count(void *context, enum MHD_ValueKind kind, const char *name,
				    const char *value)
{
	unsigned *count = context;

	(void)kind;
	(void)value;
	if (str_equal_nocase(str_of(name), STR("Content-Length")) ||
	    str_equal_nocase(str_of(name), STR("Transfer-Encoding")))
		++*count;
	return MHD_YES;
}

/* With two lengths a proxy in front may see another end of the body than we do, and another request
 * after it (RFC 9112 6.3). */
static bool has_two_lengths(struct http_inbound *r)
{
	unsigned count = 0;

	MHD_get_connection_values(r->connection, MHD_HEADER_KIND, length_count, &count);
	return count > 1;
}

/*
 * A body that is a little too large is read all the same: a client that is still sending would see
 * a broken connection and not the answer. One that waits to be asked gets its answer at once.
 */
static bool is_hopeless(struct http_inbound *r)
{
	size_t limit = r->server->options.body_max;
	int64_t length;

	if (!str_to_int(inbound_header(r, "Content-Length"), &length))
		return false;
	if (inbound_header(r, "Expect").p)
		return (uint64_t)length > limit;
	return (uint64_t)length > limit * SWALLOW_FACTOR;
}

/* The headers are there. */
static enum MHD_Result inbound_begin(struct http_inbound *r, const char *method)
{
	const struct http_server_options *o = &r->server->options;

	r->begun = true;
	r->method = method_read(method);
	if (http_target_parse(r->target_text, false, &r->arena, &r->target) < 0)
		inbound_refuse(r, "the request target is not percent-encoded UTF-8");
	else if (has_two_lengths(r))
		inbound_refuse(r, "the request has more than one length");
	else if (is_hopeless(r))
		o->too_large(o->context, r);
	else
		o->begin(o->context, r);
	return r->answered ? inbound_send(r) : MHD_YES;
}

static enum MHD_Result body_take(struct http_inbound *r, const char *p, size_t *n)
{
	size_t limit = r->server->options.body_max;

	r->swallowed += *n;
	if (r->swallowed > limit * SWALLOW_FACTOR)
		return MHD_NO;
	if (r->swallowed <= limit)
		buf_put(&r->body, str_make(p, *n));
	*n = 0;
	return MHD_YES;
}

enum MHD_Result http_request_go(void *context, struct MHD_Connection *connection, const char *url,
				const char *method, const char *version, const char *upload,
				size_t *upload_size, void **state)
{
	struct http_inbound *r = *state;
	const struct http_server_options *o = &r->server->options;

	(void)context;
	(void)connection;
	(void)url;
	(void)version;
	if (!r->begun)
		return inbound_begin(r, method);
	if (*upload_size > 0)
		return body_take(r, upload, upload_size);
	if (!r->handled) {
		r->handled = true;
		if (r->line)
			http_line_ours(r->line);
		atomic_fetch_add(&r->server->busy, 1);
		/* Counted first: whoever closes waits for it, or is seen here. */
		if (atomic_load(&r->server->closed))
			return MHD_NO;
		if (r->swallowed > o->body_max)
			o->too_large(o->context, r);
		else
			o->handle(o->context, r);
		/*
		 * What the other thread has answered by now may not be on disk yet: this is called
		 * again once it resumes the connection, and not before.
		 */
		if (r->deferred)
			return MHD_YES;
	}
	return r->answered ? inbound_send(r) : MHD_YES;
}
