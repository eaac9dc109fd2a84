/* SPDX-License-Identifier: Apache-2.0 */
/* An HTTP/1.1 service on libmicrohttpd: a few event threads, whole bodies, answers now or from
 * another thread. */
#ifndef WIRE_HTTPD_HTTPD_H
#define WIRE_HTTPD_HTTPD_H

#include "base/arena.h"
#include "base/err.h"

struct http_server;
struct visit; /* one exchange: from its first line until the answer is out or the client gone */

enum visit_method {
	VISIT_GET, /* HEAD too: the answer's body is left out on the way */
	VISIT_POST,
	VISIT_PUT,
	VISIT_PATCH,
	VISIT_DELETE,
	VISIT_OTHER,
	VISIT_COUNT,
};

struct http_server_options {
	int socket; /* listening; the server's own from here on */
	const char *certificate; /* PEM texts, copied; NULL: without TLS */
	const char *key;
	unsigned threads; /* that read and answer; 0: 1 */
	unsigned connections_max; /* beyond it new ones wait in the kernel */
	unsigned idle_seconds; /* a connection without a byte for so long is closed */
	unsigned request_seconds; /* so long a client may take for one request; 0: for ever */
	size_t header_max, body_max; /* bytes; 431 and 413 beyond */
	/*
	 * Called when the headers are there; false when it has answered, and the body is not read
	 * then. A body of more than body_max never gets here: answer_too_large is asked for the
	 * answer.
	 */
	bool (*begin)(void *context, struct visit *r);
	void (*too_large)(void *context, struct visit *r);
	/* Called with the whole body: answers, or defers. */
	void (*handle)(void *context, struct visit *r);
	/* Called once for every request that `begin` saw, last, with status 0 when no answer went
	 * out. */
	void (*done)(void *context, struct visit *r, int status);
	void *context;
};

int http_server_start(const struct http_server_options *options, struct http_server **ret,
		      struct err *err);
/* Takes no more connections; those that are open go on. Returns the listening socket, the caller's
 * now. */
int http_server_quiesce(struct http_server *server);
/* requests that came whole and are not answered */
unsigned http_server_busy(const struct http_server *server);
/* Every deferred request must have been answered, or be about to be. NULL is fine. */
void http_server_stop(struct http_server *server);

enum visit_method visit_method(const struct visit *r);
const char *visit_method_text(enum visit_method method);
str visit_path(const struct visit *r); /* decoded, without the query */
/* A parameter of the query, decoded; the first of its name; p is NULL when there is none. */
str visit_query(const struct visit *r, const char *name);
str visit_header(const struct visit *r, const char *name); /* p is NULL when there is none */
str visit_body(const struct visit *r);
const char *visit_peer(struct visit *r); /* "127.0.0.1", "unix" */
bool visit_is_tls(const struct visit *r);
struct arena *visit_arena(struct visit *r); /* lives as long as the request */
void *visit_user(const struct visit *r);
void visit_user_set(struct visit *r, void *user);

/* Headers first, then the answer. The bytes move out of `body`, which is empty afterwards. */
void visit_answer_header(struct visit *r, const char *name, const char *value);
void visit_answer(struct visit *r, int status, const char *content_type, struct buf *body);
/* Takes an answer that is not out yet back, headers too: another one will be given. */
void visit_answer_drop(struct visit *r);
/*
 * Inside `handle`: the answer will come from another thread, which calls visit_answer and then
 * visit_resume. The request is not to be touched after visit_resume.
 */
void visit_defer(struct visit *r);
void visit_resume(struct visit *r);

/* A parsed request target (RFC 9112 3.2): decoded path and parameters, in the arena. */
struct http_parameter {
	str name, value;
};
struct http_target {
	str path;
	struct http_parameter *parameters;
	size_t count;
};
enum { HTTP_PARAMETERS_MAX = 64 };
/* -1 when it holds NUL, what is not UTF-8, a bad %, or too many parameters. `form`: only
 * parameters. */
int http_target_parse(str text, bool form, struct arena *arena, struct http_target *ret);
str http_target_find(const struct http_target *target, const char *name);

/*
 * A listening socket for "127.0.0.1:8443", "[::1]:8443", "*:8443" (port 0: a free one) or a path
 * (a unix socket, mode 0660, an older one of nobody replaced). ret_address: as a client would type
 * it.
 */
int http_socket_open(const char *listen_text, int *ret, char ret_address[128], struct err *err);
/* The first socket that systemd passed (sd_listen_fds(3)), or -1; how many there were. */
int http_socket_inherited(int *ret_count);

#endif
