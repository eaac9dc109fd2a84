/* SPDX-License-Identifier: Apache-2.0 */
/* The HTTP service on libmicrohttpd: its callbacks, whole bodies, answers from any thread. */
#include "wire/httpd/httpd.h"

#include <arpa/inet.h>
#include <microhttpd.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "wire/httpd/http_deadline.h"

struct http_server {
	struct http_server_options options;
	struct MHD_Daemon *daemon;
	atomic_uint busy;
	struct http_lines *lines; /* NULL without request_seconds */
	int quiesced; /* the listening socket, once it takes no more connections; else -1 */
	atomic_bool ending; /* kept connections are closed after their next answer */
	atomic_bool closed; /* nothing new is handled */
	pthread_mutex_t lock; /* of the rest */
	struct http_inbound *resting; /* for the next requests, with memory that they have anyway */
	unsigned resting_count;
};

/* A body that is far too large is not even read to its end. */
enum {
	SWALLOW_FACTOR = 4,
	HEADERS_MAX = 12,
	RESTING_MAX = 32,
	STOP_MS = 5000,
	BODY_KEPT = 64 << 10
};

struct http_inbound {
	struct http_server *server;
	struct http_inbound *next; /* while it rests */
	struct MHD_Connection *connection;
	struct http_line *line;
	struct arena arena;
	enum inbound_method method;
	struct http_target target;
	str target_text;
	struct buf body;
	size_t swallowed;
	bool begun, handled, answered;
	bool deferred; /* the answer is another thread's until it resumes the connection */
	char peer[INET6_ADDRSTRLEN];
	void *user;
	int status;
	const char *content_type;
	struct buf answer;
	const char *header_names[HEADERS_MAX], *header_values[HEADERS_MAX];
	size_t header_count;
};

/* Asking ------------------------------------------------------------------ */

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

/* Answering --------------------------------------------------------------- */

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

static enum MHD_Result answer_send(struct http_inbound *r)
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

/* libmicrohttpd's callbacks ------------------------------------------------ */

static struct http_inbound *inbound_open(struct http_server *server)
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

static void inbound_free(struct http_inbound *r)
{
	buf_clear(&r->body);
	arena_clear(&r->arena);
	free(r);
}

static void inbound_close(struct http_inbound *r)
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

static struct http_line *line_of(struct MHD_Connection *connection)
{
	const union MHD_ConnectionInfo *info =
		MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);

	return info ? info->socket_context : NULL;
}

static void connection_noted(void *context, struct MHD_Connection *connection, void **line,
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
static void *target_met(void *context, const char *uri, struct MHD_Connection *connection)
{
	struct http_inbound *r = inbound_open(context);

	r->connection = connection;
	r->line = line_of(connection);
	r->target_text = arena_str(&r->arena, str_of(uri));
	return r;
}

static void request_over(void *context, struct MHD_Connection *connection, void **state,
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
	return r->answered ? answer_send(r) : MHD_YES;
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

static enum MHD_Result request_go(void *context, struct MHD_Connection *connection, const char *url,
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
	return r->answered ? answer_send(r) : MHD_YES;
}

static void library_says(void *context, const char *format, va_list args)
	__attribute__((format(printf, 2, 0)));
static void library_says(void *context, const char *format, va_list args)
{
	struct buf text = {0};

	(void)context;
	if (!log_shows(LOG_LEVEL_DEBUG))
		return;
	buf_vprintf(&text, format, args);
	log_debug("http", "%.*s", STR_ARG(str_trim(buf_str(&text))));
	buf_clear(&text);
}

/* Life -------------------------------------------------------------------- */

static int daemon_start(struct http_server *s, struct err *err)
{
	const struct http_server_options *o = &s->options;
	unsigned flags = MHD_USE_EPOLL_INTERNAL_THREAD | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_ITC |
			 MHD_USE_ERROR_LOG | (o->certificate ? MHD_USE_TLS : 0);
	struct MHD_OptionItem more[8];
	size_t n = 0;

	if (o->threads > 1)
		more[n++] = (struct MHD_OptionItem){MHD_OPTION_THREAD_POOL_SIZE,
						    (intptr_t)o->threads, NULL};
	if (o->certificate) {
		more[n++] = (struct MHD_OptionItem){MHD_OPTION_HTTPS_MEM_CERT, 0,
						    (void *)(uintptr_t)o->certificate};
		more[n++] = (struct MHD_OptionItem){MHD_OPTION_HTTPS_MEM_KEY, 0,
						    (void *)(uintptr_t)o->key};
		more[n++] = (struct MHD_OptionItem){
			MHD_OPTION_HTTPS_PRIORITIES, 0,
			(void *)(uintptr_t) "SECURE128:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2"};
	}
	more[n] = (struct MHD_OptionItem){MHD_OPTION_END, 0, NULL};
	s->daemon = MHD_start_daemon(
		flags, 0, NULL, NULL, request_go, s, MHD_OPTION_EXTERNAL_LOGGER, library_says, NULL,
		MHD_OPTION_LISTEN_SOCKET, o->socket, MHD_OPTION_URI_LOG_CALLBACK, target_met, s,
		MHD_OPTION_NOTIFY_CONNECTION, connection_noted, s, MHD_OPTION_NOTIFY_COMPLETED,
		request_over, s, MHD_OPTION_CONNECTION_LIMIT, o->connections_max,
		MHD_OPTION_CONNECTION_TIMEOUT, o->idle_seconds, MHD_OPTION_CONNECTION_MEMORY_LIMIT,
		o->header_max, MHD_OPTION_ARRAY, more, MHD_OPTION_END);
	if (s->daemon)
		return 0;
	return err_set(err, REACH_RUN, o->certificate ? CODE_CONFIG : CODE_FAILED,
		       o->certificate ? "the HTTP service does not start; are the certificate and "
					"its key PEM texts that belong together?"
				      : "the HTTP service does not start");
}

int http_server_start(const struct http_server_options *options, struct http_server **ret,
		      struct err *err)
{
	struct http_server *s = mem_alloc(1, sizeof *s);

	s->options = *options;
	s->quiesced = -1;
	pthread_mutex_init(&s->lock, NULL);
	if ((options->request_seconds &&
	     http_lines_open(options->request_seconds, &s->lines, err) < 0) ||
	    daemon_start(s, err) < 0) {
		http_lines_close(s->lines);
		pthread_mutex_destroy(&s->lock);
		free(s);
		return -1;
	}
	*ret = s;
	return 0;
}

void http_server_quiesce(struct http_server *server)
{
	atomic_store(&server->ending, true);
	server->quiesced = MHD_quiesce_daemon(server->daemon);
}

unsigned http_server_busy(const struct http_server *server)
{
	return atomic_load(&server->busy);
}

void http_server_stop(struct http_server *server)
{
	if (!server)
		return;
	/* A kept connection may have asked again since the caller looked; the library cannot stop
	 * while another thread has its answer. */
	atomic_store(&server->closed, true);
	for (int i = 0; i < STOP_MS && atomic_load(&server->busy) > 0; i++)
		clock_sleep(1);
	MHD_stop_daemon(server->daemon);
	/* Only now: until its threads have ended one of them may still take it off its epoll set,
	 * and would meet whatever has the number by then. */
	if (server->quiesced >= 0)
		close(server->quiesced);
	http_lines_close(server->lines);
	while (server->resting) {
		struct http_inbound *r = server->resting;

		server->resting = r->next;
		inbound_free(r);
	}
	pthread_mutex_destroy(&server->lock);
	free(server);
}
